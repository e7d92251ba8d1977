/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tools that play a party of the world share: where they are, and how addresses are written.
 */
#ifndef PARTY_H
#define PARTY_H

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Moves this process into a cgroup and a network namespace; "-" stays where it is. */
static inline void enter(const char *cgroup, const char *netns)
{
	char path[512];
	int fd;

	if (strcmp(cgroup, "-")) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			err(1, "join %s", cgroup);
		close(fd);
	}
	if (strcmp(netns, "-")) {
		snprintf(path, sizeof(path), "/run/netns/%s", netns);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			err(1, "enter %s", path);
		close(fd);
	}
}

/* FAMILY is 4, 6, or 46: an IPv4 address in its mapped form. Returns the length, 0 when it is no address. */
static inline socklen_t read_endpoint(const char *family, const char *address, int port,
				      union endpoint *to)
{
	char mapped[80];

	memset(to, 0, sizeof(*to));
	if (!strcmp(family, "4")) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		return inet_pton(AF_INET, address, &to->v4.sin_addr) == 1 ? sizeof(to->v4) : 0;
	}
	snprintf(mapped, sizeof(mapped), "%s%s", strcmp(family, "46") ? "" : "::ffff:", address);
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(port);
	return inet_pton(AF_INET6, mapped, &to->v6.sin6_addr) == 1 ? sizeof(to->v6) : 0;
}

/* 10.0.0.1:80 or [fd00::1]:80 */
static inline void write_endpoint(const union endpoint *from, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN] = "?";

	if (from->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &from->v4.sin_addr, address, sizeof(address));
		snprintf(text, size, "%s:%d", address, ntohs(from->v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &from->v6.sin6_addr, address, sizeof(address));
		snprintf(text, size, "[%s]:%d", address, ntohs(from->v6.sin6_port));
	}
}

#endif
