/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What apply has noted of an edge.
 */
#ifndef BALANCING_DEVICES_H
#define BALANCING_DEVICES_H

#include <stdbool.h>
#include "config_maps.h"
#include "hash.h"

static __always_inline __u32 device_check(__u32 ifindex, const struct device *device)
{
	__u64 sum = ((__u64)ifindex << 32 | device->flags) * HASH_1 +
		    high_word(&device->nat4) * HASH_2 + low_word(&device->nat4) * HASH_3 +
		    high_word(&device->nat6) * HASH_4 + low_word(&device->nat6) * HASH_5;

	return sum >> 32;
}

/* Copies the entry of a device. False: there is none, or it is another one by now. */
static __always_inline bool copy_device(__u32 ifindex, struct device *copy)
{
	const struct device *found = bpf_map_lookup_elem(&devices, &ifindex);

	if (!found)
		return false;
	*copy = *found;
	barrier();
	return copy->check == device_check(ifindex, copy);
}

#endif
