/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The packet that an ICMP error quotes: reading it, and replacing its ends.
 */
#ifndef BALANCING_QUOTED_PACKET_H
#define BALANCING_QUOTED_PACKET_H

#include "icmp.h"
#include "rewrite.h"
#include "work.h"

/* Reads the IPv4 header of a quoted packet at `at`. False: there is none that we know. */
static __always_inline bool read_quoted4(struct __sk_buff *skb, __u32 at, struct packet *quoted)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5 ||
	    bpf_ntohs(ip.frag_off) & FRAGMENT4_OFFSET)
		return false;
	quoted->tuple.source.word[2] = quoted->tuple.destination.word[2] = MAPPED_PREFIX;
	quoted->tuple.source.word[3] = ip.saddr;
	quoted->tuple.destination.word[3] = ip.daddr;
	quoted->tuple.protocol = ip.protocol;
	quoted->transport = at + ip.ihl * 4;
	return true;
}

/* The same of IPv6. */
static __always_inline bool read_quoted6(struct __sk_buff *skb, __u32 at, struct packet *quoted)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) || ip.version != 6)
		return false;
	__builtin_memcpy(&quoted->tuple.source, &ip.saddr, sizeof(struct ip));
	__builtin_memcpy(&quoted->tuple.destination, &ip.daddr, sizeof(struct ip));
	quoted->tuple.protocol = ip.nexthdr;
	quoted->transport = at + sizeof(ip);
	return skip_extensions(skb, quoted) && quoted->fragment != FRAGMENT_LATER;
}

/*
 * Reads a quoted TCP or UDP packet at `at` into a zeroed packet. False: there is none that we know, or its ports are not all
 * there, or so far in that its checksums could not be put right.
 */
static __always_inline bool read_quoted(struct __sk_buff *skb, bool v4, __u32 at,
					struct packet *quoted)
{
	if (!(v4 ? read_quoted4(skb, at, quoted) : read_quoted6(skb, at, quoted)))
		return false;
	return (quoted->tuple.protocol == IPPROTO_TCP || quoted->tuple.protocol == IPPROTO_UDP) &&
	       quoted->transport + sizeof(struct tcphdr) <= at + QUOTE_BYTES &&
	       !bpf_skb_load_bytes(skb, quoted->transport, &quoted->tuple.source_port,
				   2 * sizeof(__be16));
}

/* The sum of what `work->quote` can hold from `at` on, or all that there is, added to `sum`. */
static __always_inline __s64 sum_from(struct __sk_buff *skb, struct work *work, __u32 at, __u32 sum)
{
	__u32 bytes = skb->len - at;

	__builtin_memset(work->quote, 0, sizeof(work->quote));
	if (bytes > QUOTE_BYTES)
		bytes = QUOTE_BYTES;
	/* For the verifier, which must see 1 to QUOTE_BYTES. */
	barrier_var(bytes);
	bytes = ((bytes - 1) & (QUOTE_BYTES - 1)) + 1;
	bpf_skb_load_bytes(skb, at, work->quote, bytes);
	return bpf_csum_diff(NULL, 0, (__be32 *)work->quote, sizeof(work->quote), sum);
}

static __always_inline void write_quoted_address(struct __sk_buff *skb, bool v4, __u32 at,
						 enum rewritten which, const struct ip *from,
						 const struct ip *to)
{
	struct ip address = *to;

	if (same_address(from, to))
		return;
	if (!v4) {
		at += which == REWRITE_SOURCE ? offsetof(struct ipv6hdr, saddr)
					      : offsetof(struct ipv6hdr, daddr);
		bpf_skb_store_bytes(skb, at, &address, sizeof(address), 0);
		return;
	}
	bpf_l3_csum_replace(skb, at + offsetof(struct iphdr, check), from->word[3], to->word[3],
			    sizeof(__be32));
	at += which == REWRITE_SOURCE ? offsetof(struct iphdr, saddr)
				      : offsetof(struct iphdr, daddr);
	bpf_skb_store_bytes(skb, at, &address.word[3], sizeof(__be32), 0);
}

enum tuple_parts {
	TUPLE_SUMMED = 2 * sizeof(struct ip) + 2 * sizeof(__be16), /* addresses and ports */
};

/*
 * Replaces the ends of a quoted packet. A transport checksum that the error does not quote is left out. The ICMP checksum
 * is corrected by what all of that changes.
 */
static __always_inline void rewrite_quoted(struct __sk_buff *skb, struct work *work, __u32 at,
					   struct tuple *to)
{
	struct tuple *from = &work->quoted.tuple;
	__u32 icmp = work->packet.transport + offsetof(struct icmp_header, check);
	__u32 before = ~(__u32)sum_from(skb, work, at, 0);
	__s64 difference =
		bpf_csum_diff((__be32 *)from, TUPLE_SUMMED, (__be32 *)to, TUPLE_SUMMED, 0);

	write_quoted_address(skb, work->v4, at, REWRITE_SOURCE, &from->source, &to->source);
	write_quoted_address(skb, work->v4, at, REWRITE_DESTINATION, &from->destination,
			     &to->destination);
	bpf_l4_csum_replace(skb, checksum_at(&work->quoted), 0, difference,
			    checksum_flags(&work->quoted));
	bpf_skb_store_bytes(skb, work->quoted.transport, &to->source_port, 2 * sizeof(__be16), 0);
	bpf_l4_csum_replace(skb, icmp, 0, sum_from(skb, work, at, before), 0);
}

#endif
