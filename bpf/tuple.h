/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What flows are known by: the addresses and ports of a packet.
 */
#ifndef BALANCING_TUPLE_H
#define BALANCING_TUPLE_H

#include <stdbool.h>
#include "address.h"
#include "hash.h"

struct tuple {
	struct ip source;
	struct ip destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol; /* IPPROTO_* */
	__u8 side;     /* enum flow_side */
	__u16 pad;
};

/* The tuple of the answer, on the same side. */
static __always_inline struct tuple reverse(const struct tuple *tuple)
{
	return (struct tuple){
		.source = tuple->destination,
		.destination = tuple->source,
		.source_port = tuple->destination_port,
		.destination_port = tuple->source_port,
		.protocol = tuple->protocol,
		.side = tuple->side,
	};
}

/* Is one end before the other? Any order does that both directions of a flow agree on. */
static __always_inline bool is_lower_end(const struct ip *one, __be16 one_port,
					 const struct ip *other, __be16 other_port)
{
	__u64 a = high_word(one), b = high_word(other);

	if (a != b)
		return a < b;
	a = low_word(one);
	b = low_word(other);
	return a != b ? a < b : one_port < other_port;
}

/* Makes a packet's tuple that of its pair, the same for both directions. Returns whether the source was the lower end. */
static __always_inline bool make_pair(struct tuple *tuple)
{
	bool is_lower = is_lower_end(&tuple->source, tuple->source_port, &tuple->destination,
				     tuple->destination_port);

	if (!is_lower)
		*tuple = reverse(tuple);
	tuple->side = SIDE_PAIR;
	return is_lower;
}

#endif
