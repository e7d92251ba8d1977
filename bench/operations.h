/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket calls that are measured. An operation is done CALLS times in a row, number `i` to the address
 * `to[i]`; what must be there before and go after stands in `before` and `after`, which are not measured.
 */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include <err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "addresses.h"
#include "servers.h"

enum { CALLS = 1000, CHECKS = 200 /* sockets */ };

struct calls {
	const struct addresses *addresses;
	const struct server *server; /* where they must arrive */
	int reused;		     /* one UDP socket for all */
	uint32_t to[CALLS], other[CALLS];
	int sockets[CALLS];
};

struct operation {
	const char *name;
	void (*before)(struct calls *calls);
	void (*call)(struct calls *calls, int i);
	void (*after)(struct calls *calls);
	/* Once before all: do calls arrive where they must? Not asked when `call` or `after` see it. */
	void (*check)(struct calls *calls);
	/* Before batches, for each address: what is measured is not the first touch of anything. */
	void (*touch)(struct calls *calls, uint32_t number);
};

static inline int new_socket(const struct calls *calls, int type)
{
	int fd = socket(calls->addresses->family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static inline void dial(const struct calls *calls, int fd, uint32_t number)
{
	if (connect(fd, address_at(calls->addresses, number), calls->addresses->size))
		err(1, "connect");
}

static inline void send_datagram(const struct calls *calls, int fd, uint32_t number)
{
	if (sendto(fd, "x", 1, 0, address_at(calls->addresses, number), calls->addresses->size) !=
	    1)
		err(1, "sendto");
}

/* What is sent over a connected socket says where it leads. */
static inline void check_connected(struct calls *calls)
{
	for (int i = 0; i < CHECKS; i++) {
		int fd = new_socket(calls, SOCK_DGRAM);

		dial(calls, fd, random_below(calls->addresses->count));
		if (send(fd, "x", 1, 0) != 1)
			err(1, "send");
		close(fd);
		take_datagrams(calls->server, 1, false);
	}
}

/* connect: one UDP socket, again and again; no packet is sent. */
static inline void call_connect(struct calls *calls, int i)
{
	dial(calls, calls->reused, calls->to[i]);
}

/* udp: a new UDP socket, connect, close. */
static inline void call_udp(struct calls *calls, int i)
{
	int fd = new_socket(calls, SOCK_DGRAM);

	dial(calls, fd, calls->to[i]);
	close(fd);
}

/* tcp: a new TCP socket, connect, accept at the other end, close by reset. */
static inline void call_tcp(struct calls *calls, int i)
{
	struct linger reset = { 1, 0 };
	int fd = new_socket(calls, SOCK_STREAM), other;

	dial(calls, fd, calls->to[i]);
	other = take_connection(calls->server);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	close(other);
}

/* flow: a new UDP socket, connect, one datagram, close. */
static inline void call_flow(struct calls *calls, int i)
{
	int fd = new_socket(calls, SOCK_DGRAM);

	dial(calls, fd, calls->to[i]);
	if (send(fd, "x", 1, 0) != 1)
		err(1, "send");
	close(fd);
}

static inline void take_all(struct calls *calls)
{
	take_datagrams(calls->server, CALLS, false);
}

static inline void open_sockets(struct calls *calls)
{
	for (int i = 0; i < CALLS; i++)
		calls->sockets[i] = new_socket(calls, SOCK_DGRAM);
}

static inline void close_sockets(struct calls *calls)
{
	for (int i = 0; i < CALLS; i++)
		close(calls->sockets[i]);
}

static inline void send_all(struct calls *calls, const uint32_t *to)
{
	for (int i = 0; i < CALLS; i++)
		send_datagram(calls, calls->sockets[i], to[i]);
}

static inline void call_send(struct calls *calls, int i)
{
	send_datagram(calls, calls->sockets[i], calls->to[i]);
}

static inline void take_and_close(struct calls *calls)
{
	take_all(calls);
	close_sockets(calls);
}

/* again: the second datagram of each of many sockets, to where the first one went. */
static inline void before_again(struct calls *calls)
{
	open_sockets(calls);
	send_all(calls, calls->to);
	take_datagrams(calls->server, CALLS, false);
}

/* alternate: sockets that have sent to two addresses in turns already send to the other one. */
static inline void before_alternate(struct calls *calls)
{
	open_sockets(calls);
	send_all(calls, calls->other);
	send_all(calls, calls->to);
	send_all(calls, calls->other);
	take_datagrams(calls->server, 3 * CALLS, false);
}

/* answer: recvmsg() of the answer to a first datagram. */
static inline void before_answer(struct calls *calls)
{
	open_sockets(calls);
	send_all(calls, calls->to);
	take_datagrams(calls->server, CALLS, true);
}

static inline void call_answer(struct calls *calls, int i)
{
	union address from;
	socklen_t size = sizeof(from);
	char datum;

	if (recvfrom(calls->sockets[i], &datum, 1, MSG_DONTWAIT, &from.any, &size) != 1)
		err(1, "an answer");
}

static inline void nothing(struct calls *calls)
{
	(void)calls;
}

/* No packet is sent. */
static inline void touch_by_socket(struct calls *calls, uint32_t number)
{
	dial(calls, calls->reused, number);
}

static inline void touch_by_tcp(struct calls *calls, uint32_t number)
{
	calls->to[0] = number;
	call_tcp(calls, 0);
}

static inline void touch_by_flow(struct calls *calls, uint32_t number)
{
	calls->to[0] = number;
	call_flow(calls, 0);
	take_datagrams(calls->server, 1, false);
}

static const struct operation operations[] = {
	{ "connect", nothing, call_connect, nothing, check_connected, touch_by_socket },
	{ "udp", nothing, call_udp, nothing, check_connected, touch_by_socket },
	{ "tcp", nothing, call_tcp, nothing, nothing, touch_by_tcp },
	{ "flow", nothing, call_flow, take_all, nothing, touch_by_flow },
	{ "first", open_sockets, call_send, take_and_close, nothing, touch_by_socket },
	{ "again", before_again, call_send, take_and_close, nothing, touch_by_socket },
	{ "alternate", before_alternate, call_send, take_and_close, nothing, touch_by_socket },
	{ "answer", before_answer, call_answer, close_sockets, nothing, touch_by_socket },
};

static inline const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	errx(1, "there is no operation %s", name);
}

#endif
