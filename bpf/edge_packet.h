/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A packet at an edge: what its headers say, and where they are.
 */
#ifndef BALANCING_EDGE_PACKET_H
#define BALANCING_EDGE_PACKET_H

#include <stdbool.h>
#include <linux/in.h>
#include "tuple.h"

/* Where the IP header is, and of which family: constants of each program. */
struct frame {
	__u32 ip; /* bytes before the IP header: 14 or 0 */
	bool v4;
};

enum fragment_kind {
	FRAGMENT_NONE,
	FRAGMENT_FIRST, /* has the transport header, and more follow */
	FRAGMENT_LATER, /* has no transport header */
};

enum tcp_flags {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

struct packet {
	struct tuple tuple;
	__u32 transport; /* bytes before the transport header */
	__be32 id;	 /* of a fragment, as its key has it */
	__u8 fragment;	 /* enum fragment_kind */
	__u8 tcp_flags;	 /* enum tcp_flags; 0 unless it is TCP with its header */
};

/* May the packet begin a flow? Of TCP, a SYN does; every datagram may. */
static __always_inline bool may_begin(const struct packet *packet)
{
	return packet->tuple.protocol == IPPROTO_UDP ||
	       (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static __always_inline bool ends_connection(const struct packet *packet)
{
	return packet->tcp_flags & (TCP_FIN | TCP_RST);
}

#endif
