/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * From what a client dials to a backend. src/datapath/lookup is the twin of this file: same maps, same answers.
 *
 * The kernel may hand the memory of a deleted or replaced element to a new one while we read it. So a
 * reader copies what it needs, asks the guard whether the element was the right one to the end, and
 * starts again when it was not.
 */
#ifndef BALANCING_LOOKUP_H
#define BALANCING_LOOKUP_H

#include <stdbool.h>
#include "address.h"
#include "affinity.h"
#include "config_maps.h"
#include "filter.h"
#include "loopback.h"
#include "verdict.h"

enum lookup_limits {
	LOOKUP_TRIES = 3, /* of a reader that meets recycled elements, or a block that is gone */
	LOOKUP_AGAIN = 2, /* beside enum verdict: this try saw something that no longer holds */
};

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

/* What a client gets for what it dialled. An IPv4 backend is whole too, as an IPv4-mapped address. */
struct choice {
	struct backend6 backend;
	__u64 source_ranges; /* set that its source must be in; 0: open to all */
};

/* Does the element still belong to this port, under the address folded to `fold` (wire order)? */
static __always_inline bool guard_holds(const struct frontend *frontend, __be32 fold,
					const struct frontend_key *key)
{
	barrier();
	return frontend->guard_address == fold && frontend->guard_port == key->port &&
	       frontend->guard_protocol == key->protocol;
}

#define CHOICE_MULTIPLIER 0x9E3779B97F4A7C15 /* 2^64 divided by the golden ratio */

/*
 * A die from a number of which nothing may show: cookies are counted, and a program may use every nth socket for one
 * Service. One multiplication alone gives some of those favourites.
 */
static __always_inline __u32 scramble(__u64 number)
{
	number *= CHOICE_MULTIPLIER;
	number ^= number >> 32;
	return number * CHOICE_MULTIPLIER >> 32;
}

/* Every backend is equally likely; a socket that asks with its cookie sticks to one while the block is the same. */
static __always_inline __u32 choose(const struct client *client, __u64 block, __u32 count)
{
	__u32 dice = client->socket ? scramble(client->socket ^ block) : bpf_get_prandom_u32();

	return (__u64)dice * count >> 32;
}

/* Copies a backend of the internal block. False: its page is not there. */
static __always_inline bool copy_chosen(const struct client *client,
					const struct frontend *frontend, __u64 block, __u32 count,
					bool v4, struct backend6 *to)
{
	__u32 ordinal = choose(client, block, count);

	if (count > (v4 ? SLOTS4 : SLOTS6))
		return copy_paged(block, ordinal, v4, to);
	copy_slot(&frontend->slots, ordinal, v4, to);
	return true;
}

/* Has the socket a source address before it is told where to connect? */
static __always_inline bool is_bound(const struct client *client)
{
	const struct bpf_sock *sk = client->ctx->sk;

	return client->names_source || sk->src_ip4 || sk->src_ip6[3];
}

/*
 * Source ranges, for the processes of the node itself. Behind a VIP a node shows its own address; the address that it
 * would show to a backend may be that of a bridge. Returns VERDICT_TRANSLATE, or a negative errno.
 */
static __always_inline int judge_home(const struct client *client, __u32 flags, struct choice *got)
{
	if (!got->source_ranges || !(flags & (FRONTEND_HOME_IN | FRONTEND_HOME_OUT)) ||
	    is_bound(client) || !in_own_netns(client->ctx))
		return VERDICT_TRANSLATE;
	if (flags & FRONTEND_HOME_OUT)
		return -EHOSTUNREACH;
	got->source_ranges = 0;
	return VERDICT_TRANSLATE;
}

/*
 * Chooses a backend of the internal block. Returns a verdict or LOOKUP_AGAIN; `got` is whole when the
 * verdict is VERDICT_TRANSLATE.
 */
static __always_inline int serve(const struct client *client, const struct frontend *frontend,
				 __be32 fold, const struct frontend_key *key, bool v4,
				 struct choice *got)
{
	__u64 block = frontend->internal_block;
	__u32 count = frontend->internal_count;
	__u32 flags = frontend->flags;
	__u32 affinity_seconds = frontend->affinity_seconds;
	struct session session = {};

	got->source_ranges = frontend->source_ranges;
	if (affinity_seconds)
		find_session(client, &session, frontend->service, v4, block, affinity_seconds,
			     &got->backend);
	if (!session.holds && !copy_chosen(client, frontend, block, count, v4, &got->backend))
		return LOOKUP_AGAIN;
	/* The same port may have got another list in the same memory: then count and slot do not match. */
	if (!guard_holds(frontend, fold, key) || frontend->internal_block != block)
		return LOOKUP_AGAIN;
	if (!count)
		return flags & FRONTEND_INTERNAL_DROP ? -EHOSTUNREACH : -ECONNREFUSED;
	if (affinity_seconds)
		keep_session(client, &session, block, &got->backend);
	return judge_home(client, flags, got);
}

/* Returns enum address_flags; 0 for an address that is none of ours. */
static __always_inline __u32 address_flags(const struct ip *address)
{
	const struct address *found = bpf_map_lookup_elem(&addresses, address);

	return found ? found->flags : 0;
}

/* The frontend of a node port: under the unspecified address of the family. NULL when there is none. */
static __always_inline const struct frontend *find_node_port(const struct frontend_key *key,
							     bool v4)
{
	struct frontend_key any = {
		.address.word[2] = v4 ? MAPPED_PREFIX : 0,
		.port = key->port,
		.protocol = key->protocol,
	};

	return bpf_map_lookup_elem(&frontends, &any);
}

/* Who decides for a destination: a frontend, or without one the verdict (which may be LOOKUP_AGAIN). */
struct decider {
	const struct frontend *frontend;
	__be32 fold; /* of the address that the frontend stands under */
	int verdict;
};

/* The same when there is no node port that answers for an address: it is left alone. */
static __always_inline void leave_alone(struct decider *found, const struct frontend_key *key)
{
	if (!guard_holds(found->frontend, found->fold, key))
		found->verdict = LOOKUP_AGAIN;
	found->frontend = NULL;
}

/* The decider for a destination that no frontend names: it may be ours all the same. */
static __always_inline struct decider find_by_address(const struct frontend_key *key, bool v4)
{
	struct decider found = { .fold = v4 ? MAPPED_PREFIX : 0, .verdict = VERDICT_PASS };
	__u32 flags = address_flags(&key->address);

	if (!(flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE))) {
		if (flags & ADDRESS_VIP)
			found.verdict = -ECONNREFUSED;
		return found;
	}
	found.frontend = find_node_port(key, v4);
	if (!found.frontend || flags & ADDRESS_THIS_NODE)
		return found;
	if (found.frontend->flags & FRONTEND_EXTERNAL_LOCAL)
		leave_alone(&found, key);
	return found;
}

/* The decider for a loopback address in the node's own network namespace: one lookup. */
static __always_inline struct decider find_on_loopback(const struct frontend_key *key, bool v4)
{
	struct decider found = { find_node_port(key, v4), v4 ? MAPPED_PREFIX : 0, VERDICT_PASS };

	if (found.frontend && !(found.frontend->flags & FRONTEND_LOOPBACK))
		leave_alone(&found, key);
	return found;
}

static __always_inline struct decider find(const struct frontend_key *key, __be32 fold, bool v4)
{
	struct decider found = { bpf_map_lookup_elem(&frontends, key), fold, VERDICT_PASS };

	return found.frontend ? found : find_by_address(key, v4);
}

/*
 * The verdict for a client of this node that dials `key`; a negative errno makes its call fail. When it
 * is VERDICT_TRANSLATE, `got` says what the client gets.
 */
static __always_inline int lookup(const struct client *client, const struct frontend_key *key,
				  bool v4, struct choice *got)
{
	bool loops = is_loopback(&key->address, v4);
	__be32 fold = fold_address(&key->address);

	if (!filter_may_have(loops ? fold_loopback(fold, key->port) : fold) ||
	    (loops && !in_own_netns(client->ctx)))
		return VERDICT_PASS;
	if (v4)
		got->backend.address.word[2] = MAPPED_PREFIX;
#pragma clang loop unroll(disable)
	for (int i = 0; i < LOOKUP_TRIES; i++) {
		struct decider found = loops ? find_on_loopback(key, v4) : find(key, fold, v4);
		int verdict = found.verdict;

		if (found.frontend)
			verdict = serve(client, found.frontend, found.fold, key, v4, got);
		if (verdict != LOOKUP_AGAIN)
			return verdict;
	}
	return -EHOSTUNREACH;
}

#endif
