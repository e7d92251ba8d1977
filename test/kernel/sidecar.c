// SPDX-License-Identifier: Apache-2.0
/*
 * The proxy of a mesh in a pod, to which rules of the pod redirect TCP connections:
 *
 *	sidecar CGROUP NETNS PORT	("-" stays where it is)
 *
 * Connects to what SO_ORIGINAL_DST tells, as user 1337 and with the mark 1337, by which the rules let it through, and hands
 * the client what comes from there. A connection that fails there is reset here.
 * Prints "ready", then the original destination of each connection; ends when its stdin does.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include "party.h"

enum { PROXY = 1337, BACKLOG = 128 };
enum { ORIGINAL_DST = 80 }; /* of either family; its headers exclude netinet/in.h */

static int listen_on(int family, int port)
{
	union endpoint at = {};
	int on = 1, fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = read_endpoint(family == AF_INET ? "4" : "6",
					 family == AF_INET ? "0.0.0.0" : "::", port, &at);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		err(1, "socket");
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		err(1, "IPV6_V6ONLY");
	if (bind(fd, &at.any, length) || listen(fd, BACKLOG))
		err(1, "listen at port %d", port);
	return fd;
}

static socklen_t original_destination(int fd, int family, union endpoint *to)
{
	socklen_t length = sizeof(*to);
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;

	if (getsockopt(fd, level, ORIGINAL_DST, to, &length))
		err(1, "SO_ORIGINAL_DST");
	return length;
}

/* The owner of a socket is who opened it; only root marks one. */
static int open_as_proxy(int family)
{
	int mark = PROXY, fd;

	if (seteuid(PROXY))
		err(1, "seteuid");
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (seteuid(0) || fd < 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		err(1, "open a socket");
	/* A change of user resets it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return fd;
}

static void serve(int client, int family)
{
	struct linger reset = { .l_onoff = 1 };
	union endpoint to = {};
	socklen_t length = original_destination(client, family, &to);
	char text[PIPE_BUF];
	int server = open_as_proxy(family);
	ssize_t n;

	write_endpoint(&to, text, sizeof(text));
	puts(text);
	fflush(stdout);
	n = connect(server, &to.any, length);
	while (!n && (n = read(server, text, sizeof(text))) > 0)
		n = write(client, text, n) < 0 ? -1 : 0;
	if (n < 0)
		setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

int main(int argc, char **argv)
{
	struct pollfd ready[] = { { .fd = STDIN_FILENO },
				  { .events = POLLIN },
				  { .events = POLLIN } };
	int families[] = { 0, AF_INET, AF_INET6 };

	if (argc != 4)
		errx(1, "usage: sidecar CGROUP NETNS PORT");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	enter(argv[1], argv[2]);
	for (int i = 1; i <= 2; i++)
		ready[i].fd = listen_on(families[i], atoi(argv[3]));
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(ready, 3, -1) < 0)
			err(1, "poll");
		if (ready[0].revents)
			return 0;
		for (int i = 1; i <= 2; i++) {
			int client = ready[i].revents
					     ? accept4(ready[i].fd, NULL, NULL, SOCK_CLOEXEC)
					     : -1;

			if (client < 0)
				continue;
			if (!fork()) {
				serve(client, families[i]);
				return 0;
			}
			close(client);
		}
	}
}
