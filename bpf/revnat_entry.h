/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Whose a socket reverse-NAT entry is.
 */
#ifndef BALANCING_REVNAT_ENTRY_H
#define BALANCING_REVNAT_ENTRY_H

#include <stdbool.h>
#include "hash.h"

/* The check value of the entry of the socket with this cookie. */
static __always_inline __u32 entry_check(__u64 cookie, const struct ip *original, __be16 port)
{
	__u64 sum = cookie * HASH_1 + high_word(original) * HASH_2 + low_word(original) * HASH_3 +
		    (__u64)port * HASH_4;

	return sum >> 32;
}

/*
 * Did the socket with this cookie write the entry? It proves the original destination too; what else is in the entry may
 * be older or newer while the socket connects again.
 */
static __always_inline bool is_entry_of(const struct revnat_entry *entry, __u64 cookie)
{
	return entry->check == entry_check(cookie, &entry->original, entry->original_port);
}

#endif
