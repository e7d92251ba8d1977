/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * State maps: written by the programs only. A new generation takes them over from the one before.
 */
#ifndef BALANCING_STATE_MAPS_H
#define BALANCING_STATE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SOCKET_SLOTS);
	__type(key, __u32);
	__type(value, struct socket_slot);
} socket_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SOCKET_SLOTS);
	__type(key, __u32);
	__type(value, struct slot_owner);
} slot_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct revnat_entry);
} socket_revnat SEC(".maps");

/* Only sockets that send to several backends have entries here. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct datagram_key);
	__type(value, struct datagram_revnat);
} datagram_revnat SEC(".maps");

/* `apply` creates this map itself: large when a Service asks for affinity. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct affinity_key);
	__type(value, struct affinity);
} affinity SEC(".maps");

/* Written by the programs begin_handover and finish_handover. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct generation_info);
} generation_info SEC(".maps");

#endif
