/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Masquerading: a packet to a backend elsewhere gets an address of the edge as its source, so that the answer comes back
 * here. The record of the answer is what a port is reserved by.
 */
#ifndef BALANCING_MASQUERADE_H
#define BALANCING_MASQUERADE_H

#include "clock.h"
#include "devices.h"
#include "edge_counts.h"
#include "edge_verdict.h"
#include "host_sockets.h"
#include "pair.h"
#include "port_filter.h"
#include "rewrite.h"

enum return_ages {		       /* in units of clock.h */
		   RETURN_RENEWED = 8, /* the record of a flow in use is younger, more or less */
		   IDLE_UDP =
			   180, /* another flow may have the port of one that was idle for longer */
		   IDLE_CLOSING = 120,
		   IDLE_TCP = 7200,
};

/* Is the flow of a return over, as far as can be told? */
static __always_inline bool is_over(const struct flow *found, __u8 protocol, __u32 now)
{
	__u32 idle = IDLE_TCP;

	if (protocol == IPPROTO_UDP)
		idle = IDLE_UDP;
	else if (found->flags & FLOW_CLOSING)
		idle = IDLE_CLOSING;
	return (__s32)(now - found->written) > (__s32)idle;
}

static __always_inline struct tuple answer_to(const struct tuple *sent, const struct nat *nat)
{
	return (struct tuple){
		.source = sent->destination,
		.destination = nat->address,
		.source_port = sent->destination_port,
		.destination_port = nat->port,
		.protocol = sent->protocol,
		.side = SIDE_ARRIVAL,
	};
}

/* Renews the record of an answer before it is taken for idle, and when the connection ends or begins. */
static __always_inline void renew(const struct flow_id *id, const struct packet *packet,
				  const struct flow *found, struct flow *own)
{
	if (!may_begin(packet))
		own->flags |= found->flags & FLOW_CLOSING;
	if (own->flags != found->flags || own->written - found->written > RETURN_RENEWED)
		put_arrival(id, own, BPF_ANY);
}

static __always_inline bool reserve_port(struct __sk_buff *skb, const struct work *work)
{
	const struct packet *packet = &work->packet;
	const struct tuple *sent = &packet->tuple;
	const struct nat *nat = &work->nat;
	struct tuple answer = answer_to(sent, nat);
	struct flow_id id = identify(&answer);
	__u64 how = BPF_NOEXIST;
	struct flow found;
	struct flow own = {
		.to = sent->source,
		.to_port = sent->source_port,
		.flags = FLOW_RETURN | protocol_flag(sent) |
			 (ends_connection(packet) ? FLOW_CLOSING : 0),
		.written = nat->now,
	};

	if (find_flow(&id, &found)) {
		if (leads_to(&found, &sent->source, sent->source_port)) {
			renew(&id, packet, &found, &own);
			return true;
		}
		if (!is_over(&found, sent->protocol, nat->now))
			return false;
		how = BPF_ANY;
	}
	return !may_be_frontend(&nat->address, nat->port, sent->protocol) &&
	       !has_socket(skb, work->v4, &answer) && put_arrival(&id, &own, how);
}

/*
 * Reserves `work->nat` for the flow of a departing packet, or finds it reserved. 0: another flow or a socket has it, or a
 * frontend of this node answers there.
 */
__noinline int reserve(struct __sk_buff *skb)
{
	const struct work *work = own_work();

	return work && reserve_port(skb, work);
}

/* The address that the edge has for packets to backends elsewhere. False: none. */
static __always_inline bool own_address(struct __sk_buff *skb, bool v4, struct ip *address)
{
	struct device device;

	if (!copy_device(skb->ifindex, &device))
		return false;
	*address = v4 ? device.nat4 : device.nat6;
	return high_word(address) | low_word(address);
}

/* Chooses a port for a flow, and notes it in the pair. False: all ports tried are taken. */
static __always_inline bool choose_port(struct __sk_buff *skb, struct work *work)
{
	__u64 hash = work->id.key.hash;
	struct nat *nat = &work->nat;

	nat->port = work->packet.tuple.source_port;
	if (bpf_ntohs(nat->port) < FIRST_FREE_PORT)
		nat->port = other_port(hash, PORT_TRIES);
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < PORT_TRIES; i++) {
		if (reserve(skb)) {
			work->flow.from = nat->address;
			work->flow.from_port = nat->port;
			put_flow(&work->id, &work->flow, BPF_ANY);
			cool_pair(&work->packet.tuple, work->packet.tuple.source_port, &work->flow);
			return true;
		}
		nat->port = other_port(hash, i);
	}
	return false;
}

/* Sends a packet to a backend elsewhere out by this edge. */
static __always_inline int masquerade(struct __sk_buff *skb, struct frame frame, struct work *work)
{
	struct nat *nat = &work->nat;

	nat->address = work->flow.from;
	nat->port = work->flow.from_port;
	nat->now = coarse_time();
	if (!nat->port || !reserve(skb)) {
		if (!own_address(skb, frame.v4, &nat->address)) {
			count(COUNT_DROPPED);
			return EDGE_DROP;
		}
		if (!choose_port(skb, work)) {
			count(COUNT_PORTS_EXHAUSTED);
			return EDGE_DROP;
		}
	}
	rewrite(skb, frame, &work->packet, REWRITE_SOURCE, &nat->address, nat->port,
		work->packet.tuple.destination_port);
	return EDGE_PASS;
}

#endif
