/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Gates by what flows have been made: of departures, by the addresses of backends; of arrivals whose frontend is gone, by
 * what clients called. Each is an array access, which the kernel inlines.
 */
#ifndef BALANCING_FLOW_FILTER_H
#define BALANCING_FLOW_FILTER_H

#include <stdbool.h>
#include "edge_maps.h"
#include "port_filter.h"
#include "tuple.h"

/* The number of the byte for a fold in host order. */
static __always_inline __u32 flow_filter_number(__u32 fold)
{
	return (fold * (__u32)FILTER_MULTIPLIER) >> (32 - FLOW_FILTER_BITS);
}

static __always_inline __u32 number_of_backend(const struct ip *address)
{
	return flow_filter_number(bpf_ntohl(fold_address(address)));
}

/*
 * A byte of its own, so that departures from an address of the node that clients called pass their gate; in the same cache
 * line, because arrivals ask for both.
 */
static __always_inline __u32 number_of_called(const struct ip *address)
{
	return number_of_backend(address) ^ 1;
}

static __always_inline __u32 number_of_called_at(const struct tuple *tuple)
{
	return flow_filter_number(
		fold_destination(&tuple->destination, tuple->destination_port, tuple->protocol));
}

/* NULL never happens, but the verifier does not know. */
static __always_inline __u8 *flow_filter_byte(__u32 number)
{
	__u32 zero = 0;
	struct flow_filter *filter = bpf_map_lookup_elem(&flow_filter, &zero);

	return filter ? &filter->bytes[number & (FLOW_FILTER_BYTES - 1)] : NULL;
}

static __always_inline bool is_noted(__u32 number)
{
	const __u8 *byte = flow_filter_byte(number);

	return byte && *byte;
}

static __always_inline void note(__u32 number)
{
	__u8 *byte = flow_filter_byte(number);

	if (byte && !*byte)
		*byte = 1;
}

/* False: no flow has this address as its backend. */
static __always_inline bool is_perhaps_backend(const struct ip *address)
{
	return is_noted(number_of_backend(address));
}

/* What flows have perhaps to do with an address. */
struct met {
	bool is_backend; /* false: no flow has it as its backend */
	bool is_called;	 /* false: no client of a flow called it */
};

static __always_inline struct met met_before(const struct ip *address)
{
	__u32 number = number_of_backend(address);
	const __u8 *both = flow_filter_byte(number & ~1u);

	if (!both)
		return (struct met){};
	return (struct met){ .is_backend = both[number & 1], .is_called = both[~number & 1] };
}

/* False: no client of a flow called the destination of this packet. */
static __always_inline bool is_perhaps_called_at(const struct tuple *tuple)
{
	return is_noted(number_of_called_at(tuple));
}

/* To be called before the records are made of a flow from these ends to a backend. */
static __always_inline void note_flow(const struct tuple *arrival, const struct ip *backend)
{
	note(number_of_backend(backend));
	note(number_of_called(&arrival->destination));
	note(number_of_called_at(arrival));
}

/* False: no flow has source or destination as its backend. */
static __always_inline bool is_perhaps_of_flow(const struct tuple *tuple)
{
	return is_perhaps_backend(&tuple->source) || is_perhaps_backend(&tuple->destination);
}

#endif
