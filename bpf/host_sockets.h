/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Sockets of the node.
 */
#ifndef BALANCING_HOST_SOCKETS_H
#define BALANCING_HOST_SOCKETS_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include "tuple.h"

/* Does a socket of the node get packets with this tuple? */
static __always_inline bool has_socket(struct __sk_buff *skb, bool v4, const struct tuple *tuple)
{
	struct bpf_sock_tuple ends = {};
	__u32 size = v4 ? sizeof(ends.ipv4) : sizeof(ends.ipv6);
	struct bpf_sock *sk;

	if (v4) {
		ends.ipv4.saddr = tuple->source.word[3];
		ends.ipv4.daddr = tuple->destination.word[3];
		ends.ipv4.sport = tuple->source_port;
		ends.ipv4.dport = tuple->destination_port;
	} else {
		__builtin_memcpy(ends.ipv6.saddr, &tuple->source, sizeof(ends.ipv6.saddr));
		__builtin_memcpy(ends.ipv6.daddr, &tuple->destination, sizeof(ends.ipv6.daddr));
		ends.ipv6.sport = tuple->source_port;
		ends.ipv6.dport = tuple->destination_port;
	}
	sk = tuple->protocol == IPPROTO_TCP
		     ? bpf_skc_lookup_tcp(skb, &ends, size, BPF_F_CURRENT_NETNS, 0)
		     : bpf_sk_lookup_udp(skb, &ends, size, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

#endif
