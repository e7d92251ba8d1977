/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What becomes of a packet that departs by an edge. Its source is replaced here.
 */
#ifndef BALANCING_DEPARTURE_H
#define BALANCING_DEPARTURE_H

#include "flow_filter.h"
#include "fragments.h"
#include "masquerade.h"
#include "way_back.h"

/*
 * Gives up the port of a flow that a socket of the node now calls a backend from: the answer is to reach the socket. The
 * flow gets another port with its next packet.
 */
static __always_inline void give_up_port(const struct tuple *sent)
{
	struct tuple answer = reverse(sent);
	struct flow_id id;
	struct flow found;

	answer.side = SIDE_ARRIVAL;
	id = identify(&answer);
	if (!find_flow(&id, &found) || !(found.flags & FLOW_RETURN))
		return;
	delete_arrival(&id);
}

/* A packet that has no pair. */
static __always_inline int depart_unknown(struct __sk_buff *skb, const struct packet *packet)
{
	if (skb->sk && may_begin(packet) && bpf_ntohs(packet->tuple.source_port) >= FIRST_FREE_PORT)
		give_up_port(&packet->tuple);
	return EDGE_PASS;
}

/*
 * A packet of a client on its way to its backend. A pod hears from clients themselves: the answers come by its device. Only
 * its own it would answer itself.
 */
static __always_inline int depart_to_backend(struct __sk_buff *skb, struct frame frame,
					     struct work *work)
{
	const struct tuple *tuple = &work->packet.tuple;

	if (!(work->flow.flags & FLOW_MASQUERADE) ||
	    (work->pod && !same_address(&tuple->source, &tuple->destination)))
		return EDGE_PASS;
	return masquerade(skb, frame, work);
}

/* A TCP or UDP packet of a flow or of none. */
static __always_inline int depart_transport(struct __sk_buff *skb, struct frame frame,
					    struct work *work)
{
	const struct packet *packet = &work->packet;
	const struct flow *pair = &work->flow;
	struct tuple ends = packet->tuple;
	bool is_lower = make_pair(&ends);

	work->id = identify(&ends);
	if (!find_flow(&work->id, &work->flow))
		return depart_unknown(skb, packet);
	if (!!(pair->flags & FLOW_CLIENT_FIRST) == is_lower)
		return depart_to_backend(skb, frame, work);
	rewrite(skb, frame, packet, REWRITE_SOURCE, &pair->to, pair->to_port,
		pair->client_port ? pair->client_port : packet->tuple.destination_port);
	return goes_back(skb, work, &packet->tuple.destination) ? EDGE_BACK : EDGE_PASS;
}

#endif
