/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What an edge's program works on. It would not fit on the stack, and global functions, which the verifier looks at once and
 * not wherever they are called, take no pointers to it before Linux 5.12. Programs at these hooks do not interrupt each other
 * on one processor, so each processor has one.
 */
#ifndef BALANCING_WORK_H
#define BALANCING_WORK_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "edge_packet.h"
#include "flow_hash.h"
#include "frontend.h"
#include "only_entry.h"

/* The backend that a packet is offered. */
struct offer {
	struct ip backend;
	__be16 port;
	__u16 flags;	  /* FLOW_MASQUERADE or 0 */
	__u64 block;	  /* that the backend is of */
	bool is_admitted; /* the source is in the ranges of the frontend */
};

/* What the source of a departing packet becomes. */
struct nat {
	struct ip address;
	__be16 port;
	__u32 now; /* coarse_time() */
};

enum quote_limits {
	QUOTE_BYTES = 128, /* of a packet that an error quotes; a power of two */
};

struct work {
	struct packet packet;
	struct packet quoted; /* by an ICMP error */
	__u32 ip;	      /* bytes before the IP header */
	__u32 device;	      /* interface index of the edge */
	bool v4;
	bool pod;	   /* the device is the host's side of a pod's */
	bool is_known;	   /* `flow` is the record under `id` */
	struct flow_id id; /* of an arriving packet, or of the pair of a departing one */
	struct flow flow;
	struct offer offer;
	struct policy policy; /* of the frontend that is asked */
	__be16 port;	      /* that a backend sees as the client's */
	struct nat nat;
	__u32 epoch;
	__u8 quote[QUOTE_BYTES];
};

/* Without types, so that it is no part of the layout: no one else reads it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct work));
} work SEC(".maps");

/* NULL: see only_entry(). */
static __always_inline struct work *own_work(void)
{
	return only_entry(&work);
}

#endif
