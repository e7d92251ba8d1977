/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the lists of sockets write: a struct connected_socket for each connected UDP socket that has a backend through
 * us, of all network namespaces. They only list; apply decides who has to go.
 */
#ifndef BALANCING_LIST_H
#define BALANCING_LIST_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "address.h"
#include "sock.h"

#define FAMILY_IPV4 2 /* AF_INET */

static __always_inline struct ip ip4(__be32 address)
{
	return (struct ip){ .word = { 0, 0, MAPPED_PREFIX, address } };
}

static __always_inline struct ip ip6(const struct in6_addr *address)
{
	struct ip ip;

	bpf_probe_read_kernel(&ip, sizeof(ip), address);
	return ip;
}

static __always_inline struct connected_socket describe(const struct sock *socket,
							const struct peer *peer)
{
	const struct sock_common *sk = &socket->__sk_common;
	bool v4 = BPF_CORE_READ(sk, skc_family) == FAMILY_IPV4;

	return (struct connected_socket){
		.socket = (__u64)socket,
		.source = v4 ? ip4(BPF_CORE_READ(sk, skc_rcv_saddr)) : ip6(&sk->skc_v6_rcv_saddr),
		.source_port = bpf_htons(BPF_CORE_READ(sk, skc_num)),
		.dialled = peer->dialled,
		.dialled_port = peer->dialled_port,
		.backend = v4 ? ip4(BPF_CORE_READ(sk, skc_daddr)) : ip6(&sk->skc_v6_daddr),
		.backend_port = BPF_CORE_READ(sk, skc_dport),
		.netns = BPF_CORE_READ(sk, skc_net.net, ns.inum),
	};
}

/* Writes a socket to a list if it is one of those; `peer` is what its record says. */
static __always_inline void list_socket(struct seq_file *list, const struct sock *socket,
					const struct peer *peer)
{
	struct connected_socket found;

	if (BPF_CORE_READ(socket, sk_protocol) != IPPROTO_UDP)
		return;
	found = describe(socket, peer);
	/* A closed socket is there until its memory may be freed, but has no port any more. */
	if (!found.source_port)
		return;
	/* Unconnected it has port 0 at the other end, connected past us somebody else: then the record says nothing. */
	if (found.backend_port == peer->backend_port &&
	    same_address(&found.backend, &peer->backend))
		bpf_seq_write(list, &found, sizeof(found));
}

#endif
