// SPDX-License-Identifier: Apache-2.0
/*
 * getaddrinfo() of the C library that it is linked with: for each name on stdin, a line with its addresses in the order
 * in which they come, or why there are none.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const char *print(const struct sockaddr *at, char *text, socklen_t size)
{
	if (at->sa_family == AF_INET)
		return inet_ntop(AF_INET, &((const struct sockaddr_in *)at)->sin_addr, text, size);
	return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)at)->sin6_addr, text, size);
}

static void resolve(const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
	int error = getaddrinfo(name, "80", &hints, &all);
	char text[INET6_ADDRSTRLEN];

	if (error)
		printf("%s", error == EAI_NONAME ? "no such name" : "no answer");
	for (struct addrinfo *one = all; one; one = one->ai_next)
		printf("%s%s", one == all ? "" : " ", print(one->ai_addr, text, sizeof(text)));
	printf("\n");
	fflush(stdout);
	if (all)
		freeaddrinfo(all);
}

int main(void)
{
	char name[256];

	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = 0;
		resolve(name);
	}
	return 0;
}
