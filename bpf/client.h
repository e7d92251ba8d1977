/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Who asks for a backend. lookup() knows no more about it: socket hooks fill a client from a socket
 * (socket_client.h), programs that see packets fill one from a packet.
 */
#ifndef BALANCING_CLIENT_H
#define BALANCING_CLIENT_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "generation_info.h"

struct client {
	enum client_kind
		kind; /* what session affinity knows the client by: its network namespace or `source` */
	void *ctx; /* CLIENT_NETNS: the program's context, which the kernel knows the namespace of */
	struct ip source; /* CLIENT_ADDRESS: its address */
	__u64 seed; /* equal seeds choose equally from one block; 0: a new connection, chosen by chance */
	bool uses_external; /* the external list applies, not the internal one */
};

/* The cookie of the client's network namespace; 0 of a packet. Not kept in the client: most lookups do without it. */
static __always_inline __u64 netns_of(const struct client *client)
{
	return client->kind == CLIENT_NETNS ? bpf_get_netns_cookie(client->ctx) : 0;
}

/* Is the client a process of the node itself? */
static __always_inline bool is_in_host_netns(const struct client *client)
{
	return client->kind == CLIENT_NETNS && is_host_netns(netns_of(client));
}

#endif
