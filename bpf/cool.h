/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Where tc replaces a record, what XDP made of the one before it counts no more.
 */
#ifndef BALANCING_COOL_H
#define BALANCING_COOL_H

#include "flows.h"
#include "hot_flows.h"

/* As put_flow(), for the record of an arrival. */
static __always_inline bool put_arrival(const struct flow_id *id, struct flow *flow, __u64 flags)
{
	bool put = put_flow(id, flow, flags);

	clear_hot(id);
	return put;
}

static __always_inline void delete_arrival(const struct flow_id *id)
{
	delete_flow(id);
	clear_hot(id);
}

/* What a client that has this pair sends is no longer hot. It is the source of `sent`; `port` is its port in the pair. */
static __always_inline void cool_pair(const struct tuple *sent, __be16 port,
				      const struct flow *pair)
{
	struct tuple arrival = {
		.source = sent->source,
		.destination = pair->to,
		.source_port = pair->client_port ? pair->client_port : port,
		.destination_port = pair->to_port,
		.protocol = sent->protocol,
		.side = SIDE_ARRIVAL,
	};
	struct flow_id id = identify(&arrival);

	clear_hot(&id);
}

#endif
