/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The extension headers of IPv6, for packets at edges.
 */
#ifndef BALANCING_EXTENSIONS_H
#define BALANCING_EXTENSIONS_H

#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "edge_packet.h"
#include "packet.h"

enum fragment_bits6 {
	FRAGMENT6_MORE = 1,
	FRAGMENT6_OFFSET = 0xfff8,
};

/* The fragment header, RFC 8200 4.5. */
struct fragment_header {
	__u8 nexthdr;
	__u8 reserved;
	__be16 place;
	__be32 id;
};

/* Reads the fragment header at `packet->transport`. A packet that is its own only fragment is none. */
static __always_inline bool read_fragment(struct __sk_buff *skb, struct packet *packet)
{
	struct fragment_header header;
	__u16 place;

	if (bpf_skb_load_bytes(skb, packet->transport, &header, sizeof(header)))
		return false;
	place = bpf_ntohs(header.place);
	packet->tuple.protocol = header.nexthdr;
	packet->transport += sizeof(header);
	packet->id = header.id;
	if (place & FRAGMENT6_OFFSET)
		packet->fragment = FRAGMENT_LATER;
	else if (place & FRAGMENT6_MORE)
		packet->fragment = FRAGMENT_FIRST;
	return true;
}

static __always_inline bool is_transport6(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMPV6;
}

/*
 * Moves `packet->transport` and its protocol behind the extension headers, EXTENSIONS at most. False: there are more, or
 * one that is not known.
 */
static __always_inline bool skip_extensions(struct __sk_buff *skb, struct packet *packet)
{
	struct ipv6_opt_hdr next;

#pragma clang loop unroll(full)
	for (int i = 0; i < EXTENSIONS; i++) {
		__u8 type = packet->tuple.protocol;

		if (is_transport6(type) || packet->fragment == FRAGMENT_LATER)
			return true;
		if (type == IPPROTO_FRAGMENT) {
			if (!read_fragment(skb, packet))
				return false;
			continue;
		}
		if (type != IPPROTO_HOPOPTS && type != IPPROTO_ROUTING && type != IPPROTO_DSTOPTS)
			return false;
		if (bpf_skb_load_bytes(skb, packet->transport, &next, sizeof(next)))
			return false;
		packet->transport += (next.hdrlen + 1) * 8;
		packet->tuple.protocol = next.nexthdr;
	}
	return is_transport6(packet->tuple.protocol) || packet->fragment == FRAGMENT_LATER;
}

#endif
