/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Pairs: the record by which departing packets of a flow are known. Two flows of one client may have one backend, to which
 * they would look alike; then one gets another client port.
 */
#ifndef BALANCING_PAIR_H
#define BALANCING_PAIR_H

#include "edge_counts.h"
#include "cool.h"
#include "flows.h"
#include "work.h"

enum port_limits {
	PORT_TRIES = 32,
	FIRST_FREE_PORT = 32768, /* ports from here on are chosen for clients and edges */
};

/* Port number `i` of those tried when a flow's own is taken. The same flow tries the same ports. */
static __always_inline __be16 other_port(__u64 hash, __u32 i)
{
	return bpf_htons(FIRST_FREE_PORT | (((hash >> 20) + i * 0x4e35) & (FIRST_FREE_PORT - 1)));
}

/* The id of the pair of a flow's client, which sends from `port`, and a backend; `client_first`: FLOW_CLIENT_FIRST or 0. */
static __always_inline struct flow_id pair_id(const struct tuple *arrival, __be16 port,
					      const struct ip *backend, __be16 backend_port,
					      __u16 *client_first)
{
	struct tuple pair = {
		.source = arrival->source,
		.destination = *backend,
		.source_port = port,
		.destination_port = backend_port,
		.protocol = arrival->protocol,
	};

	*client_first = make_pair(&pair) ? FLOW_CLIENT_FIRST : 0;
	return identify(&pair);
}

/* Is the pair that of this flow? */
static __always_inline bool is_pair_of(const struct flow *pair, const struct tuple *arrival,
				       __be16 port)
{
	return leads_to(pair, &arrival->destination, arrival->destination_port) &&
	       pair->client_port == (port == arrival->source_port ? 0 : arrival->source_port);
}

/*
 * Is there a pair of this flow, by the looks of it? Without a proof: the hash may be that of another pair, with a chance of
 * 2^-32, and the record may be given to another while it is read. Then a packet fares as if the pair were evicted.
 */
static __always_inline bool seems_paired(const struct tuple *arrival, const struct flow *flow,
					 __be16 port)
{
	bool is_lower = is_lower_end(&arrival->source, port, &flow->to, flow->to_port);
	struct flow_key key = flow_key((struct hashed){
		.source = is_lower ? &arrival->source : &flow->to,
		.destination = is_lower ? &flow->to : &arrival->source,
		.ports = is_lower ? hashed_ports(port, flow->to_port)
				  : hashed_ports(flow->to_port, port),
		.rest = hashed_rest(arrival->protocol, SIDE_PAIR),
	});
	const struct flow *found = bpf_map_lookup_elem(&flows, &key);

	return found && is_pair_of(found, arrival, port);
}

static __always_inline struct flow new_pair(const struct work *work, __be16 port, __u16 flags)
{
	const struct tuple *arrival = &work->packet.tuple;

	return (struct flow){
		.to = arrival->destination,
		.to_port = arrival->destination_port,
		.client_port = port == arrival->source_port ? 0 : arrival->source_port,
		.flags = flags,
		.arrived_by = work->device,
	};
}

enum pair_claim {
	PAIR_OWN,   /* there, or made */
	PAIR_NONE,  /* not there, and not to be made */
	PAIR_TAKEN, /* of another flow */
};

/* What may be done for a pair. */
enum pair_effort {
	PAIR_FIND,
	PAIR_MAKE, /* where there is none */
	PAIR_TAKE, /* from another flow, when all ports tried are taken: a connection that begins may end a forgotten one */
};

/* Replaces the pair of another flow, or makes one. */
static __always_inline bool put_pair(const struct work *work, const struct flow_id *id, __be16 port,
				     __u16 client_first, __u64 how)
{
	__u16 flags = work->offer.flags | client_first | protocol_flag(&work->packet.tuple);
	struct flow pair = new_pair(work, port, flags);

	return put_flow(id, &pair, how);
}

static __always_inline enum pair_claim claim(const struct work *work, __be16 port,
					     enum pair_effort effort)
{
	const struct tuple *arrival = &work->packet.tuple;
	const struct offer *offer = &work->offer;
	__u16 client_first;
	struct flow_id id;
	struct flow found;

	/* A packet whose ends are one says nothing of its direction. */
	if (port == offer->port && same_address(&arrival->source, &offer->backend))
		return PAIR_TAKEN;
	id = pair_id(arrival, port, &offer->backend, offer->port, &client_first);
	if (!find_flow(&id, &found))
		return effort == PAIR_FIND				      ? PAIR_NONE
		       : put_pair(work, &id, port, client_first, BPF_NOEXIST) ? PAIR_OWN
									      : PAIR_TAKEN;
	if (!is_pair_of(&found, arrival, port)) {
		if (effort != PAIR_TAKE)
			return PAIR_TAKEN;
	} else if (!((found.flags ^ offer->flags) & FLOW_MASQUERADE) || effort == PAIR_FIND) {
		return PAIR_OWN;
	}
	put_pair(work, &id, port, client_first, BPF_ANY);
	cool_pair(arrival, port, &found);
	return PAIR_OWN;
}

/*
 * Claims the pair of an arriving packet's client, under a port, and the backend that is offered. Returns enum pair_claim.
 */
__noinline int claim_port(__u32 port, __u32 effort)
{
	const struct work *work = own_work();

	return work ? claim(work, port, effort) : PAIR_NONE;
}

/* Claims a pair for the flow of an arriving packet and what it is offered. Returns the client port of it, or 0: there is none. */
static __always_inline __be16 claim_pair(const struct work *work, enum pair_effort effort)
{
	__be16 port = work->packet.tuple.source_port;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < PORT_TRIES; i++) {
		int claimed = claim_port(port, i == PORT_TRIES - 1   ? effort
					       : effort == PAIR_TAKE ? PAIR_MAKE
								     : effort);

		if (claimed == PAIR_OWN)
			return port;
		if (claimed == PAIR_NONE)
			return 0;
		port = other_port(work->id.key.hash, i);
	}
	return 0;
}

#endif
