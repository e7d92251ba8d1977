/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Rewrites a frame of an established flow, both ways at once, for the device that it came by.
 */
#ifndef BALANCING_TRANSMIT_H
#define BALANCING_TRANSMIT_H

#include "express_packet.h"
#include "hot_flows.h"
#include "refuse.h"

/* What to add to a sum in which an address is replaced. */
static __always_inline __u64 address_change(const struct ip *from, const struct ip *to, bool v4)
{
	__u64 sum = (__u64)(__u32)~from->word[3] + to->word[3];

	if (!v4)
		sum += (__u64)(__u32)~from->word[0] + to->word[0] + (__u32)~from->word[1] +
		       to->word[1] + (__u32)~from->word[2] + to->word[2];
	return sum;
}

static __always_inline void write_ip4(struct iphdr *ip, const struct hot_flow *flow, __u64 change)
{
	/* The TTL is the first byte of its word of the sum. */
	ip->check = fold_sum((__u16)~ip->check + change + (__u16)~bpf_htons(0x0100));
	ip->ttl--;
	ip->saddr = flow->from.word[3];
	ip->daddr = flow->to.word[3];
}

static __always_inline void write_ip6(struct ipv6hdr *ip, const struct hot_flow *flow)
{
	ip->hop_limit--;
	__builtin_memcpy(&ip->saddr, &flow->from, sizeof(struct ip));
	__builtin_memcpy(&ip->daddr, &flow->to, sizeof(struct ip));
}

/* `change` is that of the addresses. A UDP checksum of zero says that there is none, and none becomes zero. */
static __always_inline void write_transport(const struct express_packet *packet,
					    const struct hot_flow *flow, __u64 change)
{
	struct udphdr *udp = packet->transport;
	struct tcphdr *tcp = packet->transport;

	change += (__u16)~udp->source + (__u64)(__u16)~udp->dest + flow->from_port + flow->to_port;
	udp->source = flow->from_port;
	udp->dest = flow->to_port;
	if (packet->tuple.protocol == IPPROTO_TCP) {
		tcp->check = fold_sum((__u16)~tcp->check + change);
	} else if (udp->check) {
		__u16 check = fold_sum((__u16)~udp->check + change);

		udp->check = check ? check : 0xffff;
	}
}

/* The frame was for this device, so it leaves with that address as its source. */
static __always_inline void write_ethernet(struct ethhdr *ethernet, __u64 next_hop)
{
	__builtin_memcpy(ethernet->h_source, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, &next_hop, ETH_ALEN);
}

static __always_inline int transmit(const struct express_packet *packet, bool v4,
				    const struct hot_flow *flow)
{
	__u64 change = address_change(&packet->tuple.source, &flow->from, v4) +
		       address_change(&packet->tuple.destination, &flow->to, v4);

	write_transport(packet, flow, change);
	if (v4)
		write_ip4(packet->ip, flow, change);
	else
		write_ip6(packet->ip, flow);
	write_ethernet(packet->ethernet, flow->next_hop);
	return XDP_TX;
}

#endif
