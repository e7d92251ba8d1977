/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Source ranges. connect() happens before the kernel has chosen a source address, so the socket's peer carries the
 * set that its source must be in, and what it sends is checked. src/lookup/sources.ts is the twin of in_set().
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

/* Reads addresses, of UDP the port too. False: it is no IP packet. */
static __always_inline bool read_header(struct __sk_buff *skb, __u8 protocol, struct header *header)
{
	__u32 ports;
	struct iphdr ip4;

	header->to.protocol = protocol;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, 0, &ip4, sizeof(ip4)))
			return false;
		header->source.word[2] = header->to.address.word[2] = MAPPED_PREFIX;
		header->source.word[3] = ip4.saddr;
		header->to.address.word[3] = ip4.daddr;
		ports = ip4.ihl * 4;
	} else {
		ports = sizeof(struct ipv6hdr);
		if (bpf_skb_load_bytes(skb, offsetof(struct ipv6hdr, saddr), &header->source, 16) ||
		    bpf_skb_load_bytes(skb, offsetof(struct ipv6hdr, daddr), &header->to.address,
				       16))
			return false;
	}
	return !bpf_skb_load_bytes(skb, ports + offsetof(struct udphdr, dest), &header->to.port, 2);
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

/* A connected socket's source does not change, so it is checked once. */
static __always_inline bool peer_may_send(struct peer *peer, const struct header *header)
{
	if (!peer->source_ranges)
		return true;
	if (!may_enter(peer->source_ranges, &peer->dialled, peer->dialled_port, header->to.protocol,
		       &header->source))
		return false;
	peer->source_ranges = 0;
	return true;
}

/* The peer of a connected socket; NULL when it has none. */
static __always_inline struct peer *peer_of(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct peer *peer = seated_peer(bpf_get_socket_cookie(skb));

	return peer ?: bpf_sk_storage_get(&peers, sk, NULL, 0);
}

static __always_inline bool stream_may_send(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct peer *peer = peer_of(skb, sk);
	struct header header = {};

	if (!peer || !peer->source_ranges)
		return true;
	if (!read_header(skb, IPPROTO_TCP, &header))
		return false;
	/* A record of another backend is of a connection that is over. */
	return !has_backend(peer, &header.to.address, sk->dst_port) || peer_may_send(peer, &header);
}

/* The datagrams of an unconnected socket are checked each: the source may be another one each time. */
static __always_inline bool datagram_may_send(struct __sk_buff *skb, struct bpf_sock *sk,
					      const struct header *header)
{
	const struct peer *latest = bpf_sk_storage_get(&datagram_latest, sk, NULL, 0);
	struct datagram_key key = {
		.backend = header->to.address,
		.backend_port = header->to.port,
	};
	const struct datagram_peer *found;
	struct datagram_peer copy;

	if (!latest)
		return true;
	if (has_backend(latest, &header->to.address, header->to.port))
		return !latest->source_ranges ||
		       may_enter(latest->source_ranges, &latest->dialled, latest->dialled_port,
				 IPPROTO_UDP, &header->source);
	key.socket = bpf_get_socket_cookie(skb);
	found = bpf_map_lookup_elem(&datagram_peers, &key);
	if (!found)
		return true;
	copy = *found;
	barrier();
	return found->guard_socket != key.socket || !copy.source_ranges ||
	       may_enter(copy.source_ranges, &copy.dialled, copy.dialled_port, IPPROTO_UDP,
			 &header->source);
}

static __always_inline bool udp_may_send(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct peer *peer = peer_of(skb, sk);
	struct header header = {};

	if (!read_header(skb, IPPROTO_UDP, &header))
		return true;
	if (peer && has_backend(peer, &header.to.address, header.to.port))
		return peer_may_send(peer, &header);
	return datagram_may_send(skb, sk, &header);
}

#endif
