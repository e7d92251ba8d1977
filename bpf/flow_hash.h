/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How the record of a tuple is found, and proven to be of that tuple: by two hashes that a sender cannot foresee.
 */
#ifndef BALANCING_FLOW_HASH_H
#define BALANCING_FLOW_HASH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "edge_maps.h"
#include "tuple.h"

enum flow_secret_words {
	TUPLE_WORDS = 10, /* as many of the secret for each hash */
};

struct flow_id {
	struct flow_key key;
	__u64 check;
};

/* NH, of RFC 4418 5.2: with a secret that is drawn at random, two tuples have one hash with a chance of 2^-32 at most. */
static __always_inline __u64 nh(const struct tuple *tuple, const __u32 *secret)
{
	const __be32 *a = tuple->source.word, *b = tuple->destination.word;
	__u32 ports = (__u32)tuple->destination_port << 16 | tuple->source_port;
	__u32 rest = (__u32)tuple->protocol << 8 | tuple->side;

	return (__u64)(__u32)(a[0] + secret[0]) * (__u32)(a[1] + secret[1]) +
	       (__u64)(__u32)(a[2] + secret[2]) * (__u32)(a[3] + secret[3]) +
	       (__u64)(__u32)(b[0] + secret[4]) * (__u32)(b[1] + secret[5]) +
	       (__u64)(__u32)(b[2] + secret[6]) * (__u32)(b[3] + secret[7]) +
	       (__u64)(__u32)(ports + secret[8]) * (__u32)(rest + secret[9]);
}

static __always_inline struct flow_id identify(const struct tuple *tuple)
{
	__u32 zero = 0;
	const struct flow_secret *secret = bpf_map_lookup_elem(&flow_secret, &zero);
	struct flow_id id = {};

	/* Never NULL, but the verifier does not know. */
	if (!secret)
		return id;
	id.key.hash = nh(tuple, secret->words);
	id.check = nh(tuple, secret->words + TUPLE_WORDS);
	return id;
}

/* Draws the secret, unless it is there: the records of a generation before are known by it. */
static __always_inline void draw_secret(void)
{
	__u32 zero = 0;
	struct flow_secret *secret = bpf_map_lookup_elem(&flow_secret, &zero);

	if (!secret || secret->words[0])
		return;
#pragma clang loop unroll(disable)
	for (int i = 2 * TUPLE_WORDS - 1; i >= 0; i--)
		secret->words[i] = bpf_get_prandom_u32() | !i;
}

#endif
