/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The gate: is a destination perhaps one of ours? One array access, which the kernel inlines.
 */
#ifndef BALANCING_FILTER_H
#define BALANCING_FILTER_H

#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include "config_maps.h"

/* The XOR of an address's words, in wire order: what the filter hashes. */
static __always_inline __be32 fold_address(const struct ip *address)
{
	return address->word[0] ^ address->word[1] ^ address->word[2] ^ address->word[3];
}

/* A node port on a loopback address, from that address's fold: the filter knows each port there. */
static __always_inline __be32 fold_loopback(__be32 fold, __be16 port)
{
	return fold ^ bpf_htonl(bpf_ntohs(port));
}

/* What filters hash of a fold in host order. One to one. */
static __always_inline __u32 filter_hash(__u32 fold)
{
	__u32 hash = fold * (__u32)FILTER_MULTIPLIER;

	return (hash ^ hash >> 15) * (__u32)FILTER_MIXER;
}

/* Has a filter both bits of a fold, in host order? */
static __always_inline bool filter_has(void *filter, __u32 fold)
{
	__u32 hash = filter_hash(fold);
	__u32 bit = hash >> (32 - FILTER_BITS);
	__u32 number = bit >> FILTER_LINE_BITS;
	const struct filter_line *line = bpf_map_lookup_elem(filter, &number);
	__u64 word;

	if (!line)
		return false;
	word = line->words[(bit >> 6) & 7];
	return word >> (bit & 63) & word >> (hash >> FILTER_SECOND_SHIFT & 63) & 1;
}

/* False: what was folded is neither in `addresses` nor of a frontend. */
static __always_inline bool filter_may_have(__be32 fold)
{
	return filter_has(&address_filter, bpf_ntohl(fold));
}

#endif
