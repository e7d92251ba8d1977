/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Node ports on 127.0.0.1 and ::1, which are the node's only in its own network namespace: a pod's loopback is
 * the pod's.
 */
#ifndef BALANCING_LOOPBACK_H
#define BALANCING_LOOPBACK_H

#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include "identity.h"

#define LOOPBACK4 bpf_htonl(0x7f000001)
#define LOOPBACK6 bpf_htonl(1)

static __always_inline bool is_loopback(const struct ip *address, bool v4)
{
	if (v4)
		return address->word[3] == LOOPBACK4;
	return address->word[3] == LOOPBACK6 && !address->word[2] && !address->word[1] &&
	       !address->word[0];
}

static __always_inline bool in_own_netns(struct bpf_sock_addr *ctx)
{
	const struct identity *own = own_identity();

	return own && own->netns && own->netns == bpf_get_netns_cookie(ctx);
}

#endif
