/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connected sockets.
 */
#ifndef BENCH_CONNECTED_H
#define BENCH_CONNECTED_H

#include "calls.h"

enum { CHECKS = 200 /* sockets */ };

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

#endif
