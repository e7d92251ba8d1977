/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * State maps: written by the programs only. A new generation takes them over from the one before. Here are those that
 * sockets and packets share.
 */
#ifndef BALANCING_STATE_MAPS_H
#define BALANCING_STATE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

/* `apply` creates this map itself: large when a Service asks for affinity. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct affinity_key);
	__type(value, struct affinity);
} affinity SEC(".maps");

/* Written by the programs begin_handover, limit_to_host and finish_handover. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct generation_info);
} generation_info SEC(".maps");

#endif
