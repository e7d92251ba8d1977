/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The epoch: a record that was made in the present one says what the frontends say.
 */
#ifndef BALANCING_EPOCH_H
#define BALANCING_EPOCH_H

#include "config_maps.h"
#include "only_entry.h"

/* As records hold it. Read before a frontend, so that a record never claims a later epoch than that of its frontend. */
static __always_inline __u32 present_epoch(void)
{
	const struct epoch *found = only_entry(&epoch);
	__u64 present = found ? *(const volatile __u64 *)&found->epoch : 0;

	return present ^ present >> 32;
}

#endif
