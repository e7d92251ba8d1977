/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * State maps of the socket hooks.
 */
#ifndef BALANCING_SOCKET_MAPS_H
#define BALANCING_SOCKET_MAPS_H

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

#endif
