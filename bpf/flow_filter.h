/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The gate of departures: does a flow have this address as its backend? One array access, which the kernel inlines.
 */
#ifndef BALANCING_FLOW_FILTER_H
#define BALANCING_FLOW_FILTER_H

#include <stdbool.h>
#include "edge_maps.h"
#include "filter.h"
#include "tuple.h"

/* NULL never happens, but the verifier does not know. */
static __always_inline __u8 *flow_filter_byte(const struct ip *address)
{
	__u32 zero = 0;
	struct flow_filter *filter = bpf_map_lookup_elem(&flow_filter, &zero);
	__u64 number = (bpf_ntohl(fold_address(address)) * (__u32)FILTER_MULTIPLIER) >>
		       (32 - FLOW_FILTER_BITS);

	return filter ? &filter->bytes[number & (FLOW_FILTER_BYTES - 1)] : NULL;
}

/* False: no flow has this address as its backend. */
static __always_inline bool is_perhaps_backend(const struct ip *address)
{
	const __u8 *byte = flow_filter_byte(address);

	return byte && *byte;
}

/* To be called before the records of a flow with this backend are made. */
static __always_inline void note_backend(const struct ip *address)
{
	__u8 *byte = flow_filter_byte(address);

	if (byte && !*byte)
		*byte = 1;
}

/* False: no flow has source or destination as its backend. */
static __always_inline bool is_perhaps_of_flow(const struct tuple *tuple)
{
	return is_perhaps_backend(&tuple->source) || is_perhaps_backend(&tuple->destination);
}

#endif
