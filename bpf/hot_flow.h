/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A hot flow: what becomes of the packets of an arrival, in as few words as can be.
 *
 * They are: the check; the time and two 16-bit numbers; next hop and port; then both addresses, in one word of IPv4 or
 * four of IPv6.
 */
#ifndef BALANCING_HOT_FLOW_H
#define BALANCING_HOT_FLOW_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "address.h"
#include "hash.h"

enum hot_time {
	HOT_JIFFIES = 2048, /* 8 seconds of a kernel with 250 a second; 2 with 1,000, 20 with 100 */
};

enum hot_words {
	HOT_WORDS4 = 4,
	HOT_WORDS6 = 7,
};

/* What becomes of the packets of an arrival. */
struct hot_flow {
	struct ip to;
	struct ip from;
	__be16 to_port;
	__be16 from_port;
	__u16 mtu;	/* the longest IP packet that the route takes, with its header */
	__u64 next_hop; /* its MAC address, in the low 48 bits, as it lies in memory on this machine */
};

/* The helper is inlined; one that reads a clock costs more than all else here. */
static __always_inline __u32 hot_now(void)
{
	return bpf_jiffies64();
}

/* What the check of a hot flow is, less the proof that it belongs to a packet. */
static __always_inline __u64 sum_hot(const __u64 *words, bool v4)
{
	__u64 sum = words[1] * HASH_1 + words[2] * HASH_2 + words[3] * HASH_3;

	if (!v4)
		sum += words[4] * HASH_4 + words[5] * HASH_5 + words[6] * HASH_6;
	return sum;
}

static __always_inline void pack_hot(const struct hot_flow *flow, bool v4, __u64 *words)
{
	words[1] = (__u64)hot_now() << 32 | (__u32)flow->mtu << 16 | flow->to_port;
	words[2] = flow->next_hop << 16 | flow->from_port;
	if (v4) {
		words[3] = (__u64)flow->from.word[3] << 32 | flow->to.word[3];
		return;
	}
	words[3] = high_word(&flow->to);
	words[4] = low_word(&flow->to);
	words[5] = high_word(&flow->from);
	words[6] = low_word(&flow->from);
}

static __always_inline struct ip ip_of(__u64 high, __u64 low)
{
	return (struct ip){ { high, high >> 32, low, low >> 32 } };
}

static __always_inline void unpack_hot(const __u64 *words, bool v4, struct hot_flow *flow)
{
	flow->mtu = words[1] >> 16;
	flow->to_port = words[1];
	flow->next_hop = words[2] >> 16;
	flow->from_port = words[2];
	flow->to =
		v4 ? (struct ip){ { 0, 0, MAPPED_PREFIX, words[3] } } : ip_of(words[3], words[4]);
	flow->from = v4 ? (struct ip){ { 0, 0, MAPPED_PREFIX, words[3] >> 32 } }
			: ip_of(words[5], words[6]);
}

static __always_inline bool is_fresh(__u64 word)
{
	return hot_now() - (__u32)(word >> 32) < HOT_JIFFIES;
}

#endif
