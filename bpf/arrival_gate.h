/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The gate of arrivals: most packets are none of ours, and their destination alone says so.
 */
#ifndef BALANCING_ARRIVAL_GATE_H
#define BALANCING_ARRIVAL_GATE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include "edge_packet.h"
#include "flow_filter.h"
#include "frame_bounds.h"

/* What a destination perhaps is to us; never less than it is. */
enum relation {
	RELATION_NONE,
	RELATION_BACKEND, /* of a flow, which a client calls without us */
	RELATION_OURS,	  /* a frontend has it, or the client of a flow called it */
};

static __always_inline enum relation relation_of(const struct ip *destination)
{
	if (filter_may_have(fold_address(destination)) || is_perhaps_called(destination))
		return RELATION_OURS;
	return is_perhaps_backend(destination) ? RELATION_BACKEND : RELATION_NONE;
}

/* By the IP header of a packet. Where it is not among the linear bytes, it is to be read first. */
static __always_inline enum relation relation_at(struct __sk_buff *skb, struct frame frame)
{
	const void *start = frame_start(skb) + frame.ip, *end = frame_end(skb);
	const struct iphdr *v4 = start;
	const struct ipv6hdr *v6 = start;
	struct ip destination = { .word[2] = MAPPED_PREFIX };

	if ((frame.v4 ? (void *)(v4 + 1) : (void *)(v6 + 1)) > end)
		return RELATION_OURS;
	if (frame.v4)
		destination.word[3] = v4->daddr;
	else
		__builtin_memcpy(&destination, &v6->daddr, sizeof(destination));
	return relation_of(&destination);
}

#endif
