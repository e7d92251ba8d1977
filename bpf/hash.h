/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Hashes, and check values by which a reader proves that what it copied belongs together: a sum of words, each times an odd
 * factor of its own (the powers of one number), so that a change of any one word changes the sum. The products do not
 * depend on each other, so a processor computes them side by side. None of this resists an attacker who chooses words.
 */
#ifndef BALANCING_HASH_H
#define BALANCING_HASH_H

#include "abi.h"

#define HASH_1 0x9E3779B97F4A7C15ull /* 2^64 divided by the golden ratio */
#define HASH_2 (HASH_1 * HASH_1)
#define HASH_3 (HASH_1 * HASH_2)
#define HASH_4 (HASH_1 * HASH_3)
#define HASH_5 (HASH_1 * HASH_4)
#define HASH_6 (HASH_1 * HASH_5)
#define HASH_7 (HASH_1 * HASH_6)
#define HASH_8 (HASH_1 * HASH_7)
#define HASH_9 (HASH_1 * HASH_8)

/* The two halves of an address, as words of a check value; bytes in the order they lie in memory on this machine. */
static __always_inline __u64 high_word(const struct ip *address)
{
	return (__u64)address->word[1] << 32 | address->word[0];
}

static __always_inline __u64 low_word(const struct ip *address)
{
	return (__u64)address->word[3] << 32 | address->word[2];
}

/*
 * 32 bits that show nothing of a number. Cookies are counted, and a program may use every nth socket for one Service: one
 * multiplication alone would send some of those sockets to few backends.
 */
static __always_inline __u32 hash32(__u64 number)
{
	number *= HASH_1;
	number ^= number >> 32;
	return number * HASH_1 >> 32;
}

#endif
