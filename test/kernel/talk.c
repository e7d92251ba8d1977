// SPDX-License-Identifier: Apache-2.0
/*
 * Does with sockets what its stdin says, one call a line, and prints what came of it, one line a call:
 *
 *	talk CGROUP NETNS		("-" stays where it is)
 *	NAME open FAMILY tcp|udp	a new socket; FAMILY 4, 6, or 46 (AF_INET6 that dials IPv4-mapped addresses)
 *	NAME connect ADDRESS PORT	ok
 *	NAME unconnect			ok: connect(AF_UNSPEC)
 *	NAME send			ok: a datagram to the connected peer
 *	NAME sendto ADDRESS PORT	ok
 *	NAME hear			"IDENTITY SOURCE": what echo.c answered, and from where recvfrom() says it came
 *	NAME peer			getpeername()
 *
 * A call that fails prints its errno; hear waits for half a second (EAGAIN).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include "party.h"

enum { SOCKETS = 64 };

struct talker {
	char name[32], family[8];
	int fd;
};

static struct talker talkers[SOCKETS];

static struct talker *find(const char *name)
{
	for (int i = 0; i < SOCKETS; i++) {
		if (!talkers[i].name[0])
			snprintf(talkers[i].name, sizeof(talkers[i].name), "%s", name);
		if (!strcmp(talkers[i].name, name))
			return &talkers[i];
	}
	errx(1, "more than %d sockets", SOCKETS);
}

static int open_socket(struct talker *t, const char *family, const char *mode)
{
	struct timeval patience = { .tv_usec = 500000 };

	if (t->fd)
		close(t->fd);
	snprintf(t->family, sizeof(t->family), "%s", family);
	t->fd = socket(strcmp(family, "4") ? AF_INET6 : AF_INET,
		       (strcmp(mode, "udp") ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return -1;
	return setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static socklen_t parse(const struct talker *t, const char *address, const char *port,
		       union endpoint *to)
{
	socklen_t length = read_endpoint(t->family, address, atoi(port), to);

	if (!length)
		errx(2, "not an address: %s", address);
	return length;
}

static int hear(const struct talker *t, char *text, size_t size)
{
	union endpoint from = {};
	socklen_t length = sizeof(from);
	char answer[256], source[96];
	ssize_t n = recvfrom(t->fd, answer, sizeof(answer) - 1, 0, &from.any, &length);

	if (n < 0)
		return -1;
	answer[n] = 0;
	answer[strcspn(answer, " ")] = 0;
	if (length)
		write_endpoint(&from, source, sizeof(source));
	snprintf(text, size, "%s %s", answer, length ? source : "-");
	return 0;
}

static int peer(const struct talker *t, char *text, size_t size)
{
	union endpoint peer;
	socklen_t length = sizeof(peer);

	if (getpeername(t->fd, &peer.any, &length))
		return -1;
	write_endpoint(&peer, text, size);
	return 0;
}

static int obey(const char *line, char *text, size_t size)
{
	char name[32], verb[16], first[64] = "", second[16] = "";
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	union endpoint to;
	struct talker *t;
	socklen_t length;

	if (sscanf(line, "%31s %15s %63s %15s", name, verb, first, second) < 2)
		errx(2, "not a call: %s", line);
	t = find(name);
	snprintf(text, size, "ok");
	if (!strcmp(verb, "open"))
		return open_socket(t, first, second);
	if (!strcmp(verb, "unconnect"))
		return connect(t->fd, &nowhere, sizeof(nowhere));
	if (!strcmp(verb, "send"))
		return send(t->fd, "?", 1, MSG_NOSIGNAL) < 0 ? -1 : 0;
	if (!strcmp(verb, "hear"))
		return hear(t, text, size);
	if (!strcmp(verb, "peer"))
		return peer(t, text, size);
	length = parse(t, first, second, &to);
	if (!strcmp(verb, "connect"))
		return connect(t->fd, &to.any, length);
	if (!strcmp(verb, "sendto"))
		return sendto(t->fd, "?", 1, 0, &to.any, length) < 0 ? -1 : 0;
	errx(2, "not a call: %s", line);
}

int main(int argc, char **argv)
{
	char line[256], text[512];

	if (argc != 3)
		errx(2, "usage: talk CGROUP NETNS < calls");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	enter(argv[1], argv[2]);
	while (fgets(line, sizeof(line), stdin)) {
		puts(obey(line, text, sizeof(text)) ? strerrorname_np(errno) : text);
		fflush(stdout);
	}
	return 0;
}
