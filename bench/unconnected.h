/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unconnected UDP sockets: a batch is one datagram of each of many.
 */
#ifndef BENCH_UNCONNECTED_H
#define BENCH_UNCONNECTED_H

#include "calls.h"

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

#endif
