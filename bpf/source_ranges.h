/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Source ranges: may an address send to a frontend? src/datapath/sources.ts is the twin of this file.
 */
#ifndef BALANCING_SOURCE_RANGES_H
#define BALANCING_SOURCE_RANGES_H

#include <stdbool.h>
#include "config_maps.h"
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
	__u64 verdict;

	if (!range)
		return NO_SUCH_SET;
	verdict = *(const volatile __u64 *)&range->verdict;
	if (verdict == set)
		return IN_SET;
	return verdict == ~set ? NOT_IN_SET : NO_SUCH_SET;
}

/* Asks the set that the frontend has now. A frontend that is gone admits no source. */
static __always_inline bool is_admitted_now(const struct ip *original, __be16 port, __u8 protocol,
					    const struct ip *source)
{
	struct frontend_key key = { .address = *original, .port = port, .protocol = protocol };
	const struct frontend *frontend = bpf_map_lookup_elem(&frontends, &key);
	struct policy policy;

	if (!frontend || !copy_policy(frontend, original, &key, &policy))
		return false;
	return !policy.source_ranges || in_set(policy.source_ranges, source) == IN_SET;
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
