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

/* first: the first datagram of each of many sockets. */
static inline void call_send(struct calls *calls, int i)
{
	send_datagram(calls, calls->sockets[i], calls->to[i]);
}

static inline void send_all(struct calls *calls)
{
	for (int i = 0; i < CALLS; i++)
		call_send(calls, i);
}

static inline void take_and_close(struct calls *calls)
{
	take_all(calls);
	close_sockets(calls);
}

/* second: the second datagram of each of many sockets, to where the first one went. */
static inline void before_second(struct calls *calls)
{
	open_sockets(calls);
	send_all(calls);
	take_all(calls);
}

static inline void open_one(struct calls *calls)
{
	int room = 1 << 24;

	calls->sockets[0] = new_socket(calls, SOCK_DGRAM);
	if (setsockopt(calls->sockets[0], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		err(1, "SO_RCVBUFFORCE");
}

static inline void close_one(struct calls *calls)
{
	close(calls->sockets[0]);
}

static inline void take_and_close_one(struct calls *calls)
{
	take_all(calls);
	close_one(calls);
}

/* again: one socket that sends to one address. */
static inline void call_again(struct calls *calls, int i)
{
	(void)i;
	send_datagram(calls, calls->sockets[0], calls->to[0]);
}

/* turns: one socket that sends to two addresses in turns. */
static inline void call_turns(struct calls *calls, int i)
{
	send_datagram(calls, calls->sockets[0], calls->to[i & 1]);
}

/* answer: recvmsg() of the answer to a first datagram. */
static inline void before_answer(struct calls *calls)
{
	open_sockets(calls);
	send_all(calls);
	take_datagrams(calls->server, CALLS, true);
}

static inline void take_answer(int fd)
{
	union address from;
	socklen_t size = sizeof(from);
	char datum;

	if (recvfrom(fd, &datum, 1, MSG_DONTWAIT, &from.any, &size) != 1)
		err(1, "an answer");
}

static inline void call_answer(struct calls *calls, int i)
{
	take_answer(calls->sockets[i]);
}

/* answers: one socket that hears from one address. */
static inline void before_answers(struct calls *calls)
{
	open_one(calls);
	for (int i = 0; i < CALLS; i++)
		call_again(calls, i);
	take_datagrams(calls->server, CALLS, true);
}

static inline void call_answers(struct calls *calls, int i)
{
	(void)i;
	take_answer(calls->sockets[0]);
}

#endif
