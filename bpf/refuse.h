/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Refuses a packet: answers port unreachable from the address that it was sent to, which fails a connect() with
 * ECONNREFUSED.
 */
#ifndef BALANCING_REFUSE_H
#define BALANCING_REFUSE_H

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include "edge_counts.h"
#include "icmp.h"
#include "only_entry.h"
#include "rewrite.h"
#include "work.h"

#define NS_PER_REFUSAL (1000000000ull / REFUSALS_PER_SECOND)

enum answer_fields {
	ANSWER_HOPS = 64,
	ANSWER_TOS = 0xc0, /* internetwork control, as the kernel's own errors */
};

/* May this processor answer once more? The bucket is full at `full_at`; an answer takes NS_PER_REFUSAL out of it. */
static __always_inline bool may_answer(void)
{
	struct refusals *own = only_entry(&refusals);
	__u64 now = bpf_ktime_get_ns(), full_at;

	if (!own)
		return false;
	full_at = own->full_at > now ? own->full_at : now;
	if (full_at + NS_PER_REFUSAL - now > REFUSALS_AT_ONCE * NS_PER_REFUSAL)
		return false;
	own->full_at = full_at + NS_PER_REFUSAL;
	return true;
}

static __always_inline __u16 fold_sum(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline __u32 transport_bytes(const struct packet *packet)
{
	return packet->tuple.protocol == IPPROTO_TCP ? sizeof(struct tcphdr)
						     : sizeof(struct udphdr);
}

/* How much of the packet is quoted: its headers, up to what its sender knows the flow by. */
static __always_inline __u32 quoted_bytes(const struct work *work)
{
	return work->packet.transport - work->ip + transport_bytes(&work->packet);
}

/* What a checksum covers beside the message: RFC 8200 8.1. An IPv4 address, mapped, adds what it adds alone. */
struct pseudo_header {
	struct ip source;
	struct ip destination;
	__be32 length;
	__be32 protocol;
};

/*
 * Has the sender left the checksum of a packet to its device? Then the header has the sum of the pseudo header. A whole
 * checksum is that number with a chance of 2^-16.
 */
static __always_inline bool is_left_to_device(struct __sk_buff *skb, const struct packet *packet)
{
	struct pseudo_header pseudo = {
		.source = packet->tuple.source,
		.destination = packet->tuple.destination,
		.length = bpf_htonl(skb->len - packet->transport),
		.protocol = bpf_htonl(packet->tuple.protocol),
	};
	__u16 check;

	return !bpf_skb_load_bytes(skb, checksum_at(packet), &check, sizeof(check)) &&
	       check == (__u16)~fold_sum(
				bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), 0));
}

/*
 * The kernel, or the device of the answer, completes such a checksum although it is in a quote now, and the ICMP checksum
 * would be wrong. Writes the one that completing leaves as it is: with the rest of the header, twice that number is zero.
 */
static __always_inline void settle_checksum(struct __sk_buff *skb, const struct packet *packet)
{
	__be32 header[sizeof(struct tcphdr) / sizeof(__be32)] = {};
	__u32 bytes = transport_bytes(packet), rest;
	__u16 check = 0;

	bpf_skb_store_bytes(skb, checksum_at(packet), &check, sizeof(check), 0);
	bpf_skb_load_bytes(skb, packet->transport, header, bytes);
	rest = fold_sum(bpf_csum_diff(NULL, 0, header, sizeof(header), 0));
	check = (rest & 1 ? rest + 0xffff : rest) / 2;
	bpf_skb_store_bytes(skb, checksum_at(packet), &check, sizeof(check), 0);
}

/* Sends the frame back to where it came from. */
static __always_inline void swap_stations(struct __sk_buff *skb)
{
	struct ethhdr from, to;

	bpf_skb_load_bytes(skb, 0, &from, sizeof(from));
	to.h_proto = from.h_proto;
	__builtin_memcpy(to.h_dest, from.h_source, ETH_ALEN);
	__builtin_memcpy(to.h_source, from.h_dest, ETH_ALEN);
	bpf_skb_store_bytes(skb, 0, &to, sizeof(to), 0);
}

static __always_inline void write_answer4(struct __sk_buff *skb, const struct work *work,
					  __u32 quoted)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tos = ANSWER_TOS,
		.tot_len = bpf_htons(sizeof(ip) + sizeof(struct icmp_header) + quoted),
		.ttl = ANSWER_HOPS,
		.protocol = IPPROTO_ICMP,
		.saddr = work->packet.tuple.destination.word[3],
		.daddr = work->packet.tuple.source.word[3],
	};
	struct icmp_header icmp = { .type = ICMP4_UNREACHABLE, .code = ICMP4_PORT_UNREACHABLE };
	__s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)work->quote, sizeof(work->quote), 0);

	ip.check = fold_sum(bpf_csum_diff(NULL, 0, (__be32 *)&ip, sizeof(ip), 0));
	icmp.check = fold_sum(bpf_csum_diff(NULL, 0, (__be32 *)&icmp, sizeof(icmp), sum));
	bpf_skb_store_bytes(skb, work->ip, &ip, sizeof(ip), 0);
	bpf_skb_store_bytes(skb, work->ip + sizeof(ip), &icmp, sizeof(icmp), 0);
}

static __always_inline void write_answer6(struct __sk_buff *skb, const struct work *work,
					  __u32 quoted)
{
	struct pseudo_header pseudo = {
		.source = work->packet.tuple.destination,
		.destination = work->packet.tuple.source,
		.length = bpf_htonl(sizeof(struct icmp_header) + quoted),
		.protocol = bpf_htonl(IPPROTO_ICMPV6),
	};
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = bpf_htons(sizeof(struct icmp_header) + quoted),
		.nexthdr = IPPROTO_ICMPV6,
		.hop_limit = ANSWER_HOPS,
	};
	struct icmp_header icmp = { .type = ICMP6_UNREACHABLE, .code = ICMP6_PORT_UNREACHABLE };
	__s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)work->quote, sizeof(work->quote), 0);

	__builtin_memcpy(&ip.saddr, &pseudo.source, sizeof(ip.saddr));
	__builtin_memcpy(&ip.daddr, &pseudo.destination, sizeof(ip.daddr));
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), sum);
	icmp.check = fold_sum(bpf_csum_diff(NULL, 0, (__be32 *)&icmp, sizeof(icmp), sum));
	bpf_skb_store_bytes(skb, work->ip, &ip, sizeof(ip), 0);
	bpf_skb_store_bytes(skb, work->ip + sizeof(ip), &icmp, sizeof(icmp), 0);
}

/* Makes the packet its own answer. False: it cannot. */
static __always_inline bool make_answer(struct __sk_buff *skb, struct work *work)
{
	__u32 quoted = quoted_bytes(work);
	__u32 added = (work->v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) +
		      sizeof(struct icmp_header);

	__builtin_memset(work->quote, 0, sizeof(work->quote));
	if (quoted > QUOTE_BYTES)
		return false;
	if (is_left_to_device(skb, &work->packet))
		settle_checksum(skb, &work->packet);
	/* For the verifier, which must see 1 to QUOTE_BYTES. */
	barrier_var(quoted);
	quoted = ((quoted - 1) & (QUOTE_BYTES - 1)) + 1;
	if (bpf_skb_load_bytes(skb, work->ip, work->quote, quoted) ||
	    bpf_skb_change_tail(skb, work->ip + quoted, 0) ||
	    bpf_skb_adjust_room(skb, added, BPF_ADJ_ROOM_MAC, 0))
		return false;
	if (work->ip)
		swap_stations(skb);
	if (work->v4)
		write_answer4(skb, work, quoted);
	else
		write_answer6(skb, work, quoted);
	return true;
}

/* Was the packet sent to one station? A port of a bridge meets what its pod sends to the bridge as for another host. */
static __always_inline bool is_for_one(const struct __sk_buff *skb, const struct work *work)
{
	return skb->pkt_type == PACKET_HOST || (work->pod && skb->pkt_type == PACKET_OTHERHOST);
}

/* Answers an arriving packet that was not sent to many. Returns what the kernel is to do. */
__noinline int refuse(struct __sk_buff *skb)
{
	struct work *work = own_work();

	if (!work || !is_for_one(skb, work))
		return TC_ACT_SHOT;
	if (!may_answer()) {
		count(COUNT_UNANSWERED);
		return TC_ACT_SHOT;
	}
	if (!make_answer(skb, work))
		return TC_ACT_SHOT;
	count(COUNT_REFUSED);
	return bpf_redirect(skb->ifindex, 0);
}

#endif
