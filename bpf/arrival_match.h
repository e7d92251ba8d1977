/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which frontend a packet that arrives from elsewhere means.
 */
#ifndef BALANCING_ARRIVAL_MATCH_H
#define BALANCING_ARRIVAL_MATCH_H

#include "frontend.h"

enum no_frontend {
	NO_FRONTEND = 3, /* beside enum verdict: the address decides */
};

/*
 * The match of a packet's destination. From outside a node port answers at the addresses of this node only: each node gets
 * its own. A pod gets it at those of other nodes as well, but for external policy Local: that node decides.
 */
static __always_inline struct match match_arrival(const struct frontend_key *key, bool v4, bool pod)
{
	struct match found = { .address = key->address, .verdict = NO_FRONTEND };
	__u32 flags;

	found.frontend = bpf_map_lookup_elem(&frontends, key);
	if (found.frontend)
		return found;
	if (!copy_address_flags(&key->address, &flags))
		found.verdict = LOOKUP_AGAIN;
	else if (flags & ADDRESS_THIS_NODE || (pod && flags & ADDRESS_OTHER_NODE))
		match_node_port(&found, key, v4);
	if (!(flags & ADDRESS_THIS_NODE))
		found.passes = FRONTEND_EXTERNAL_LOCAL;
	return found;
}

#endif
