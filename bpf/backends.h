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
 * The check value of a backend in a block: a slot that fails it is of another block, or was read while it was written. With
 * 16 bits one in 65,536 of such readings passes.
 */
static __always_inline __u16 slot_check(__u64 block, const struct ip *address, __be16 port)
{
	__u32 sum = (block * HASH_1 >> 32) + address->word[0] * (__u32)HASH_2 +
		    address->word[1] * (__u32)HASH_3 + address->word[2] * (__u32)HASH_4 +
		    address->word[3] * (__u32)HASH_5 + port * (__u32)HASH_6;

	return sum >> 16;
}

/*
 * Copies backend number `slot` out of a run of the family that `v4` says. False: it is not one of the block. The barriers
 * keep the compiler from dropping a bound that it can prove and the verifier cannot, and from reading again what is proven.
 */
static __always_inline bool copy_slot(const struct slots *slots, __u64 block, __u32 slot, bool v4,
				      struct backend6 *to)
{
	__u16 check = 0;

	barrier_var(slot);
	if (v4 && slot < SLOTS4) {
		const struct backend4 *from = (const void *)slots->bytes;

		from += slot;
		to->address.word[3] = from->address;
		to->port = from->port;
		check = from->check;
	} else if (!v4 && slot < SLOTS6) {
		const struct backend6 *from = (const void *)slots->bytes;

		from += slot;
		to->address = from->address;
		to->port = from->port;
		check = from->check;
	}
	barrier();
	return check == slot_check(block, &to->address, to->port);
}

/* Copies backend `ordinal` of a block out of its page. False: the page is gone, or another one by now. */
static __always_inline bool copy_paged(__u64 block, __u32 ordinal, bool v4, struct backend6 *to)
{
	__u32 slots = v4 ? SLOTS4 : SLOTS6;
	struct page_key key = { .block = block, .page = ordinal / slots };
	const struct page *page = bpf_map_lookup_elem(&pages, &key);

	return page && copy_slot(&page->slots, block, ordinal % slots, v4, to);
}

/* Every backend is equally likely; a client with a seed keeps to one while the block is the same. */
static __always_inline __u32 choose(const struct client *client, __u64 block, __u32 count)
{
	__u32 hash = client->seed ? hash32(client->seed ^ block) : bpf_get_prandom_u32();

	return (__u64)hash * count >> 32;
}

#endif
