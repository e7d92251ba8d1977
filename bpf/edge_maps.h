/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * State maps of the edges. A node without edges has none of them.
 */
#ifndef BALANCING_EDGE_MAPS_H
#define BALANCING_EDGE_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "abi.h"

/* A flow has two records, or three when it is masqueraded. 32 MiB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 262144);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_secret);
} flow_secret SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_counts);
} flow_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_filter);
} flow_filter SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct fragment_key);
	__type(value, struct fragment);
} fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct refusals);
} refusals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EDGE_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} edge_counts SEC(".maps");

/*
 * 8 MiB. Mappable, so that it begins with a page, and each set with a cache line. Where no device has XDP, apply makes it with
 * one set. A new generation takes it over with the records: tc of the one clears what XDP of the other has made. What is in a
 * hot flow changes only with the name of a field, for layouts are compared by form.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HOT_SETS);
	__type(key, __u32);
	__type(value, struct hot_set);
} hot_flows SEC(".maps");

#endif
