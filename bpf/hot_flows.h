/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Hot flows: what XDP needs of the arrivals that it met lately, a cache line for two of IPv4 or one of IPv6. A hot flow
 * proves itself by its check, and counts for HOT_JIFFIES: then the records and the route are asked again. XDP makes them;
 * who replaces the record of an arrival clears what was made of the one before.
 */
#ifndef BALANCING_HOT_FLOWS_H
#define BALANCING_HOT_FLOWS_H

#include "edge_maps.h"
#include "flow_hash.h"
#include "hot_flow.h"

enum hot_places {
	HOT_PLACES4 = 4, /* in a set: HOT_SET_WORDS / HOT_WORDS4 */
	HOT_PLACES6 = 2, /* HOT_SET_WORDS / HOT_WORDS6, rounded down: each begins a cache line */
};

/* NULL in a map of one set, but for that set. The hash is under a secret: its bits are as good as random. */
static __always_inline struct hot_set *hot_set_of(const struct flow_id *id)
{
	__u32 number = id->key.hash >> 24 & (HOT_SETS - 1);

	return bpf_map_lookup_elem(&hot_flows, &number);
}

/*
 * The first word of place `i` of a set, counted from the one that a flow tries first: the second of IPv4 is in the same
 * cache line.
 */
static __always_inline __u64 *hot_place(struct hot_set *set, const struct flow_id *id, bool v4,
					__u32 i)
{
	__u32 number = i ^ id->key.hash >> 50;

	return v4 ? set->words + (number & (HOT_PLACES4 - 1)) * HOT_WORDS4
		  : set->words + (number & (HOT_PLACES6 - 1)) * (HOT_SET_WORDS / HOT_PLACES6);
}

/* Copies a hot flow from its first word, and proves the copy. */
static __always_inline bool copy_hot(const __u64 *from, __u64 proof, bool v4, struct hot_flow *flow)
{
	__u64 words[HOT_WORDS6];

	for (int i = 0; i < (v4 ? HOT_WORDS4 : HOT_WORDS6); i++)
		words[i] = from[i];
	/* The copy is proven, not what a second read would give. */
	barrier();
	if (words[0] != proof + sum_hot(words, v4) || !is_fresh(words[1]))
		return false;
	unpack_hot(words, v4, flow);
	return true;
}

/* Finds the hot flow of an arrival; `proof` covers all that it was made for. False: there is none, or not any more. */
static __always_inline bool find_hot(const struct flow_id *id, __u64 proof, bool v4,
				     struct hot_flow *flow)
{
	struct hot_set *set = hot_set_of(id);

	if (!set)
		return false;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < (v4 ? HOT_PLACES4 : HOT_PLACES6); i++)
		if (copy_hot(hot_place(set, id, v4, i), proof, v4, flow))
			return true;
	return false;
}

/* Keeps a hot flow, unless others that are fresh have its places: then it is made anew for each packet. */
static __always_inline void keep_hot(const struct flow_id *id, __u64 proof, bool v4,
				     const struct hot_flow *flow)
{
	struct hot_set *set = hot_set_of(id);
	__u64 words[HOT_WORDS6];

	if (!set)
		return;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < (v4 ? HOT_PLACES4 : HOT_PLACES6); i++) {
		__u64 *place = hot_place(set, id, v4, i);

		if (place[0] && is_fresh(place[1]))
			continue;
		pack_hot(flow, v4, words);
		place[0] = proof + sum_hot(words, v4);
		for (int word = 1; word < (v4 ? HOT_WORDS4 : HOT_WORDS6); word++)
			place[word] = words[word];
		return;
	}
}

/* Nothing that was made of the record of this arrival counts any more. To be called after the record was replaced. */
static __always_inline void clear_hot(const struct flow_id *id)
{
	struct hot_set *set = hot_set_of(id);

	if (!set)
		return;
	for (__u32 i = 0; i < HOT_PLACES4; i++)
		set->words[i * HOT_WORDS4] = 0;
}

#endif
