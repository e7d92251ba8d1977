/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Flow records: found by copying and proving, replaced and never written to.
 */
#ifndef BALANCING_FLOWS_H
#define BALANCING_FLOWS_H

#include <stdbool.h>
#include "flow_counts.h"
#include "flow_hash.h"

/* The check value of a record under this id. */
static __always_inline __u64 flow_check(const struct flow_id *id, const struct flow *flow)
{
	__u64 ports = (__u64)flow->to_port << 48 | (__u64)flow->from_port << 32 |
		      (__u32)flow->client_port << 16 | flow->flags;

	return id->check + high_word(&flow->to) * HASH_1 + low_word(&flow->to) * HASH_2 +
	       high_word(&flow->from) * HASH_3 + low_word(&flow->from) * HASH_4 + ports * HASH_5 +
	       flow->block * HASH_6 + ((__u64)flow->epoch << 32 | flow->written) * HASH_7 +
	       flow->arrived_by * HASH_8;
}

/*
 * Copies the record under an id. False: there is none. The LRU may hand the element to another record while it is copied:
 * then the check value fails.
 */
static __always_inline bool find_flow(const struct flow_id *id, struct flow *copy)
{
	const struct flow *found = bpf_map_lookup_elem(&flows, &id->key);

	if (!found)
		return false;
	*copy = *found;
	/* The copy is proven, not the element that a second read would give. */
	barrier();
	return copy->check == flow_check(id, copy);
}

/* Puts a record under an id; `flags` as of bpf_map_update_elem(). False: there is one already (BPF_NOEXIST), or no room. */
static __always_inline bool put_flow(const struct flow_id *id, struct flow *flow, __u64 flags)
{
	bool is_new = flags == BPF_NOEXIST ||
		      (flags == BPF_ANY && !bpf_map_lookup_elem(&flows, &id->key));

	flow->check = flow_check(id, flow);
	if (bpf_map_update_elem(&flows, &id->key, flow, flags))
		return false;
	if (is_new)
		count_made();
	return true;
}

static __always_inline void delete_flow(const struct flow_id *id)
{
	if (!bpf_map_delete_elem(&flows, &id->key))
		count_deleted();
}

/* Of the flags of a record. */
static __always_inline __u16 protocol_flag(const struct tuple *tuple)
{
	return tuple->protocol == IPPROTO_UDP ? FLOW_UDP : 0;
}

static __always_inline bool leads_to(const struct flow *flow, const struct ip *address, __be16 port)
{
	return flow->to_port == port && same_address(&flow->to, address);
}

#endif
