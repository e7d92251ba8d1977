/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the lists of sockets write: a struct connected_socket for each connected UDP socket that has a backend through
 * us, of all network namespaces. They only list; apply decides which sockets to destroy.
 */
#ifndef BALANCING_LIST_SOCKET_H
#define BALANCING_LIST_SOCKET_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include "kernel_socket.h"
#include "revnat_entry.h"

static __always_inline struct connected_socket describe(const struct sock *socket,
							const struct revnat_entry *entry)
{
	const struct sock_common *sk = &socket->__sk_common;

	return (struct connected_socket){
		.socket = cookie_of(socket),
		.source = source_of(socket),
		.source_port = bpf_htons(BPF_CORE_READ(sk, skc_num)),
		.original = entry->original,
		.original_port = entry->original_port,
		.backend = destination_of(socket),
		.backend_port = destination_port_of(socket),
		.netns = BPF_CORE_READ(sk, skc_net.net, ns.inum),
	};
}

/*
 * Writes a socket to a list if it is a connected UDP socket with the backend of its entry.
 *
 * A slot says only where the socket was when it wrote the entry. That memory may be free by now, or another socket's; and
 * the slot may be written while we read it. No two sockets have one cookie, so the entry's check value decides.
 */
static __always_inline void list_socket(struct seq_file *list, const struct sock *socket,
					const struct revnat_entry *entry)
{
	struct revnat_entry copy = *entry;
	struct connected_socket found;

	/* The copy is proven, not the entry that a second read would give. */
	barrier();
	if (!is_entry_of(&copy, cookie_of(socket)) ||
	    BPF_CORE_READ(socket, sk_protocol) != IPPROTO_UDP)
		return;
	found = describe(socket, &copy);
	/* A closed socket is there until its memory may be freed, but has no port any more. */
	if (!found.source_port)
		return;
	/* An unconnected socket has port 0 at the other end; one that connected without us has another backend. */
	if (found.backend_port == copy.backend_port && same_address(&found.backend, &copy.backend))
		bpf_seq_write(list, &found, sizeof(found));
}

#endif
