/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Reads the headers of a packet at an edge.
 */
#ifndef BALANCING_READ_PACKET_H
#define BALANCING_READ_PACKET_H

#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include "extensions.h"
#include "frame_bounds.h"

enum fragment_bits4 {
	FRAGMENT4_OFFSET = 0x1fff,
	FRAGMENT4_MORE = 0x2000,
};

/* Reads an IPv4 header. False: it is none. */
static __always_inline bool read_ip4(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	const struct iphdr *ip = frame_start(skb) + at;
	__u16 place;

	if ((void *)(ip + 1) > frame_end(skb) || ip->version != 4 || ip->ihl < 5)
		return false;
	packet->tuple.source.word[2] = packet->tuple.destination.word[2] = MAPPED_PREFIX;
	packet->tuple.source.word[3] = ip->saddr;
	packet->tuple.destination.word[3] = ip->daddr;
	packet->tuple.protocol = ip->protocol;
	packet->transport = at + ip->ihl * 4;
	packet->id = bpf_htonl(bpf_ntohs(ip->id));
	place = bpf_ntohs(ip->frag_off);
	if (place & FRAGMENT4_OFFSET)
		packet->fragment = FRAGMENT_LATER;
	else if (place & FRAGMENT4_MORE)
		packet->fragment = FRAGMENT_FIRST;
	return true;
}

/* Reads an IPv6 header and its extensions. False: it is none, or has extensions that we do not know. */
static __always_inline bool read_ip6(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
	const struct ipv6hdr *ip = frame_start(skb) + at;

	if ((void *)(ip + 1) > frame_end(skb) || ip->version != 6)
		return false;
	__builtin_memcpy(&packet->tuple.source, &ip->saddr, sizeof(struct ip));
	__builtin_memcpy(&packet->tuple.destination, &ip->daddr, sizeof(struct ip));
	packet->tuple.protocol = ip->nexthdr;
	packet->transport = at + sizeof(*ip);
	return is_transport6(ip->nexthdr) || skip_extensions(skb, packet);
}

/* Bytes before the transport header of a packet without options or extensions. */
static __always_inline __u32 usual_transport(struct frame frame)
{
	return frame.ip + (frame.v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
}

/* Reads the IP header of a packet on side ARRIVAL. False: it has none that we know. */
static __always_inline bool read_ip(struct __sk_buff *skb, struct frame frame,
				    struct packet *packet)
{
	__u32 length = usual_transport(frame);

	*packet = (struct packet){ .tuple.side = SIDE_ARRIVAL };
	if (frame_start(skb) + length > frame_end(skb))
		bpf_skb_pull_data(skb, skb->len < length ? skb->len : length);
	return frame.v4 ? read_ip4(skb, frame.ip, packet) : read_ip6(skb, frame.ip, packet);
}

static __always_inline void set_transport(struct packet *packet, const struct tcphdr *header)
{
	packet->tuple.source_port = header->source;
	packet->tuple.destination_port = header->dest;
	if (packet->tuple.protocol == IPPROTO_TCP)
		packet->tcp_flags = ((const __u8 *)header)[13];
}

/* Reads ports and TCP flags; those of UDP are where TCP has them. False: it is neither, or too short. */
static __always_inline bool read_transport(struct __sk_buff *skb, struct frame frame,
					   struct packet *packet)
{
	__u32 usual = usual_transport(frame);
	const struct tcphdr *direct = frame_start(skb) + usual;
	struct tcphdr header = {};
	bool is_udp = packet->tuple.protocol == IPPROTO_UDP;

	if (!is_udp && packet->tuple.protocol != IPPROTO_TCP)
		return false;
	if (packet->transport == usual && (void *)(direct + 1) <= frame_end(skb)) {
		set_transport(packet, direct);
		return true;
	}
	if (is_udp ? bpf_skb_load_bytes(skb, packet->transport, &header, sizeof(struct udphdr))
		   : bpf_skb_load_bytes(skb, packet->transport, &header, sizeof(header)))
		return false;
	set_transport(packet, &header);
	return true;
}

#endif
