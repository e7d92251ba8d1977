/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which frontend a destination means.
 *
 * The kernel may hand the memory of a deleted or replaced element to a new one while a reader still holds its address. So
 * a reader copies what it needs, asks the guard whether the element was the right one to the end, and starts again when
 * it was not.
 */
#ifndef BALANCING_FRONTEND_H
#define BALANCING_FRONTEND_H

#include <stdbool.h>
#include "address.h"
#include "config_maps.h"
#include "verdict.h"

enum match_again {
	LOOKUP_AGAIN = 2, /* beside enum verdict: this try saw something that no longer holds */
};

/* Does the element still belong to this port, under the address folded to `fold` (wire order)? */
static __always_inline bool guard_holds(const struct frontend *frontend, __be32 fold,
					const struct frontend_key *key)
{
	barrier();
	return frontend->guard_address == fold && frontend->guard_port == key->port &&
	       frontend->guard_protocol == key->protocol;
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

/* What a destination matches: a frontend, or without one the verdict (which may be LOOKUP_AGAIN). */
struct match {
	const struct frontend *frontend;
	__be32 fold; /* of the address that the frontend stands under */
	int verdict;
};

/* Drops the frontend of a match: it does not answer at this address, which is left alone. */
static __always_inline void leave_alone(struct match *found, const struct frontend_key *key)
{
	if (!guard_holds(found->frontend, found->fold, key))
		found->verdict = LOOKUP_AGAIN;
	found->frontend = NULL;
}

/* The match of a destination that no frontend names, by what its address is. */
static __always_inline struct match match_by_address(const struct frontend_key *key, bool v4)
{
	struct match found = { .fold = v4 ? MAPPED_PREFIX : 0, .verdict = VERDICT_PASS };
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

/* The match of a loopback address in the host network namespace: one lookup. */
static __always_inline struct match match_on_loopback(const struct frontend_key *key, bool v4)
{
	struct match found = { find_node_port(key, v4), v4 ? MAPPED_PREFIX : 0, VERDICT_PASS };

	if (found.frontend && !(found.frontend->flags & FRONTEND_LOOPBACK))
		leave_alone(&found, key);
	return found;
}

/* The match of any other destination, whose address folds to `fold`. */
static __always_inline struct match match(const struct frontend_key *key, __be32 fold, bool v4)
{
	struct match found = { bpf_map_lookup_elem(&frontends, key), fold, VERDICT_PASS };

	return found.frontend ? found : match_by_address(key, v4);
}

#endif
