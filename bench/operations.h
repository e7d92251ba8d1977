/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket calls that are measured, by name.
 */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include <string.h>
#include "connected.h"
#include "unconnected.h"

/* An operation is done CALLS times in a row; what must be there before and go after is not measured. */
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

static const struct operation operations[] = {
	{ "connect", nothing, call_connect, nothing, check_connected, touch_by_socket },
	{ "udp", nothing, call_udp, nothing, check_connected, touch_by_socket },
	{ "tcp", nothing, call_tcp, nothing, nothing, touch_by_tcp },
	{ "flow", nothing, call_flow, take_all, nothing, touch_by_flow },
	{ "first", open_sockets, call_send, take_and_close, nothing, touch_by_socket },
	{ "second", before_second, call_send, take_and_close, nothing, touch_by_socket },
	{ "again", open_one, call_again, take_and_close_one, nothing, touch_by_socket },
	{ "turns", open_one, call_turns, take_and_close_one, nothing, touch_by_socket },
	{ "answers", before_answers, call_answers, close_one, nothing, touch_by_socket },
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
