/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Source ranges, for the processes of the node itself. To a VIP a node shows its own address, but the address that it would
 * show to a backend may be that of a bridge. So apply has compared the node's address with the ranges.
 */
#ifndef BALANCING_HOST_SOURCE_H
#define BALANCING_HOST_SOURCE_H

#include <stdbool.h>
#include "lookup.h"

static __always_inline bool is_bound(const struct bpf_sock_addr *ctx)
{
	const struct bpf_sock *sk = ctx->sk;

	return sk->src_ip4 || sk->src_ip6[3];
}

/*
 * Holds a process of the node to the source ranges of what it `got`, unless its socket is bound to an address or the call
 * `names_source`: then egress looks at that. Returns VERDICT_TRANSLATE or a negative errno.
 */
static __always_inline int check_host_source(struct bpf_sock_addr *ctx, bool names_source,
					     struct choice *got)
{
	if (!got->source_ranges || !(got->flags & (FRONTEND_HOST_ALLOWED | FRONTEND_HOST_DENIED)) ||
	    names_source || is_bound(ctx) || !is_host_netns(bpf_get_netns_cookie(ctx)))
		return VERDICT_TRANSLATE;
	if (got->flags & FRONTEND_HOST_DENIED)
		return -EHOSTUNREACH;
	got->source_ranges = 0;
	return VERDICT_TRANSLATE;
}

#endif
