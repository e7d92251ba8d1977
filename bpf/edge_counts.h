/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Counters of rare cases at edges.
 */
#ifndef BALANCING_EDGE_COUNTS_H
#define BALANCING_EDGE_COUNTS_H

#include "edge_maps.h"

static __always_inline void count(enum edge_count which)
{
	__u32 number = which;
	__u64 *counter = bpf_map_lookup_elem(&edge_counts, &number);

	if (counter)
		*counter += 1;
}

#endif
