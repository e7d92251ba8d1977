/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * IP addresses in the one form that maps and records have.
 */
#ifndef BALANCING_ADDRESS_H
#define BALANCING_ADDRESS_H

#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include "abi.h"

/* The first three words of every IPv4 address are 0, 0 and this. */
#define MAPPED_PREFIX bpf_htonl(0xffff)

static __always_inline bool is_mapped(const struct ip *address)
{
	return !address->word[0] && !address->word[1] && address->word[2] == MAPPED_PREFIX;
}

static __always_inline bool same_address(const struct ip *a, const struct ip *b)
{
	return a->word[3] == b->word[3] && a->word[2] == b->word[2] && a->word[1] == b->word[1] &&
	       a->word[0] == b->word[0];
}

#endif
