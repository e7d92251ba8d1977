/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Where the kernel would send a translated packet.
 */
#ifndef BALANCING_NEXT_HOP_H
#define BALANCING_NEXT_HOP_H

#include "express_packet.h"
#include "hot_flows.h"
#include "unknown_port.h"

enum flow_info {
	FLOW_INFO = 0x0fffffff, /* traffic class and flow label of an IPv6 header */
};

/* The packet as the kernel routes it: its destination is translated, its source not yet. */
static __always_inline struct bpf_fib_lookup routed(const struct express_packet *packet, bool v4,
						    const struct hot_flow *flow, __u32 ifindex)
{
	struct bpf_fib_lookup query = {
		.family = v4 ? FAMILY_INET : FAMILY_INET6,
		.l4_protocol = packet->tuple.protocol,
		.sport = packet->tuple.source_port,
		.dport = flow->to_port,
		.tot_len = packet->length,
		.ifindex = ifindex,
	};

	if (v4) {
		query.tos = ((const struct iphdr *)packet->ip)->tos;
		query.ipv4_src = packet->tuple.source.word[3];
		query.ipv4_dst = flow->to.word[3];
		return query;
	}
	query.flowinfo = *(const __be32 *)packet->ip & bpf_htonl(FLOW_INFO);
	__builtin_memcpy(query.ipv6_src, &packet->tuple.source, sizeof(struct ip));
	__builtin_memcpy(query.ipv6_dst, &flow->to, sizeof(struct ip));
	return query;
}

/*
 * False: the packet is for tc and the kernel. It leaves by another device or stays here, is too long, was not for the
 * address of this device, or the address of the next hop is unknown.
 */
static __always_inline bool find_next_hop(struct xdp_md *ctx, const struct express_packet *packet,
					  bool v4, struct hot_flow *flow)
{
	struct bpf_fib_lookup route = routed(packet, v4, flow, ctx->ingress_ifindex);

	if (bpf_fib_lookup(ctx, &route, sizeof(route), 0) != BPF_FIB_LKUP_RET_SUCCESS ||
	    route.ifindex != ctx->ingress_ifindex ||
	    mac_word(route.smac) != mac_word(packet->ethernet->h_dest))
		return false;
	flow->next_hop = mac_word(route.dmac);
	/* Kernels before 5.12 leave the length of this packet there, which fits. */
	flow->mtu = route.tot_len;
	return true;
}

#endif
