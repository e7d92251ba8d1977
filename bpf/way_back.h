/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The way of an answer to a client. A rule for the address of a pod may lead it out by another edge than the client's packets
 * come by: by a second network card of a cloud, whose router drops what comes from the address of a Service.
 */
#ifndef BALANCING_WAY_BACK_H
#define BALANCING_WAY_BACK_H

#include "unknown_port.h"
#include "work.h"

/*
 * Is an answer to leave by the edge that the client's packets come by? Where the kernel leads it there, now that its source is
 * what the client called. Kernels before 5.11 do not name the device when they do not know the neighbour: then it counts
 * as that edge. Without a link-layer header the kernel cannot send it elsewhere.
 */
static __always_inline bool goes_back(struct __sk_buff *skb, const struct work *work,
				      const struct ip *client)
{
	const struct flow *pair = &work->flow;
	struct bpf_fib_lookup fib = {
		.family = work->v4 ? FAMILY_INET : FAMILY_INET6,
		.ifindex = pair->arrived_by,
	};
	int found;

	if (!pair->arrived_by || pair->arrived_by == skb->ifindex || !work->ip)
		return false;
	if (work->v4) {
		fib.ipv4_src = pair->to.word[3];
		fib.ipv4_dst = client->word[3];
	} else {
		__builtin_memcpy(fib.ipv6_src, &pair->to, sizeof(fib.ipv6_src));
		__builtin_memcpy(fib.ipv6_dst, client, sizeof(fib.ipv6_dst));
	}
	found = bpf_fib_lookup(skb, &fib, sizeof(fib), 0);
	return (found == BPF_FIB_LKUP_RET_SUCCESS || found == BPF_FIB_LKUP_RET_NO_NEIGH) &&
	       fib.ifindex == pair->arrived_by;
}

/* Sends a packet by the edge that the client's packets come by, to the neighbour that its route there has. */
static __always_inline int send_back(void)
{
	const struct work *work = own_work();

	return work ? bpf_redirect_neigh(work->flow.arrived_by, NULL, 0, 0) : TC_ACT_UNSPEC;
}

#endif
