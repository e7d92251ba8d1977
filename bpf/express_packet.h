/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The frames that XDP serves: plain TCP and UDP. All others go to the kernel.
 */
#ifndef BALANCING_EXPRESS_PACKET_H
#define BALANCING_EXPRESS_PACKET_H

#include <stdbool.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include "edge_packet.h"

enum express_limits {
	PLAIN_IP4 = 0x45,      /* version 4, a header without options */
	NO_FRAGMENT4 = 0xbfff, /* all of the field but "don't fragment" */
	FLAGS_OF_TCP = 13,     /* where its header has them */
};

/* A frame as it lies in memory. */
struct express_packet {
	struct ethhdr *ethernet;
	void *ip;	 /* struct iphdr or struct ipv6hdr */
	void *transport; /* struct tcphdr or struct udphdr: both begin with the ports */
	struct tuple tuple;
	__u16 length; /* of the IP packet, with its header */
};

/* A MAC address in the low 48 bits, as it lies in memory on this machine. */
static __always_inline __u64 mac_word(const __u8 *address)
{
	__u64 word = 0;

	__builtin_memcpy(&word, address, ETH_ALEN);
	return word;
}

/* Reads an IPv4 header that is in the frame. False: it has options, is of a fragment, or at the end of its way. */
static __always_inline bool read_plain4(const struct iphdr *ip, struct express_packet *packet)
{
	if (*(const __u8 *)ip != PLAIN_IP4 || ip->frag_off & bpf_htons(NO_FRAGMENT4) || ip->ttl < 2)
		return false;
	packet->length = bpf_ntohs(ip->tot_len);
	packet->tuple.source.word[2] = packet->tuple.destination.word[2] = MAPPED_PREFIX;
	packet->tuple.source.word[3] = ip->saddr;
	packet->tuple.destination.word[3] = ip->daddr;
	packet->tuple.protocol = ip->protocol;
	return true;
}

/* The same for IPv6: an extension header is no transport protocol that we know. */
static __always_inline bool read_plain6(const struct ipv6hdr *ip, struct express_packet *packet)
{
	__u32 length = bpf_ntohs(ip->payload_len) + sizeof(*ip);

	if (ip->version != 6 || ip->hop_limit < 2 || length > 0xffff)
		return false;
	packet->length = length;
	__builtin_memcpy(&packet->tuple.source, &ip->saddr, sizeof(struct ip));
	__builtin_memcpy(&packet->tuple.destination, &ip->daddr, sizeof(struct ip));
	packet->tuple.protocol = ip->nexthdr;
	return true;
}

/* Is the packet of an established flow, as far as it can say? */
static __always_inline bool goes_on(const struct express_packet *packet, const void *end)
{
	const struct tcphdr *tcp = packet->transport;

	if (packet->tuple.protocol == IPPROTO_UDP)
		return true;
	if (packet->tuple.protocol != IPPROTO_TCP || (const void *)(tcp + 1) > end)
		return false;
	return !(((const __u8 *)tcp)[FLAGS_OF_TCP] & (TCP_SYN | TCP_FIN | TCP_RST));
}

/* Reads a frame of a family. False: XDP does not serve it. */
static __always_inline bool read_frame(struct xdp_md *ctx, bool v4, struct express_packet *packet)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 header = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	const struct udphdr *udp = data + ETH_HLEN + header;

	if ((const void *)(udp + 1) > end)
		return false;
	*packet = (struct express_packet){
		.ethernet = data,
		.ip = data + ETH_HLEN,
		.transport = data + ETH_HLEN + header,
		.tuple = { .source_port = udp->source,
			   .destination_port = udp->dest,
			   .side = SIDE_ARRIVAL },
	};
	if (v4 ? !read_plain4(packet->ip, packet) : !read_plain6(packet->ip, packet))
		return false;
	return packet->length >= header + sizeof(*udp) && packet->length <= end - data - ETH_HLEN &&
	       goes_on(packet, end);
}

#endif
