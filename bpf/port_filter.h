/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The second gate of arrivals: may a frontend answer at this destination?
 */
#ifndef BALANCING_PORT_FILTER_H
#define BALANCING_PORT_FILTER_H

#include <stdbool.h>
#include "filter.h"

/* What the filter hashes of a destination, in host order. */
static __always_inline __u32 fold_destination(const struct ip *address, __be16 port, __u8 protocol)
{
	__u32 mixed = ((__u32)bpf_ntohs(port) << 8 | protocol) * (__u32)PORT_MULTIPLIER;

	return bpf_ntohl(fold_address(address)) ^ mixed;
}

/* False: the destination is no frontend, and no node port at an address of this node. */
static __always_inline bool may_be_frontend(const struct ip *address, __be16 port, __u8 protocol)
{
	return filter_has(&port_filter, fold_destination(address, port, protocol));
}

#endif
