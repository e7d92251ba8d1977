/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Gates by what flows have been made: of departures, by the addresses of backends; of arrivals whose frontend is gone, by
 * what clients called. Each is an array access, which the kernel inlines.
 */
#ifndef BALANCING_FLOW_FILTER_H
#define BALANCING_FLOW_FILTER_H

#include <stdbool.h>
#include "edge_maps.h"
#include "only_entry.h"
#include "port_filter.h"
#include "tuple.h"
#include "work.h"

/* NULL: see only_entry(). */
static __always_inline struct flow_filter *all_marks(void)
{
	return only_entry(&flow_filter);
}

/* Two hashes with the same first mark differ in the bits that the second is made of: filter_hash() is one to one. */
static __always_inline __u32 hash_of_backend(const struct ip *address)
{
	return filter_hash(bpf_ntohl(fold_address(address)));
}

/*
 * Its marks stand beside those of the same address as a backend, so that departures from an address of the node that
 * clients called pass their gate; in the same cache line, because arrivals ask for both.
 */
static __always_inline __u32 hash_of_called(const struct ip *address)
{
	return hash_of_backend(address) ^ 1u << (32 - FLOW_FILTER_BITS);
}

static __always_inline __u32 hash_of_called_at(const struct tuple *tuple)
{
	return filter_hash(
		fold_destination(&tuple->destination, tuple->destination_port, tuple->protocol));
}

static __always_inline __u32 first_mark(__u32 hash)
{
	return hash >> (32 - FLOW_FILTER_BITS) & (FLOW_FILTER_BYTES - 1);
}

/*
 * The second is in the cache line of the first, and even when that is. A sum, kept from becoming an OR: the verifier of 5.10
 * knows no bounds of OR and XOR.
 */
static __always_inline __u32 second_mark(__u32 hash)
{
	__u32 first = first_mark(hash);
	__u32 place = (first + (hash >> 6 & 30) + 32) & 63;

	barrier_var(place);
	return (first & ~63u) + place;
}

static __always_inline bool is_noted(const struct flow_filter *filter, __u32 hash)
{
	return filter && filter->marks[first_mark(hash)] && filter->marks[second_mark(hash)];
}

static __always_inline void mark(__u8 *byte)
{
	if (!*byte)
		*byte = 1;
}

static __always_inline void note(struct flow_filter *filter, __u32 hash)
{
	mark(&filter->marks[first_mark(hash)]);
	mark(&filter->marks[second_mark(hash)]);
}

/* False: no flow has this address as its backend. */
static __always_inline bool is_perhaps_backend(const struct ip *address)
{
	return is_noted(all_marks(), hash_of_backend(address));
}

/* False: no client of a flow called this address. */
static __always_inline bool is_perhaps_called(const struct ip *address)
{
	return is_noted(all_marks(), hash_of_called(address));
}

/* Of the packet in `work`. False: no client of a flow called its destination. */
__noinline int is_perhaps_called_at(void)
{
	const struct work *work = own_work();

	return work && is_noted(all_marks(), hash_of_called_at(&work->packet.tuple));
}

/* Notes the flow that a packet begins with what it is offered, before the records are made. Returns 0. */
__noinline int note_flow(void)
{
	const struct work *work = own_work();
	struct flow_filter *filter = all_marks();

	if (!work || !filter)
		return 0;
	note(filter, hash_of_backend(&work->offer.backend));
	note(filter, hash_of_called(&work->packet.tuple.destination));
	note(filter, hash_of_called_at(&work->packet.tuple));
	return 0;
}

/* False: no flow has source or destination as its backend. */
static __always_inline bool is_perhaps_of_flow(const struct tuple *tuple)
{
	const struct flow_filter *filter = all_marks();

	return is_noted(filter, hash_of_backend(&tuple->source)) ||
	       is_noted(filter, hash_of_backend(&tuple->destination));
}

#endif
