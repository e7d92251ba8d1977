/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Fragments: only the first has ports. The later ones find them by the id that all fragments of a packet share.
 */
#ifndef BALANCING_FRAGMENTS_H
#define BALANCING_FRAGMENTS_H

#include "edge_maps.h"
#include "read_packet.h"

static __always_inline struct fragment_key fragment_key(const struct packet *packet)
{
	return (struct fragment_key){
		.source = packet->tuple.source,
		.destination = packet->tuple.destination,
		.id = packet->id,
		.protocol = packet->tuple.protocol,
	};
}

static __always_inline __u32 fragment_check(const struct fragment_key *key,
					    const struct fragment *fragment)
{
	__u64 sum = high_word(&key->source) * HASH_1 + low_word(&key->source) * HASH_2 +
		    high_word(&key->destination) * HASH_3 + low_word(&key->destination) * HASH_4 +
		    ((__u64)key->id << 32 | key->protocol) * HASH_5 +
		    ((__u64)fragment->source_port << 16 | fragment->destination_port) * HASH_6;

	return sum >> 32;
}

/* Keeps the ports of a first fragment for the later ones. */
static __always_inline void keep_ports(const struct packet *packet)
{
	struct fragment_key key = fragment_key(packet);
	struct fragment fragment = {
		.source_port = packet->tuple.source_port,
		.destination_port = packet->tuple.destination_port,
	};

	fragment.check = fragment_check(&key, &fragment);
	bpf_map_update_elem(&fragments, &key, &fragment, BPF_ANY);
}

/* Finds the ports of a later fragment. False: the first has not come by. */
static __always_inline bool recall_ports(struct packet *packet)
{
	struct fragment_key key = fragment_key(packet);
	const struct fragment *found = bpf_map_lookup_elem(&fragments, &key);
	struct fragment copy;

	if (!found)
		return false;
	copy = *found;
	barrier();
	packet->tuple.source_port = copy.source_port;
	packet->tuple.destination_port = copy.destination_port;
	return copy.check == fragment_check(&key, &copy);
}

enum ports {
	PORTS_READ,
	PORTS_NONE,    /* a protocol without, or a packet that is too short */
	PORTS_UNKNOWN, /* of a later fragment that came before the first */
};

/* Reads the ports of a packet, or finds those of its first fragment. */
static __always_inline enum ports read_ports(struct __sk_buff *skb, struct frame frame,
					     struct packet *packet)
{
	__u8 protocol = packet->tuple.protocol;

	if (packet->fragment == FRAGMENT_LATER) {
		if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
			return PORTS_NONE;
		return recall_ports(packet) ? PORTS_READ : PORTS_UNKNOWN;
	}
	if (!read_transport(skb, frame, packet))
		return PORTS_NONE;
	if (packet->fragment == FRAGMENT_FIRST)
		keep_ports(packet);
	return PORTS_READ;
}

#endif
