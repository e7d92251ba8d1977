/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What becomes of a packet to a port that no frontend has.
 */
#ifndef BALANCING_UNKNOWN_PORT_H
#define BALANCING_UNKNOWN_PORT_H

#include "frontend.h"
#include "host_sockets.h"

#define FAMILY_INET 2	/* AF_INET */
#define FAMILY_INET6 10 /* AF_INET6 */

/* What the kernel's routing says of a packet: enum BPF_FIB_LKUP_RET_*. */
static __always_inline int route(struct __sk_buff *skb, const struct tuple *tuple, bool v4,
				 __u32 flags)
{
	struct bpf_fib_lookup fib = {
		.family = v4 ? FAMILY_INET : FAMILY_INET6,
		.ifindex = skb->ifindex,
	};

	if (v4) {
		fib.ipv4_src = tuple->source.word[3];
		fib.ipv4_dst = tuple->destination.word[3];
	} else {
		__builtin_memcpy(fib.ipv6_src, &tuple->source, sizeof(fib.ipv6_src));
		__builtin_memcpy(fib.ipv6_dst, &tuple->destination, sizeof(fib.ipv6_dst));
	}
	return bpf_fib_lookup(skb, &fib, sizeof(fib), flags);
}

/*
 * Does an interface of the node have the destination of a packet? The kernel says the same of its own addresses and of those
 * that it has no route to. Its own are not in the main table: where that leads somewhere, they are told apart. Where it does
 * not, an address at which a socket would get the packet counts as the node's.
 */
static __always_inline bool node_has(struct __sk_buff *skb, const struct tuple *tuple, bool v4)
{
	if (route(skb, tuple, v4, 0) != BPF_FIB_LKUP_RET_NOT_FWDED)
		return false;
	return route(skb, tuple, v4, BPF_FIB_LOOKUP_DIRECT) != BPF_FIB_LKUP_RET_NOT_FWDED ||
	       has_socket(skb, v4, tuple);
}

/*
 * The verdict on a port that no frontend has, by what its address is. The node refuses the unknown ports of a cluster IP.
 * Of an external address too, because passed on it would come back from the router until its hops end, unless the node has
 * the address: then a process may listen there.
 */
static __always_inline int unknown_port(struct __sk_buff *skb, const struct tuple *tuple, bool v4)
{
	__u32 flags;

	if (!copy_address_flags(&tuple->destination, &flags))
		return -EHOSTUNREACH;
	if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE))
		return VERDICT_PASS;
	if (flags & ADDRESS_CLUSTER_IP)
		return -ECONNREFUSED;
	if (flags & ADDRESS_EXTERNAL)
		return node_has(skb, tuple, v4) ? VERDICT_PASS : -ECONNREFUSED;
	return VERDICT_PASS;
}

#endif
