/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What `arrive` and `depart` together make of a packet, as the records of its flow say.
 */
#ifndef BALANCING_TRANSLATION_H
#define BALANCING_TRANSLATION_H

#include "clock.h"
#include "epoch.h"
#include "hot_flows.h"
#include "pair.h"

enum express_ages {
	/* In units of clock.h: then a packet passes, and tc renews the port of the edge before it counts as idle. */
	RETURN_LASTS = 60,
};

/* Is the port of the edge that the flow's packets leave from its own, and for some time to come? */
static __always_inline bool has_return(const struct tuple *arrival, __be16 client_port,
				       const struct hot_flow *flow)
{
	struct tuple answer = {
		.source = flow->to,
		.destination = flow->from,
		.source_port = flow->to_port,
		.destination_port = flow->from_port,
		.protocol = arrival->protocol,
		.side = SIDE_ARRIVAL,
	};
	struct flow_id id = identify(&answer);
	struct flow found;

	return find_flow(&id, &found) && found.flags & FLOW_RETURN &&
	       !(found.flags & FLOW_CLOSING) && leads_to(&found, &arrival->source, client_port) &&
	       coarse_time() - found.written < RETURN_LASTS;
}

/* A packet from a client: to a backend, from the address of the edge when it is masqueraded. */
static __always_inline bool translate_call(const struct tuple *arrival, const struct flow *record,
					   struct hot_flow *flow)
{
	__be16 port = record->client_port ? record->client_port : arrival->source_port;
	__u16 client_first;
	struct flow_id id = pair_id(arrival, port, &record->to, record->to_port, &client_first);
	struct flow pair;

	if (!find_flow(&id, &pair) || !is_pair_of(&pair, arrival, port) ||
	    (pair.flags & FLOW_CLIENT_FIRST) != client_first)
		return false;
	flow->to = record->to;
	flow->to_port = record->to_port;
	flow->from = arrival->source;
	flow->from_port = port;
	if (!(pair.flags & FLOW_MASQUERADE))
		return true;
	flow->from = pair.from;
	flow->from_port = pair.from_port;
	return pair.from_port && has_return(arrival, port, flow);
}

/*
 * An answer to a masqueraded packet: to the client, from what the client called. tc sends it by the edge that the client's
 * packets come by, XDP by the one that the answer came by (`ifindex`).
 */
static __always_inline bool translate_answer(const struct tuple *arrival, const struct flow *record,
					     __u32 ifindex, struct hot_flow *flow)
{
	struct tuple pair_ends = {
		.source = arrival->source,
		.destination = record->to,
		.source_port = arrival->source_port,
		.destination_port = record->to_port,
		.protocol = arrival->protocol,
	};
	bool is_lower = make_pair(&pair_ends);
	struct flow_id id = identify(&pair_ends);
	struct flow pair;

	/* Where the backend is the lower end, the client is not. */
	if (!find_flow(&id, &pair) || !!(pair.flags & FLOW_CLIENT_FIRST) == is_lower ||
	    (pair.arrived_by && pair.arrived_by != ifindex))
		return false;
	flow->to = record->to;
	flow->to_port = pair.client_port ? pair.client_port : record->to_port;
	flow->from = pair.to;
	flow->from_port = pair.to_port;
	return true;
}

/* May the flow go on without asking its frontend? With a UDP flow tc does, after a change of any; zero is no epoch. */
static __always_inline bool is_settled(const struct tuple *arrival, const struct flow *record)
{
	__u32 epoch = present_epoch();

	return arrival->protocol != IPPROTO_UDP || (epoch && record->epoch == epoch);
}

/*
 * Of a packet that came by the device `ifindex`. False: tc is to see it. Its flow is new, or moves, or a record of it is gone, or
 * its port is to be renewed, or it leaves by another device.
 */
static __always_inline bool translate(const struct flow_id *id, const struct tuple *arrival,
				      __u32 ifindex, struct hot_flow *flow)
{
	struct flow record;

	if (!find_flow(id, &record))
		return false;
	if (record.flags & FLOW_RETURN)
		return !(record.flags & FLOW_CLOSING) &&
		       translate_answer(arrival, &record, ifindex, flow);
	return is_settled(arrival, &record) && translate_call(arrival, &record, flow);
}

#endif
