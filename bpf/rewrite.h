/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Replaces source or destination of a packet, with all checksums.
 */
#ifndef BALANCING_REWRITE_H
#define BALANCING_REWRITE_H

#include <stddef.h>
#include "read_packet.h"

enum checksum_flags {
	CHECKSUM_IPV6 =
		1
		<< 7, /* BPF_F_IPV6: Linux 6.16 and newer; earlier ones may count a packet's sum wrongly, and verify it once more */
};

enum rewritten {
	REWRITE_SOURCE,
	REWRITE_DESTINATION,
};

/* The Internet checksum of a header in which a 32-bit word was replaced (RFC 1624). Wire order. */
static __always_inline __u16 replace_sum(__u16 check, __be32 from, __be32 to)
{
	__u32 sum = (__u16)~check;

	sum += (__u16)~from + (__u16)(~from >> 16) + (__u16)to + (to >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Writes an address into the IP header. False: the packet changed under us, which never happens. */
static __always_inline bool write_address4(struct __sk_buff *skb, __u32 at, enum rewritten which,
					   const struct ip *from, const struct ip *to)
{
	struct iphdr *ip = frame_start(skb) + at;

	if ((void *)(ip + 1) > frame_end(skb))
		return false;
	if (which == REWRITE_SOURCE)
		ip->saddr = to->word[3];
	else
		ip->daddr = to->word[3];
	ip->check = replace_sum(ip->check, from->word[3], to->word[3]);
	return true;
}

static __always_inline bool write_address6(struct __sk_buff *skb, __u32 at, enum rewritten which,
					   const struct ip *to)
{
	struct ipv6hdr *ip = frame_start(skb) + at;

	if ((void *)(ip + 1) > frame_end(skb))
		return false;
	__builtin_memcpy(which == REWRITE_SOURCE ? &ip->saddr : &ip->daddr, to, sizeof(*to));
	return true;
}

static __always_inline bool write_address(struct __sk_buff *skb, struct frame frame,
					  enum rewritten which, const struct ip *from,
					  const struct ip *to)
{
	return frame.v4 ? write_address4(skb, frame.ip, which, from, to)
			: write_address6(skb, frame.ip, which, to);
}

/* Corrects a checksum that covers an address; `flags` as of bpf_l4_csum_replace(), without size. */
static __always_inline void correct_for_address(struct __sk_buff *skb, __u32 check, bool v4,
						const struct ip *from, const struct ip *to,
						__u64 flags)
{
	struct ip a = *from, b = *to;
	__s64 difference;

	flags |= BPF_F_PSEUDO_HDR;
	if (v4) {
		bpf_l4_csum_replace(skb, check, a.word[3], b.word[3], flags | sizeof(__be32));
		return;
	}
	difference = bpf_csum_diff(a.word, sizeof(a), b.word, sizeof(b), 0);
	if (bpf_l4_csum_replace(skb, check, 0, difference, flags | CHECKSUM_IPV6))
		bpf_l4_csum_replace(skb, check, 0, difference, flags);
}

/* Where the checksum of a transport header is. */
static __always_inline __u32 checksum_at(const struct packet *packet)
{
	return packet->transport + (packet->tuple.protocol == IPPROTO_TCP
					    ? offsetof(struct tcphdr, check)
					    : offsetof(struct udphdr, check));
}

/* A UDP checksum of zero says that there is none. */
static __always_inline __u64 checksum_flags(const struct packet *packet)
{
	return packet->tuple.protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
}

/* Both ports, as they lie in a transport header. */
static __always_inline __be32 both_ports(__be16 source, __be16 destination)
{
	__be16 ports[2] = { source, destination };
	__be32 both;

	__builtin_memcpy(&both, ports, sizeof(both));
	return both;
}

/* Writes both ports, directly where they are in the usual place. */
static __always_inline void write_ports(struct __sk_buff *skb, struct frame frame,
					const struct packet *packet, __be32 ports)
{
	__be32 *direct = frame_start(skb) + usual_transport(frame);

	if (packet->transport == usual_transport(frame) && (void *)(direct + 1) <= frame_end(skb))
		*direct = ports;
	else
		bpf_skb_store_bytes(skb, packet->transport, &ports, sizeof(ports), 0);
}

/*
 * Replaces the source or destination address of a packet, and its ports. The headers of a later fragment end with the IP
 * header; the first fragment carries the checksum of all.
 */
static __always_inline void rewrite(struct __sk_buff *skb, struct frame frame,
				    const struct packet *packet, enum rewritten which,
				    const struct ip *to, __be16 source_port,
				    __be16 destination_port)
{
	const struct ip *from =
		which == REWRITE_SOURCE ? &packet->tuple.source : &packet->tuple.destination;
	__be32 was = both_ports(packet->tuple.source_port, packet->tuple.destination_port);
	__be32 ports = both_ports(source_port, destination_port);

	if (!write_address(skb, frame, which, from, to) || packet->fragment == FRAGMENT_LATER)
		return;
	if (was != ports)
		write_ports(skb, frame, packet, ports);
	correct_for_address(skb, checksum_at(packet), frame.v4, from, to, checksum_flags(packet));
	if (was != ports)
		bpf_l4_csum_replace(skb, checksum_at(packet), was, ports,
				    checksum_flags(packet) | sizeof(__be32));
}

#endif
