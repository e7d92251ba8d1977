// SPDX-License-Identifier: Apache-2.0
/*
 * Clients in a hurry: each dials one thing again and again, one call after the other, until stdin ends.
 *
 *	rush CGROUP NETNS		("-" stays where it is)
 *	stdin, a client each:	FAMILY MODE ADDRESS PORT	as in dial.c; an empty line lets them go
 *
 * A call is a new socket, and over when echo.c has answered. Nothing is sent twice: no answer within five seconds is
 * ETIMEDOUT. Prints one JSON line a client: counts by answering identity, by errno name, and by what the socket showed
 * as its peer (getpeername() and recvfrom(), of TCP the former).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include "counts.h"
#include "party.h"

enum { PATIENCE_SECONDS = 5, CLIENTS = 64 };

struct client {
	pthread_t thread;
	int type, unconnected;
	union endpoint to;
	socklen_t length;
	struct counts identities, errors, peers;
};

static struct client clients[CLIENTS];
static atomic_bool over;

/* Makes the connection, and asks: TCP has nothing to say, echo.c answers at once. */
static int ask(struct client *c, int fd)
{
	union endpoint peer = {};
	socklen_t length = sizeof(peer);

	if (c->unconnected)
		return sendto(fd, "?", 1, 0, &c->to.any, c->length) < 0;
	if (connect(fd, &c->to.any, c->length) || getpeername(fd, &peer.any, &length))
		return -1;
	count_endpoint(&c->peers, &peer);
	return c->type == SOCK_DGRAM && send(fd, "?", 1, 0) < 0;
}

static int hear(struct client *c, int fd)
{
	union endpoint source = {};
	socklen_t length = sizeof(source);
	char text[KEY_SIZE];
	ssize_t n = recvfrom(fd, text, sizeof(text) - 1, 0, &source.any, &length);

	if (n < 0 && errno == EAGAIN)
		errno = ETIMEDOUT;
	if (n < 0)
		return -1;
	text[n] = 0;
	text[strcspn(text, " ")] = 0;
	count(&c->identities, text);
	if (c->type == SOCK_DGRAM)
		count_endpoint(&c->peers, &source);
	return 0;
}

static void call(struct client *c)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int fd = socket(c->to.any.sa_family, c->type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (ask(c, fd) || hear(c, fd))
		count(&c->errors, strerrorname_np(errno));
	close(fd);
}

static void *run(void *client)
{
	while (!over)
		call(client);
	return NULL;
}

static void read_client(const char *line, struct client *c)
{
	char family[8], mode[8], address[64];
	int port;

	if (sscanf(line, "%7s %7s %63s %d", family, mode, address, &port) != 4)
		errx(2, "not a client: %s", line);
	c->type = strcmp(mode, "tcp") ? SOCK_DGRAM : SOCK_STREAM;
	c->unconnected = !strcmp(mode, "sendto");
	c->length = read_endpoint(family, address, port, &c->to);
	if (!c->length)
		errx(2, "not an address: %s", line);
}

int main(int argc, char **argv)
{
	char line[256];
	int size = 0;

	if (argc != 3)
		errx(2, "usage: rush CGROUP NETNS < clients");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	enter(argv[1], argv[2]);
	while (fgets(line, sizeof(line), stdin) && line[0] != '\n') {
		if (size == CLIENTS)
			errx(2, "more than %d clients", CLIENTS);
		read_client(line, &clients[size++]);
	}
	for (int i = 0; i < size; i++)
		if (pthread_create(&clients[i].thread, NULL, run, &clients[i]))
			err(1, "thread");
	while (fgets(line, sizeof(line), stdin))
		;
	over = true;
	for (int i = 0; i < size; i++)
		pthread_join(clients[i].thread, NULL);
	for (int i = 0; i < size; i++) {
		printf("{\"client\":%d", i);
		print_counts("identities", &clients[i].identities);
		print_counts("errors", &clients[i].errors);
		print_counts("peers", &clients[i].peers);
		puts("}");
	}
	return 0;
}
