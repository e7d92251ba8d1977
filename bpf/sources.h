/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Source ranges. connect() happens before the kernel has chosen a source address, so the socket's peer carries the
 * set that its source must be in, and what it sends is checked. src/datapath/sources.ts is the twin of in_set().
 */
#ifndef BALANCING_SOURCES_H
#define BALANCING_SOURCES_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include "datagrams.h"

/* What a packet's header says. */
struct header {
	struct ip source;
	struct frontend_key to;
};

enum extension_headers {
	EXTENSIONS =
		4, /* that are read: RFC 8200 has no more before fragments, but for what IPsec makes */
};

/* Returns where the UDP header of an IPv6 packet begins; 0: another one is there, or what we do not know. */
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

/* Returns where the UDP header begins; 0: nowhere that we know. */
static __always_inline __u32 find_udp(struct __sk_buff *skb)
{
	__u8 first;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return find_udp6(skb);
	return bpf_skb_load_bytes(skb, 0, &first, 1) ? 0 : (first & 0xf) * 4;
}

/* False: it is not UDP in IP, as far as can be seen. */
static __always_inline bool read_udp(struct __sk_buff *skb, struct header *header)
{
	__u32 udp = find_udp(skb);

	return udp && read_addresses(skb, header) &&
	       !bpf_skb_load_bytes(skb, udp + offsetof(struct udphdr, dest), &header->to.port, 2);
}

enum in_set {
	NOT_IN_SET,
	IN_SET,
	NO_SUCH_SET,
};

static __always_inline enum in_set in_set(__u64 set, const struct ip *source)
{
	struct range_key key = {
		.prefix_length = 64 + 128,
		.set_high = set >> 32,
		.set_low = set,
		.address = *source,
	};
	const struct range *range = bpf_map_lookup_elem(&source_ranges, &key);
	__u32 allows;

	if (!range)
		return NO_SUCH_SET;
	allows = range->allows;
	barrier();
	if (range->guard_set != set)
		return NO_SUCH_SET;
	return allows ? IN_SET : NOT_IN_SET;
}

/* The set that the frontend has now. A frontend that is gone lets nobody in. */
static __always_inline bool may_enter_now(const struct ip *dialled, __be16 port, __u8 protocol,
					  const struct ip *source)
{
	struct frontend_key key = { .address = *dialled, .port = port, .protocol = protocol };
	const struct frontend *frontend = bpf_map_lookup_elem(&frontends, &key);
	__u64 set;

	if (!frontend)
		return false;
	set = frontend->source_ranges;
	if (!guard_holds(frontend, fold_address(dialled), &key))
		return false;
	return !set || in_set(set, source) == IN_SET;
}

/* May `source` send to what was dialled? The set may have gone since: then the one that replaced it decides. */
static __always_inline bool may_enter(__u64 set, const struct ip *dialled, __be16 port,
				      __u8 protocol, const struct ip *source)
{
	enum in_set found = in_set(set, source);

	if (found == NO_SUCH_SET)
		return may_enter_now(dialled, port, protocol, source);
	return found == IN_SET;
}

static __always_inline bool record_may_send(const struct peer *peer, const struct header *header)
{
	return !peer->source_ranges ||
	       may_enter(peer->source_ranges, &peer->dialled, peer->dialled_port,
			 header->to.protocol, &header->source);
}

/*
 * A connected socket's source does not change, so it is checked once. The socket may meanwhile connect elsewhere: who is
 * admitted is the record that was there first.
 */
static __always_inline bool peer_may_send(struct peer *peer, const struct header *header)
{
	__u16 version = peer->version;

	barrier();
	if (peer->admitted == version)
		return true;
	if (!record_may_send(peer, header))
		return false;
	peer->admitted = version;
	return true;
}

static __always_inline bool stream_may_send(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct peer *peer = recorded_peer(sk, bpf_get_socket_cookie(skb));
	struct header header = { .to.protocol = IPPROTO_TCP };

	if (!peer || !peer->source_ranges)
		return true;
	if (!read_addresses(skb, &header))
		return false;
	/* A record of another backend is of a connection that is over. */
	return !has_backend(peer, &header.to.address, sk->dst_port) || peer_may_send(peer, &header);
}

/* A datagram that does not go where the latest did. */
static __always_inline bool aside_may_send(__u64 cookie, const struct header *header)
{
	struct datagram_key key = datagram_key(cookie, &header->to.address, header->to.port);
	const struct datagram_peer *found = bpf_map_lookup_elem(&datagram_peers, &key);
	struct datagram_peer copy;

	if (!found)
		return true;
	copy = *found;
	barrier();
	return found->guard_socket != cookie || !copy.source_ranges ||
	       may_enter(copy.source_ranges, &copy.dialled, copy.dialled_port, IPPROTO_UDP,
			 &header->source);
}

/* The datagrams of an unconnected socket are checked each: the source may be another one each time. */
static __always_inline bool udp_may_send(struct __sk_buff *skb, struct bpf_sock *sk)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	struct peer *peer = recorded_peer(sk, cookie);
	struct header header = { .to.protocol = IPPROTO_UDP };

	if (!peer)
		return true;
	if (!read_udp(skb, &header))
		return !peer->source_ranges;
	if (!has_backend(peer, &header.to.address, header.to.port))
		return aside_may_send(cookie, &header);
	return sk->dst_port ? peer_may_send(peer, &header) : record_may_send(peer, &header);
}

#endif
