/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The backend list of a frontend that applies to a client, and whether a backend is in it.
 */
#ifndef BALANCING_LIST_H
#define BALANCING_LIST_H

#include <stdbool.h>
#include "address.h"
#include "backends.h"
#include "client.h"
#include "config_maps.h"
#include "frontend.h"

struct list {
	__u64 block;
	__u32 count;	/* of its backends */
	__u32 drop;	/* the flag that says: without a backend, drop instead of reject */
	bool is_inline; /* it stands in the frontend's own slots */
};

static __always_inline struct list list_for(const struct client *client,
					    const struct policy *policy, bool v4)
{
	struct list list = {
		.block = policy->internal_block,
		.count = policy->internal_count,
		.drop = FRONTEND_INTERNAL_DROP,
	};

	if (client->uses_external) {
		list.block = policy->external_block;
		list.count = policy->external_count;
		list.drop = FRONTEND_EXTERNAL_DROP;
	}
	list.is_inline =
		list.block == policy->internal_block && list.count <= (v4 ? SLOTS4 : SLOTS6);
	return list;
}

enum listing {
	NOT_LISTED,
	LISTED,
	LISTING_UNPROVEN, /* the page is gone, or another one by now: look up again */
};

/*
 * The following are global functions, which the verifier looks at once and not wherever they are called. With the callers at
 * edges their frames fill the stack. They return enum listing.
 */

/*
 * Looks for an IPv4 backend in the page of a block. Each slot proves itself, so a page that is being replaced is not taken for
 * one without the backend.
 */
__noinline int find_in_page4(__u64 block, __be32 address, __u32 port, __u32 count)
{
	struct page_key key = { .block = block };
	const struct page *page = bpf_map_lookup_elem(&pages, &key);

	if (!page)
		return LISTING_UNPROVEN;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < SLOTS4 && i < count; i++) {
		struct backend6 slot = { .address.word[2] = MAPPED_PREFIX };

		if (!copy_slot(&page->slots, block, i, true, &slot))
			return LISTING_UNPROVEN;
		if (slot.address.word[3] == address && slot.port == port)
			return LISTED;
	}
	return NOT_LISTED;
}

/* The same for IPv6. */
__noinline int find_in_page6(__u64 block, __u64 high, __u64 low, __u32 port, __u32 count)
{
	struct page_key key = { .block = block };
	const struct page *page = bpf_map_lookup_elem(&pages, &key);

	if (!page)
		return LISTING_UNPROVEN;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < SLOTS6 && i < count; i++) {
		struct backend6 slot = {};

		if (!copy_slot(&page->slots, block, i, false, &slot))
			return LISTING_UNPROVEN;
		if (high_word(&slot.address) == high && low_word(&slot.address) == low &&
		    slot.port == port)
			return LISTED;
	}
	return NOT_LISTED;
}

/* Looks for a backend of a block that does not fit a page. */
__noinline int find_in_members(__u64 block, __u64 high, __u64 low, __u32 port)
{
	struct member member = {
		.block = block,
		.address.word = { high, high >> 32, low, low >> 32 },
		.port = port,
	};

	return bpf_map_lookup_elem(&members, &member) ? LISTED : NOT_LISTED;
}

/* Is a backend, which was chosen from another list, in this one? */
static __always_inline enum listing find_in_list(const struct list *list, bool v4,
						 const struct ip *address, __be16 port)
{
	if (!list->count)
		return NOT_LISTED;
	if (list->count > (v4 ? SLOTS4 : SLOTS6))
		return find_in_members(list->block, high_word(address), low_word(address), port);
	if (v4)
		return find_in_page4(list->block, address->word[3], port, list->count);
	return find_in_page6(list->block, high_word(address), low_word(address), port, list->count);
}

#endif
