/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How the record of a tuple is found, and proven to be of that tuple: by two hashes that a sender cannot foresee.
 */
#ifndef BALANCING_FLOW_HASH_H
#define BALANCING_FLOW_HASH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "edge_maps.h"
#include "only_entry.h"
#include "tuple.h"

enum flow_secret_words {
	TUPLE_WORDS = 10, /* as many of the secret for each hash */
};

struct flow_id {
	struct flow_key key;
	__u64 check;
};

/* A tuple as the hashes take it. */
struct hashed {
	const struct ip *source;
	const struct ip *destination;
	__u32 ports;
	__u32 rest;
};

static __always_inline __u32 hashed_ports(__be16 source, __be16 destination)
{
	return (__u32)destination << 16 | source;
}

static __always_inline __u32 hashed_rest(__u8 protocol, enum flow_side side)
{
	return (__u32)protocol << 8 | side;
}

/* NH, of RFC 4418 5.2: with a secret that is drawn at random, two tuples have one hash with a chance of 2^-32 at most. */
static __always_inline __u64 nh(struct hashed tuple, const __u32 *secret)
{
	const __be32 *a = tuple.source->word, *b = tuple.destination->word;

	return (__u64)(__u32)(a[0] + secret[0]) * (__u32)(a[1] + secret[1]) +
	       (__u64)(__u32)(a[2] + secret[2]) * (__u32)(a[3] + secret[3]) +
	       (__u64)(__u32)(b[0] + secret[4]) * (__u32)(b[1] + secret[5]) +
	       (__u64)(__u32)(b[2] + secret[6]) * (__u32)(b[3] + secret[7]) +
	       (__u64)(__u32)(tuple.ports + secret[8]) * (__u32)(tuple.rest + secret[9]);
}

/* NULL: see only_entry(). */
static __always_inline struct flow_secret *own_secret(void)
{
	return only_entry(&flow_secret);
}

static __always_inline struct flow_key flow_key(struct hashed tuple)
{
	const struct flow_secret *secret = own_secret();

	return (struct flow_key){ .hash = secret ? nh(tuple, secret->words) : 0 };
}

static __always_inline struct flow_id identify(const struct tuple *tuple)
{
	const struct flow_secret *secret = own_secret();
	struct hashed hashed = {
		.source = &tuple->source,
		.destination = &tuple->destination,
		.ports = hashed_ports(tuple->source_port, tuple->destination_port),
		.rest = hashed_rest(tuple->protocol, tuple->side),
	};
	struct flow_id id = {};

	if (!secret)
		return id;
	id.key.hash = nh(hashed, secret->words);
	id.check = nh(hashed, secret->words + TUPLE_WORDS);
	return id;
}

/* Draws the secret, unless it is there: the records of a generation before are known by it. Returns whether it was drawn. */
static __always_inline bool draw_secret(void)
{
	struct flow_secret *secret = own_secret();

	if (!secret || secret->words[0])
		return false;
#pragma clang loop unroll(disable)
	for (int i = 2 * TUPLE_WORDS - 1; i >= 0; i--)
		secret->words[i] = bpf_get_prandom_u32() | !i;
	return true;
}

#endif
