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
#include "list.h"
#include "loopback.h"
#include "verdict.h"

enum lookup_limits {
	LOOKUP_TRIES = 3, /* of a reader that meets recycled elements, or a block that is gone */
};

/* What a client gets. An IPv4 backend is whole too, as an IPv4-mapped address. */
struct choice {
	struct backend6 backend;
	__u64 source_ranges; /* set that its source must be in; 0: open to all */
	__u32 flags;	     /* enum frontend_flags of the frontend */
};

/* Chooses a backend of a list and copies it. False: it could not be proven, or its page is not there. */
static __always_inline bool copy_chosen(const struct client *client, const struct list *list,
					const struct frontend *frontend, bool v4,
					struct backend6 *to)
{
	__u32 ordinal = choose(client, list->block, list->count);

	return list->is_inline ? copy_slot(&frontend->slots, list->block, ordinal, v4, to)
			       : copy_paged(list->block, ordinal, v4, to);
}

/*
 * Chooses a backend from the list that applies to the client. Returns a verdict or LOOKUP_AGAIN; `got` is whole when the
 * verdict is VERDICT_TRANSLATE.
 */
static __always_inline int serve(const struct client *client, const struct frontend *frontend,
				 const struct policy *policy, bool v4, struct choice *got)
{
	struct list list = list_for(client, policy, v4);
	struct session session = {};

	if (!list.count)
		return policy->flags & list.drop ? -EHOSTUNREACH : -ECONNREFUSED;
	if (policy->affinity_seconds)
		find_session(client, &session, policy, &list, v4, &got->backend);
	if (session.listing == LISTING_UNPROVEN)
		return LOOKUP_AGAIN;
	if (session.listing == NOT_LISTED &&
	    !copy_chosen(client, &list, frontend, v4, &got->backend))
		return LOOKUP_AGAIN;
	if (policy->affinity_seconds)
		keep_session(client, &session, list.block, &got->backend);
	got->source_ranges = policy->source_ranges;
	got->flags = policy->flags;
	return VERDICT_TRANSLATE;
}

/* False: the destination is none of ours. One array access. */
static __always_inline bool may_be_ours(const struct frontend_key *key, bool v4)
{
	__be32 fold = fold_address(&key->address);

	return filter_may_have(is_loopback(&key->address, v4) ? fold_loopback(fold, key->port)
							      : fold);
}

/* One try of lookup(), which may find that it has to be LOOKUP_AGAIN. */
static __always_inline int try_lookup(const struct client *client, const struct frontend_key *key,
				      bool v4, bool loops, struct choice *got)
{
	struct match found = match(key, v4, loops);
	struct policy policy;

	if (!found.frontend)
		return found.verdict;
	if (!copy_policy(found.frontend, &found.address, key, &policy))
		return LOOKUP_AGAIN;
	if (!answers_here(&found, policy.flags))
		return VERDICT_PASS;
	return serve(client, found.frontend, &policy, v4, got);
}

/*
 * The verdict for a client whose destination is `key`, which may_be_ours(). When it is VERDICT_TRANSLATE, `got` says
 * what the client gets.
 */
static __always_inline int lookup(const struct client *client, const struct frontend_key *key,
				  bool v4, struct choice *got)
{
	bool loops = is_loopback(&key->address, v4);

	if (loops && !is_in_host_netns(client))
		return VERDICT_PASS;
#pragma clang loop unroll(disable)
	for (int i = 0; i < LOOKUP_TRIES; i++) {
		int verdict;

		*got = (struct choice){ .backend.address.word[2] = v4 ? MAPPED_PREFIX : 0 };
		verdict = try_lookup(client, key, v4, loops, got);
		if (verdict != LOOKUP_AGAIN)
			return verdict;
	}
	return -EHOSTUNREACH;
}

#endif
