/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What becomes of a packet that arrives at an edge. Its destination is replaced here; its source, where it departs.
 */
#ifndef BALANCING_ARRIVAL_H
#define BALANCING_ARRIVAL_H

#include "clock.h"
#include "devices.h"
#include "edge_verdict.h"
#include "epoch.h"
#include "flow_filter.h"
#include "fragments.h"
#include "offer.h"
#include "pair.h"
#include "port_filter.h"
#include "unknown_port.h"

/* May a TCP packet without a record be of a connection that another proxy serves? */
__noinline int is_perhaps_others(struct __sk_buff *skb)
{
	struct device device;

	return copy_device(skb->ifindex, &device) && device.flags & DEVICE_OTHER_PROXY;
}

/*
 * What a verdict of lookup means for a packet. A refusal answers what may begin a flow, and has ports. A TCP packet in the
 * middle may be of a connection that another proxy serves.
 */
static __always_inline int conclude(struct __sk_buff *skb, const struct packet *packet, int verdict)
{
	if (verdict == VERDICT_PASS)
		return EDGE_PASS;
	if (verdict == -ECONNREFUSED) {
		if (may_begin(packet) && packet->fragment != FRAGMENT_LATER)
			return EDGE_REFUSE;
		if (!may_begin(packet) && is_perhaps_others(skb))
			return EDGE_PASS;
	}
	count(COUNT_DROPPED);
	return EDGE_DROP;
}

/* Only a packet that begins a connection may take a pair from another flow. */
static __always_inline enum pair_effort effort_of(const struct packet *packet)
{
	return packet->tuple.protocol == IPPROTO_TCP && may_begin(packet) ? PAIR_TAKE : PAIR_MAKE;
}

/* Makes the records of a flow with what it is offered, the pair first. */
static __always_inline int begin_flow(struct work *work)
{
	const struct offer *offer = &work->offer;

	note_flow();
	work->port = claim_pair(work, effort_of(&work->packet));
	if (!work->port) {
		count(COUNT_PORTS_EXHAUSTED);
		return EDGE_DROP;
	}
	work->flow = (struct flow){
		.to = offer->backend,
		.to_port = offer->port,
		.flags = offer->flags | protocol_flag(&work->packet.tuple),
		.block = offer->block,
		.epoch = work->epoch,
	};
	if (work->port != work->packet.tuple.source_port) {
		work->flow.client_port = work->port;
		count(COUNT_COLLISIONS);
	}
	put_arrival(&work->id, &work->flow, BPF_ANY);
	return EDGE_FORWARD;
}

/* Sends on a packet whose record says where. The pair is put back when it was evicted. */
static __always_inline int follow(struct work *work)
{
	const struct packet *packet = &work->packet;
	const struct flow *flow = &work->flow;

	work->port = flow->client_port ? flow->client_port : packet->tuple.source_port;
	work->offer.backend = flow->to;
	work->offer.port = flow->to_port;
	if (seems_paired(&packet->tuple, flow, work->port))
		return EDGE_FORWARD;
	work->offer.flags = flow->flags & FLOW_MASQUERADE;
	work->offer.block = flow->block;
	count(COUNT_RESTORED);
	return claim_port(work->port, PAIR_MAKE) == PAIR_OWN ? EDGE_FORWARD : begin_flow(work);
}

/* Notes that one side has ended the connection. */
static __always_inline void note_closing(struct work *work)
{
	if (!ends_connection(&work->packet) || work->flow.flags & FLOW_CLOSING)
		return;
	work->flow.flags |= FLOW_CLOSING;
	work->flow.written = coarse_time();
	put_arrival(&work->id, &work->flow, BPF_EXIST);
}

/* Sends an answer to a masqueraded packet on to the client. */
static __always_inline int deliver(struct work *work)
{
	note_closing(work);
	work->offer.backend = work->flow.to;
	work->offer.port = work->flow.to_port;
	work->port = work->packet.tuple.source_port;
	return EDGE_FORWARD;
}

static __always_inline void forget_pair_of(const struct tuple *tuple)
{
	struct tuple ends = *tuple;
	bool is_lower = make_pair(&ends);
	struct flow_id id = identify(&ends);
	struct flow pair;

	if (!find_flow(&id, &pair) || !!(pair.flags & FLOW_CLIENT_FIRST) != is_lower)
		return;
	delete_flow(&id);
	cool_pair(tuple, tuple->source_port, &pair);
}

/*
 * Forgets the pair of a client that now calls the backend itself, from a port that it used before: the answers are not to
 * come from the Service. Returns 0.
 */
__noinline int forget_pair(void)
{
	const struct work *work = own_work();

	if (work)
		forget_pair_of(&work->packet.tuple);
	return 0;
}

/* A packet to a port that no frontend has. Returns enum edge_verdict. */
__noinline int arrive_unknown(struct __sk_buff *skb)
{
	const struct work *work = own_work();
	const struct packet *packet;

	if (!work)
		return EDGE_PASS;
	packet = &work->packet;
	if (may_begin(packet)) {
		/* Another program may answer there now, so what follows is not of the flow before. */
		if (work->is_known)
			delete_arrival(&work->id);
		if (is_perhaps_backend(&packet->tuple.destination))
			forget_pair();
	}
	return conclude(skb, packet, unknown_port(skb, &packet->tuple, work->v4));
}

/* Is the destination an address of this node, or of any as `which` says (enum address_flags)? */
static __always_inline bool is_of_node(const struct packet *packet, __u32 which)
{
	__u32 flags;

	return copy_address_flags(&packet->tuple.destination, &flags) && flags & which;
}

/*
 * Does a kernel answer at the destination: that of this node, or, of what pods send, that of another? What others send to
 * another node is none of ours.
 */
static __always_inline bool is_of_kernel(const struct work *work)
{
	return is_of_node(&work->packet,
			  work->pod ? ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE : ADDRESS_THIS_NODE);
}

/* May a frontend answer at the destination? The filter does not have the node ports of other nodes, which pods get too. */
static __always_inline bool may_be_served(const struct work *work)
{
	const struct tuple *tuple = &work->packet.tuple;

	return may_be_frontend(&tuple->destination, tuple->destination_port, tuple->protocol) ||
	       (work->pod && is_of_node(&work->packet, ADDRESS_OTHER_NODE));
}

/*
 * A packet of a TCP connection that has no record. It was evicted, when the backend that is offered has a pair with the
 * client. Else the kernel resets what it does not know at an address of the node; at a VIP only the backend can.
 */
static __always_inline int resume(struct __sk_buff *skb, struct work *work, int verdict)
{
	const struct packet *packet = &work->packet;

	if (verdict == VERDICT_TRANSLATE && claim_pair(work, PAIR_FIND)) {
		count(COUNT_RESTORED);
		return begin_flow(work);
	}
	if (is_of_kernel(work) || is_perhaps_others(skb))
		return EDGE_PASS;
	if (verdict == VERDICT_TRANSLATE && work->offer.is_admitted)
		return begin_flow(work);
	return conclude(skb, packet, verdict < 0 ? verdict : -EHOSTUNREACH);
}

/*
 * Notes in the record of a flow that it may keep its backend in this epoch. While frontends change there is none, and each
 * packet asks.
 */
static __always_inline int keep(struct work *work)
{
	if (!work->epoch)
		return follow(work);
	work->flow.block = work->offer.block;
	work->flow.epoch = work->epoch;
	put_arrival(&work->id, &work->flow, BPF_ANY);
	return follow(work);
}

/* A packet whose destination is perhaps a frontend, and which has no record that counts. */
static __always_inline int arrive_new(struct __sk_buff *skb, struct work *work)
{
	const struct packet *packet = &work->packet;
	int verdict = make_offer();

	if (verdict == NO_FRONTEND)
		return arrive_unknown(skb);
	if (!may_begin(packet))
		return resume(skb, work, verdict);
	if (verdict != VERDICT_TRANSLATE)
		return conclude(skb, packet, verdict);
	if (!work->is_known)
		return begin_flow(work);
	if (leads_to(&work->flow, &work->offer.backend, work->offer.port))
		return keep(work);
	count(COUNT_MOVED);
	return begin_flow(work);
}

/* Does the record count without asking its frontend again? TCP connections keep their backend. */
static __always_inline bool is_current(const struct work *work)
{
	return !may_begin(&work->packet) || (work->epoch && work->flow.epoch == work->epoch);
}

/* Do answers to masqueraded packets come to this port? */
static __always_inline bool is_port_of_returns(const struct tuple *tuple)
{
	return bpf_ntohs(tuple->destination_port) >= FIRST_FREE_PORT;
}

/* May a packet to what is no frontend have a record? Of TCP, a connection may have outlived its frontend. */
static __always_inline bool may_be_of_record(const struct tuple *tuple)
{
	return is_port_of_returns(tuple) ||
	       (tuple->protocol == IPPROTO_TCP && is_perhaps_called_at());
}

/* A packet to what is no frontend, and of no live flow. Most for the ports of returns answers connections of the node itself. */
static __always_inline int arrive_unclaimed(struct __sk_buff *skb, const struct packet *packet)
{
	return may_begin(packet) || !is_port_of_returns(&packet->tuple) ? arrive_unknown(skb)
									: EDGE_PASS;
}

/* A TCP or UDP packet to an address that is perhaps ours, or that the client of a flow called. */
static __always_inline int arrive_transport(struct __sk_buff *skb, struct work *work)
{
	const struct tuple *tuple = &work->packet.tuple;
	bool is_ours = may_be_served(work);

	work->is_known = false;
	if (!is_ours && !may_be_of_record(tuple))
		return arrive_unknown(skb);
	work->id = identify(tuple);
	work->is_known = find_flow(&work->id, &work->flow);
	if (work->is_known && work->flow.flags & FLOW_RETURN)
		return deliver(work);
	/* A live connection outlives its frontend. */
	if (!is_ours && (may_begin(&work->packet) || !work->is_known))
		return arrive_unclaimed(skb, &work->packet);
	work->epoch = present_epoch();
	if (work->is_known && is_current(work))
		return follow(work);
	return arrive_new(skb, work);
}

/* A packet to an address that is none of ours but perhaps that of a backend, which a client calls without us. */
static __always_inline int arrive_backend(struct __sk_buff *skb, struct frame frame,
					  struct work *work)
{
	if (read_ports(skb, frame, &work->packet) == PORTS_READ && may_begin(&work->packet))
		forget_pair();
	return EDGE_PASS;
}

#endif
