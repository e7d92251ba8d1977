/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * From the destination of a client to a backend. src/datapath/lookup.ts is the twin of this file: same maps, same
 * answers.
 */
#ifndef BALANCING_LOOKUP_H
#define BALANCING_LOOKUP_H

#include <stdbool.h>
#include "affinity.h"
#include "backends.h"
#include "client.h"
#include "filter.h"
#include "frontend.h"
#include "loopback.h"
#include "verdict.h"

enum lookup_limits {
	LOOKUP_TRIES = 3, /* of a reader that meets recycled elements, or a block that is gone */
};

/* What a client gets. An IPv4 backend is whole too, as an IPv4-mapped address. */
struct choice {
	struct backend6 backend;
	__u64 source_ranges; /* set that its source must be in; 0: open to all */
};

/*
 * Source ranges, for the processes of the node itself. To a VIP a node shows its own address; the address that it
 * would show to a backend may be that of a bridge. Returns VERDICT_TRANSLATE, or a negative errno.
 */
static __always_inline int check_host_source(const struct client *client, __u32 flags,
					     struct choice *got)
{
	if (!got->source_ranges || !(flags & (FRONTEND_HOST_ALLOWED | FRONTEND_HOST_DENIED)) ||
	    client->is_bound || !is_in_host_netns(client))
		return VERDICT_TRANSLATE;
	if (flags & FRONTEND_HOST_DENIED)
		return -EHOSTUNREACH;
	got->source_ranges = 0;
	return VERDICT_TRANSLATE;
}

/* The verdict for a client of a list without backends: a negative errno. */
static __always_inline int refuse(const struct client *client, __u32 flags)
{
	__u32 drop = client->uses_external ? FRONTEND_EXTERNAL_DROP : FRONTEND_INTERNAL_DROP;

	return flags & drop ? -EHOSTUNREACH : -ECONNREFUSED;
}

/*
 * Chooses a backend from the list that applies to the client. Returns a verdict or LOOKUP_AGAIN; `got` is whole when the
 * verdict is VERDICT_TRANSLATE.
 */
static __always_inline int serve(const struct client *client, const struct match *found,
				 const struct frontend_key *key, bool v4, struct choice *got)
{
	const struct frontend *frontend = found->frontend;
	bool external = client->uses_external;
	__u64 block = external ? frontend->external_block : frontend->internal_block;
	__u32 count = external ? frontend->external_count : frontend->internal_count;
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
	if (!guard_holds(frontend, found->fold, key) ||
	    (external ? frontend->external_block : frontend->internal_block) != block)
		return LOOKUP_AGAIN;
	if (!count)
		return refuse(client, flags);
	if (affinity_seconds)
		keep_session(client, &session, block, &got->backend);
	return check_host_source(client, flags, got);
}

/* False: the destination (`fold`: its address, folded) is none of ours. One array access. */
static __always_inline bool may_be_ours(const struct frontend_key *key, bool v4)
{
	__be32 fold = fold_address(&key->address);

	return filter_may_have(is_loopback(&key->address, v4) ? fold_loopback(fold, key->port)
							      : fold);
}

/*
 * The verdict for a client whose destination is `key`, which may_be_ours(). When it is VERDICT_TRANSLATE, `got`, zero
 * before, says what the client gets.
 */
static __always_inline int lookup(const struct client *client, const struct frontend_key *key,
				  bool v4, struct choice *got)
{
	bool loops = is_loopback(&key->address, v4);
	__be32 fold = fold_address(&key->address);

	if (loops && !is_in_host_netns(client))
		return VERDICT_PASS;
	if (v4)
		got->backend.address.word[2] = MAPPED_PREFIX;
#pragma clang loop unroll(disable)
	for (int i = 0; i < LOOKUP_TRIES; i++) {
		struct match found = loops ? match_on_loopback(key, v4) : match(key, fold, v4);
		int verdict = found.verdict;

		if (found.frontend)
			verdict = serve(client, &found, key, v4, got);
		if (verdict != LOOKUP_AGAIN)
			return verdict;
	}
	return -EHOSTUNREACH;
}

#endif
