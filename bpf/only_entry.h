/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Maps that are an array of one entry.
 */
#ifndef BALANCING_ONLY_ENTRY_H
#define BALANCING_ONLY_ENTRY_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* The value of that entry. NULL never happens, but the verifier does not know. */
static __always_inline void *only_entry(void *map)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

#endif
