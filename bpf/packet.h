/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the headers of a packet say.
 */
#ifndef BALANCING_PACKET_H
#define BALANCING_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "address.h"

struct header {
	struct ip source;
	struct frontend_key to;
};

enum extension_headers {
	/* How many are read: RFC 8200 allows no more before a fragment header, but for those of IPsec. */
	EXTENSIONS = 4,
};

/* Returns where the UDP header of an IPv6 packet begins; 0: it has none, or an extension that we do not know. */
static __always_inline __u32 find_udp6(struct __sk_buff *skb)
{
	__u32 at = sizeof(struct ipv6hdr);
	struct ipv6_opt_hdr next;
	__u8 type;

	if (bpf_skb_load_bytes(skb, offsetof(struct ipv6hdr, nexthdr), &type, 1))
		return 0;
#pragma clang loop unroll(full)
	for (int i = 0; i < EXTENSIONS; i++) {
		if (type != IPPROTO_HOPOPTS && type != IPPROTO_ROUTING && type != IPPROTO_DSTOPTS)
			break;
		if (bpf_skb_load_bytes(skb, at, &next, sizeof(next)))
			return 0;
		at += (next.hdrlen + 1) * 8;
		type = next.nexthdr;
	}
	return type == IPPROTO_UDP ? at : 0;
}

/* Returns where the UDP header begins; 0: as find_udp6(). */
static __always_inline __u32 find_udp(struct __sk_buff *skb)
{
	__u8 first;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return find_udp6(skb);
	return bpf_skb_load_bytes(skb, 0, &first, 1) ? 0 : (first & 0xf) * 4;
}

/* Reads source and destination address; `header` must be zero before. False: the packet is too short. */
static __always_inline bool read_addresses(struct __sk_buff *skb, struct header *header)
{
	struct iphdr ip4;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return !bpf_skb_load_bytes(skb, offsetof(struct ipv6hdr, saddr), &header->source,
					   16) &&
		       !bpf_skb_load_bytes(skb, offsetof(struct ipv6hdr, daddr),
					   &header->to.address, 16);
	if (bpf_skb_load_bytes(skb, 0, &ip4, sizeof(ip4)))
		return false;
	header->source.word[2] = header->to.address.word[2] = MAPPED_PREFIX;
	header->source.word[3] = ip4.saddr;
	header->to.address.word[3] = ip4.daddr;
	return true;
}

/* Reads the addresses and the destination port. False: it is not UDP in IP, as far as can be seen. */
static __always_inline bool read_udp(struct __sk_buff *skb, struct header *header)
{
	__u32 udp = find_udp(skb);

	return udp && read_addresses(skb, header) &&
	       !bpf_skb_load_bytes(skb, udp + offsetof(struct udphdr, dest), &header->to.port, 2);
}

#endif
