/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Source ranges: may an address send to a frontend? src/datapath/sources.ts is the twin of this file.
 */
#ifndef BALANCING_SOURCE_RANGES_H
#define BALANCING_SOURCE_RANGES_H

#include <stdbool.h>
#include "config_maps.h"
#include "filter.h"
#include "frontend.h"

enum in_set {
	NOT_IN_SET,
	IN_SET,
	NO_SUCH_SET,
};

static __always_inline enum in_set in_set(__u64 set, const struct ip *source)
{
	struct range_key key = {
		.prefix_length = 64 + 128,
		.set_high = set >> 32,
		.set_low = set,
		.address = *source,
	};
	const struct range *range = bpf_map_lookup_elem(&source_ranges, &key);
	__u32 allows;

	if (!range)
		return NO_SUCH_SET;
	allows = range->allows;
	barrier();
	if (range->guard_set != set)
		return NO_SUCH_SET;
	return allows ? IN_SET : NOT_IN_SET;
}

/* Asks the set that the frontend has now. A frontend that is gone admits no source. */
static __always_inline bool is_admitted_now(const struct ip *original, __be16 port, __u8 protocol,
					    const struct ip *source)
{
	struct frontend_key key = { .address = *original, .port = port, .protocol = protocol };
	const struct frontend *frontend = bpf_map_lookup_elem(&frontends, &key);
	__u64 set;

	if (!frontend)
		return false;
	set = frontend->source_ranges;
	if (!guard_holds(frontend, fold_address(original), &key))
		return false;
	return !set || in_set(set, source) == IN_SET;
}

/* May `source` send to the original destination? When the set is gone, the one that replaced it decides. */
static __always_inline bool is_admitted(__u64 set, const struct ip *original, __be16 port,
					__u8 protocol, const struct ip *source)
{
	enum in_set found = in_set(set, source);

	if (found == NO_SUCH_SET)
		return is_admitted_now(original, port, protocol, source);
	return found == IN_SET;
}

#endif
