/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which backend of a block a client gets.
 */
#ifndef BALANCING_BACKENDS_H
#define BALANCING_BACKENDS_H

#include <stdbool.h>
#include "client.h"
#include "config_maps.h"
#include "hash.h"

/*
 * Copies backend number `slot` out of a run of the family that `v4` says. The barriers keep the compiler
 * from dropping a bound that it can prove and the verifier cannot.
 */
static __always_inline void copy_slot(const struct slots *slots, __u32 slot, bool v4,
				      struct backend6 *to)
{
	barrier_var(slot);
	if (v4) {
		const struct backend4 *from = (const void *)slots->bytes;

		from += slot & (SLOTS4 - 1);
		to->address.word[3] = from->address;
		to->port = from->port;
	} else if (slot < SLOTS6) {
		const struct backend6 *from = (const void *)slots->bytes;

		from += slot;
		to->address = from->address;
		to->port = from->port;
	}
}

/* Copies backend `ordinal` of a block out of its page. False: the page is gone, or was recycled. */
static __always_inline bool copy_paged(__u64 block, __u32 ordinal, bool v4, struct backend6 *to)
{
	__u32 slots = v4 ? SLOTS4 : SLOTS6;
	struct page_key key = { .block = block, .page = ordinal / slots };
	const struct page *page = bpf_map_lookup_elem(&pages, &key);

	if (!page)
		return false;
	copy_slot(&page->slots, ordinal % slots, v4, to);
	barrier();
	return page->guard_block == block;
}

/* Every backend is equally likely; a client with a seed keeps to one while the block is the same. */
static __always_inline __u32 choose(const struct client *client, __u64 block, __u32 count)
{
	__u32 hash = client->seed ? hash32(client->seed ^ block) : bpf_get_prandom_u32();

	return (__u64)hash * count >> 32;
}

/* Copies a backend of one of the frontend's blocks. False: its page is not there. */
static __always_inline bool copy_chosen(const struct client *client,
					const struct frontend *frontend, __u64 block, __u32 count,
					bool v4, struct backend6 *to)
{
	__u32 ordinal = choose(client, block, count);
	bool is_inline = !client->uses_external || frontend->internal_block == block;

	if (count > (v4 ? SLOTS4 : SLOTS6) || !is_inline)
		return copy_paged(block, ordinal, v4, to);
	copy_slot(&frontend->slots, ordinal, v4, to);
	return true;
}

#endif
