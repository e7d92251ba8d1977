/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * From a packet at a hook to what the kernel is to do with it.
 */
#ifndef BALANCING_EDGE_H
#define BALANCING_EDGE_H

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include "arrival.h"
#include "arrival_gate.h"
#include "departure.h"
#include "icmp_error.h"
#include "refuse.h"
#include "rewrite.h"

/* The verdict on a packet that arrives. */
static __always_inline int judge_arrival(struct __sk_buff *skb, struct frame frame,
					 struct work *work, enum relation relation)
{
	if (!read_ip(skb, frame, &work->packet))
		return EDGE_PASS;
	if (relation == RELATION_BACKEND)
		return arrive_backend(skb, frame, work);
	if (is_icmp(frame.v4, work->packet.tuple.protocol))
		return arrive_error(skb);
	switch (read_ports(skb, frame, &work->packet)) {
	case PORTS_READ:
		return arrive_transport(skb, work);
	case PORTS_UNKNOWN:
		return EDGE_AGAIN;
	default:
		return EDGE_PASS;
	}
}

static __always_inline bool passes_by4(const struct iphdr *ip, const void *end)
{
	struct tuple tuple = { .source.word[2] = MAPPED_PREFIX,
			       .destination.word[2] = MAPPED_PREFIX };

	if ((const void *)(ip + 1) > end || is_icmp(true, ip->protocol))
		return false;
	tuple.source.word[3] = ip->saddr;
	tuple.destination.word[3] = ip->daddr;
	return !is_perhaps_of_flow(&tuple);
}

static __always_inline bool passes_by6(const struct ipv6hdr *ip, const void *end)
{
	struct tuple tuple;

	if ((const void *)(ip + 1) > end || is_icmp(false, ip->nexthdr) ||
	    !is_transport6(ip->nexthdr))
		return false;
	__builtin_memcpy(&tuple.source, &ip->saddr, sizeof(struct ip));
	__builtin_memcpy(&tuple.destination, &ip->daddr, sizeof(struct ip));
	return !is_perhaps_of_flow(&tuple);
}

/* Is a departing packet of no flow? Most are of none, so this reads no more than addresses. False: perhaps it is of one. */
static __always_inline bool passes_by(struct __sk_buff *skb, struct frame frame)
{
	const void *ip = frame_start(skb) + frame.ip, *end = frame_end(skb);

	return frame.v4 ? passes_by4(ip, end) : passes_by6(ip, end);
}

/* Replaces the destination of a packet. */
static __always_inline void forward(struct __sk_buff *skb, struct frame frame,
				    const struct work *work)
{
	rewrite(skb, frame, &work->packet, REWRITE_DESTINATION, &work->offer.backend, work->port,
		work->offer.port);
}

/* A packet that arrives. Returns enum edge_verdict, of a translated one EDGE_PASS. */
static __always_inline int arrive_ip(struct __sk_buff *skb, struct frame frame, bool pod)
{
	enum relation relation = relation_at(skb, frame);
	struct work *work;
	int verdict;

	if (relation == RELATION_NONE)
		return EDGE_PASS;
	work = own_work();
	if (!work)
		return EDGE_PASS;
	work->ip = frame.ip;
	work->v4 = frame.v4;
	work->pod = pod;
	work->device = skb->ifindex;
	verdict = judge_arrival(skb, frame, work, relation);
	if (verdict != EDGE_FORWARD)
		return verdict;
	forward(skb, frame, work);
	return EDGE_PASS;
}

/* A packet that departs. Returns enum edge_verdict. */
static __always_inline int depart_ip(struct __sk_buff *skb, struct frame frame, bool pod)
{
	struct work *work;

	if (passes_by(skb, frame))
		return EDGE_PASS;
	work = own_work();
	if (!work || !read_ip(skb, frame, &work->packet))
		return EDGE_PASS;
	work->ip = frame.ip;
	work->v4 = frame.v4;
	work->pod = pod;
	if (is_icmp(frame.v4, work->packet.tuple.protocol))
		return depart_error(skb);
	if (!is_perhaps_of_flow(&work->packet.tuple) ||
	    read_ports(skb, frame, &work->packet) != PORTS_READ)
		return EDGE_PASS;
	return depart_transport(skb, frame, work);
}

enum early_limits {
	EARLY_TRIES = 8, /* how often a fragment waits behind what has arrived meanwhile */
};

/*
 * A fragment whose first did not come. Passed on, one for a VIP would come back from the router until its hops end; at an
 * address of the node it may be for the node.
 */
__noinline int give_up_fragment(struct __sk_buff *skb)
{
	const struct work *work = own_work();
	const struct tuple *tuple;
	__u32 flags;

	if (!work)
		return TC_ACT_UNSPEC;
	tuple = &work->packet.tuple;
	if (!copy_address_flags(&tuple->destination, &flags) || !flags ||
	    flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE) ||
	    route(skb, tuple, work->v4, 0) == BPF_FIB_LKUP_RET_NOT_FWDED)
		return TC_ACT_UNSPEC;
	count(COUNT_DROPPED);
	return TC_ACT_SHOT;
}

/*
 * A fragment that came before the first of its packet arrives again, behind the packets that this processor has received
 * by now: the first is mostly among them. The kernel keeps `tc_index` with the packet.
 */
static __always_inline int arrive_again(struct __sk_buff *skb)
{
	if (skb->tc_index >= EARLY_TRIES) {
		skb->tc_index = 0;
		return give_up_fragment(skb);
	}
	skb->tc_index++;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* What the kernel is to do. Programs of others at the same hook see what we let pass. */
static __always_inline int act(struct __sk_buff *skb, int verdict)
{
	switch (verdict) {
	case EDGE_DROP:
		return TC_ACT_SHOT;
	case EDGE_REFUSE:
		return refuse(skb);
	case EDGE_BACK:
		return send_back();
	case EDGE_AGAIN:
		return arrive_again(skb);
	default:
		return TC_ACT_UNSPEC;
	}
}

enum vlan_bits {
	VLAN_ID = 0x0fff,
};

/* Is the packet of a VLAN? The number 0 is none: such a tag has a priority alone, and the kernel drops it. */
static __always_inline bool is_of_vlan(const struct __sk_buff *skb)
{
	return skb->vlan_present && skb->vlan_tci & VLAN_ID;
}

/*
 * Packets for other hosts, and those with the tag of a VLAN, which arrive at the device of the VLAN again, are none of ours. But
 * what a pod sends is its own, whatever station it is for: behind a port of a bridge that is the bridge, or a router.
 */
static __always_inline int on_arrival(struct __sk_buff *skb, __u32 ip, bool pod)
{
	struct frame v4 = { .ip = ip, .v4 = true };
	struct frame v6 = { .ip = ip };

	if (is_of_vlan(skb) || (!pod && skb->pkt_type == PACKET_OTHERHOST))
		return TC_ACT_UNSPEC;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return act(skb, arrive_ip(skb, v4, pod));
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return act(skb, arrive_ip(skb, v6, pod));
	return TC_ACT_UNSPEC;
}

static __always_inline int on_departure(struct __sk_buff *skb, __u32 ip, bool pod)
{
	struct frame v4 = { .ip = ip, .v4 = true };
	struct frame v6 = { .ip = ip };

	if (is_of_vlan(skb))
		return TC_ACT_UNSPEC;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return act(skb, depart_ip(skb, v4, pod));
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return act(skb, depart_ip(skb, v6, pod));
	return TC_ACT_UNSPEC;
}

#endif
