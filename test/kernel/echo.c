// SPDX-License-Identifier: Apache-2.0
/*
 * Answers for everybody who lives in a network namespace, with who was reached and who asked:
 *
 *	echo NETNS PORT,PORT,... NAME=ADDRESS...	("-" stays where it is)
 *
 * Each address listens on each port, TCP and UDP. The answer is "NAME:PORT CLIENT-ADDRESS". A TCP connection gets one at
 * once and is closed; at a port that is written with a plus behind it (9000+) it stays, and gets one for each message.
 * Prints "ready" when all sockets are bound; ends when its stdin does, so it cannot outlive its parent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* A socket that listens, or a connection that stays. */
struct listener {
	int fd;
	int type;
	bool lasts, is_connection;
	char identity[64];
};

static void enter_netns(const char *name)
{
	char path[256];
	int fd;

	if (!strcmp(name, "-"))
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "enter %s", path);
	close(fd);
}

static socklen_t parse(const char *text, int port, union endpoint *to)
{
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		return sizeof(to->v4);
	}
	if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) != 1)
		errx(2, "not an address: %s", text);
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(port);
	return sizeof(to->v6);
}

static void watch(int epoll, struct listener *l)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = l };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, l->fd, &event))
		err(1, "epoll_ctl");
}

static void listen_on(int epoll, const char *name, const char *address, const char *port_text,
		      int type)
{
	struct listener *l = calloc(1, sizeof(*l));
	int port = atoi(port_text);
	union endpoint at;
	socklen_t length = parse(address, port, &at);
	int one = 1, room = 16 << 20;

	l->type = type;
	l->lasts = port_text[strlen(port_text) - 1] == '+';
	snprintf(l->identity, sizeof(l->identity), "%s:%d", name, port);
	l->fd = socket(at.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* Hundreds of datagrams at once are asked of one socket on a busy machine: none may be lost here. */
	setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(l->fd, &at.any, length))
		err(1, "bind %s port %d", address, port);
	if (type == SOCK_STREAM && listen(l->fd, 4096))
		err(1, "listen %s port %d", address, port);
	watch(epoll, l);
}

static int answer(const struct listener *l, const union endpoint *client, char *text, size_t size)
{
	const void *raw = client->any.sa_family == AF_INET ? (const void *)&client->v4.sin_addr
							   : (const void *)&client->v6.sin6_addr;
	char address[INET6_ADDRSTRLEN] = "?";

	inet_ntop(client->any.sa_family, raw, address, sizeof(address));
	return snprintf(text, size, "%s %s", l->identity, address);
}

static void keep_connection(int epoll, const struct listener *l, int fd)
{
	struct listener *connection = calloc(1, sizeof(*connection));

	*connection = *l;
	connection->fd = fd;
	connection->is_connection = true;
	watch(epoll, connection);
}

/* Answers a message of a connection that stays, and forgets one that ends. */
static void serve_connection(struct listener *l)
{
	union endpoint client;
	socklen_t length = sizeof(client);
	char text[256];

	if (getpeername(l->fd, &client.any, &length) ||
	    recv(l->fd, text, sizeof(text), MSG_DONTWAIT) <= 0) {
		close(l->fd);
		free(l);
		return;
	}
	send(l->fd, text, answer(l, &client, text, sizeof(text)), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void serve(int epoll, const struct listener *l)
{
	union endpoint client;
	socklen_t length = sizeof(client);
	char text[256];

	if (l->type == SOCK_STREAM) {
		int fd = accept4(l->fd, &client.any, &length, SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (l->lasts)
			return keep_connection(epoll, l, fd);
		send(fd, text, answer(l, &client, text, sizeof(text)), MSG_NOSIGNAL);
		close(fd);
	} else if (recvfrom(l->fd, text, sizeof(text), 0, &client.any, &length) >= 0) {
		sendto(l->fd, text, answer(l, &client, text, sizeof(text)), 0, &client.any, length);
	}
}

int main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event input = { .events = EPOLLIN }, events[64];

	if (argc < 4)
		errx(2, "usage: echo NETNS PORT,PORT,... NAME=ADDRESS...");
	enter_netns(argv[1]);
	for (char *port = strtok(argv[2], ","); port; port = strtok(NULL, ",")) {
		for (int i = 3; i < argc; i++) {
			char *equals = strchr(argv[i], '=');

			if (!equals)
				errx(2, "NAME=ADDRESS expected: %s", argv[i]);
			*equals = 0;
			listen_on(epoll, argv[i], equals + 1, port, SOCK_STREAM);
			listen_on(epoll, argv[i], equals + 1, port, SOCK_DGRAM);
			*equals = '=';
		}
	}
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input))
		err(1, "stdin must be a pipe");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, events, 64, -1);

		if (n < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++) {
			struct listener *l = events[i].data.ptr;

			if (!l)
				return 0;
			if (l->is_connection)
				serve_connection(l);
			else
				serve(epoll, l);
		}
	}
}
