/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which frontend a destination means.
 *
 * The kernel may hand the memory of a deleted or replaced element to a new one while a reader still holds its address, and
 * the reader may see old and new words in any mixture. So a reader copies what it needs, and proves the copy by a check
 * value of key and content; when it fails, the reader starts again.
 */
#ifndef BALANCING_FRONTEND_H
#define BALANCING_FRONTEND_H

#include <stdbool.h>
#include "address.h"
#include "config_maps.h"
#include "hash.h"
#include "verdict.h"

enum lookup_again {
	LOOKUP_AGAIN = 2, /* beside enum verdict: this try saw something that no longer holds */
};

/* A proven copy of all of a frontend but its slots. */
struct policy {
	__u64 check;
	__u64 internal_block;
	__u64 external_block;
	__u64 source_ranges;
	__u64 service;
	__u32 internal_count;
	__u32 external_count;
	__u32 affinity_seconds;
	__u32 flags;
};

/* The check value of a frontend that stands under `address`, with the port and protocol of `key`. */
static __always_inline __u64 frontend_check(const struct ip *address,
					    const struct frontend_key *key,
					    const struct policy *policy)
{
	return high_word(address) * HASH_1 + low_word(address) * HASH_2 +
	       ((__u64)key->port << 8 | key->protocol) * HASH_3 + policy->internal_block * HASH_4 +
	       policy->external_block * HASH_5 + policy->source_ranges * HASH_6 +
	       policy->service * HASH_7 +
	       ((__u64)policy->external_count << 32 | policy->internal_count) * HASH_8 +
	       ((__u64)policy->flags << 32 | policy->affinity_seconds) * HASH_9;
}

/* Copies the policy of a frontend that was found under `address`. False: the element is another one by now. */
static __always_inline bool copy_policy(const struct frontend *frontend, const struct ip *address,
					const struct frontend_key *key, struct policy *policy)
{
	*policy = (struct policy){
		.check = frontend->check,
		.internal_block = frontend->internal_block,
		.external_block = frontend->external_block,
		.source_ranges = frontend->source_ranges,
		.service = frontend->service,
		.internal_count = frontend->internal_count,
		.external_count = frontend->external_count,
		.affinity_seconds = frontend->affinity_seconds,
		.flags = frontend->flags,
	};
	/* The copy is proven, not the element that a second read would give. */
	barrier();
	return policy->check == frontend_check(address, key, policy);
}

static __always_inline __u32 address_check(const struct ip *address, __u32 flags)
{
	return (high_word(address) * HASH_1 + low_word(address) * HASH_2 + flags * HASH_3) >> 32;
}

/* Copies enum address_flags; 0 for an address that is none of ours. False: the element is another one by now. */
static __always_inline bool copy_address_flags(const struct ip *address, __u32 *flags)
{
	const struct address *found = bpf_map_lookup_elem(&addresses, address);
	__u32 check;

	*flags = 0;
	if (!found)
		return true;
	*flags = found->flags;
	check = found->check;
	barrier();
	return check == address_check(address, *flags);
}

/* What a destination matches. Without a frontend, `verdict` is that of the destination (which may be LOOKUP_AGAIN). */
struct match {
	const struct frontend *frontend;
	struct ip address; /* that the frontend stands under */
	int verdict;
	__u32 passes; /* enum frontend_flags with any of which the frontend does not answer here: pass */
	__u32 needs; /* or without which it does not */
};

/* A node port stands under the unspecified address of the family. */
static __always_inline void match_node_port(struct match *found, const struct frontend_key *key,
					    bool v4)
{
	struct frontend_key any = {
		.address.word[2] = v4 ? MAPPED_PREFIX : 0,
		.port = key->port,
		.protocol = key->protocol,
	};

	found->address = any.address;
	found->frontend = bpf_map_lookup_elem(&frontends, &any);
}

/* The match of a destination that no frontend names, by what its address is. */
static __always_inline void match_by_address(struct match *found, const struct frontend_key *key,
					     bool v4)
{
	__u32 flags;

	if (!copy_address_flags(&key->address, &flags))
		found->verdict = LOOKUP_AGAIN;
	else if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE))
		match_node_port(found, key, v4);
	else if (flags & ADDRESS_CLUSTER_IP)
		found->verdict = -ECONNREFUSED;
	if (!(flags & ADDRESS_THIS_NODE))
		found->passes = FRONTEND_EXTERNAL_LOCAL;
}

/* The match of a destination; `loops`: it is a loopback address in the host network namespace. */
static __always_inline struct match match(const struct frontend_key *key, bool v4, bool loops)
{
	struct match found = { .address = key->address, .verdict = VERDICT_PASS };

	if (loops) {
		match_node_port(&found, key, v4);
		found.needs = FRONTEND_LOOPBACK;
		return found;
	}
	found.frontend = bpf_map_lookup_elem(&frontends, key);
	if (!found.frontend)
		match_by_address(&found, key, v4);
	return found;
}

/* Does a matched frontend answer at the destination? */
static __always_inline bool answers_here(const struct match *found, __u32 flags)
{
	return !(flags & found->passes) && (flags & found->needs) == found->needs;
}

#endif
