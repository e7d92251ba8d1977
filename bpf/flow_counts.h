/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Counts of records made and deleted: with the number of those that are there, they tell how many the kernel evicted.
 *
 * A packet of a flow whose records stand counts nothing. Each count is exact but for what two processors do to one key at
 * once: between a look whether a record is there and the write that replaces it, it may be evicted, or another one made.
 * Such a record is counted once too little, or too often.
 */
#ifndef BALANCING_FLOW_COUNTS_H
#define BALANCING_FLOW_COUNTS_H

#include "edge_maps.h"
#include "only_entry.h"

/* NULL: see only_entry(). */
static __always_inline struct flow_counts *own_flow_counts(void)
{
	return only_entry(&flow_counts);
}

static __always_inline void count_made(void)
{
	struct flow_counts *counts = own_flow_counts();

	if (counts)
		counts->made++;
}

static __always_inline void count_deleted(void)
{
	struct flow_counts *counts = own_flow_counts();

	if (counts)
		counts->deleted++;
}

/* To be called when `flows` is empty. */
static __always_inline void begin_counts(void)
{
	struct flow_counts *counts = own_flow_counts();

	if (counts)
		counts->begun = bpf_ktime_get_boot_ns();
}

#endif
