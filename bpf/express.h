/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A shortcut for flows that the tc programs have decided about, and that leave by the device that they came by: XDP does
 * to a packet what `arrive`, the kernel's forwarding and `depart` would do, and transmits it. It decides nothing and
 * writes no record: every other packet passes, unchanged.
 */
#ifndef BALANCING_EXPRESS_H
#define BALANCING_EXPRESS_H

#include "express_packet.h"
#include "hot_flows.h"
#include "next_hop.h"
#include "port_filter.h"
#include "translation.h"
#include "transmit.h"

/* The gates of arrivals: a frontend, or a port that returns come to. */
static __always_inline bool may_have_record(const struct tuple *tuple)
{
	return filter_may_have(fold_address(&tuple->destination)) &&
	       (may_be_frontend(&tuple->destination, tuple->destination_port, tuple->protocol) ||
		bpf_ntohs(tuple->destination_port) >= FIRST_FREE_PORT);
}

/*
 * What a hot flow must have been made for to serve a packet: its arrival, the device and the device's address, and of UDP the
 * present epoch, so that a flow moves with its backend. Records of TCP stay.
 */
static __always_inline __u64 proof_of(const struct flow_id *id, const struct express_packet *packet,
				      __u32 ifindex)
{
	__u64 proof = id->check + mac_word(packet->ethernet->h_dest) * HASH_7 + ifindex * HASH_8;

	return packet->tuple.protocol == IPPROTO_UDP ? proof + present_epoch() * HASH_9 : proof;
}

static __always_inline int shortcut(struct xdp_md *ctx, bool v4)
{
	struct express_packet packet;
	struct hot_flow flow = {};
	struct flow_id id;
	__u64 proof;

	if (!read_frame(ctx, v4, &packet) || !may_have_record(&packet.tuple))
		return XDP_PASS;
	id = identify(&packet.tuple);
	proof = proof_of(&id, &packet, ctx->ingress_ifindex);
	if (!find_hot(&id, proof, v4, &flow)) {
		if (!translate(&id, &packet.tuple, ctx->ingress_ifindex, &flow) ||
		    !find_next_hop(ctx, &packet, v4, &flow))
			return XDP_PASS;
		keep_hot(&id, proof, v4, &flow);
	}
	return packet.length <= flow.mtu ? transmit(&packet, v4, &flow) : XDP_PASS;
}

/* Returns an XDP action. */
static __always_inline int on_frame(struct xdp_md *ctx)
{
	const struct ethhdr *ethernet = (void *)(long)ctx->data;

	if ((void *)(ethernet + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP))
		return shortcut(ctx, true);
	return ethernet->h_proto == bpf_htons(ETH_P_IPV6) ? shortcut(ctx, false) : XDP_PASS;
}

#endif
