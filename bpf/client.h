/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Who asks for a backend. lookup() knows no more about it: socket hooks fill a client from a socket
 * (socket_client.h), programs that see packets fill one from a packet.
 */
#ifndef BALANCING_CLIENT_H
#define BALANCING_CLIENT_H

#include <stdbool.h>
#include "generation_info.h"

struct client {
	enum client_kind kind; /* what session affinity knows the client by: `netns` or `source` */
	__u64 netns;	       /* cookie of its network namespace; 0: unknown, as of a packet */
	struct ip source;      /* its address; read for CLIENT_ADDRESS only */
	__u64 seed; /* equal seeds choose equally from one block; 0: a new connection, chosen by chance */
	bool is_bound;	    /* its source address is settled before the backend is known */
	bool uses_external; /* the external list applies, not the internal one */
};

/* Is the client a process of the node itself? */
static __always_inline bool is_in_host_netns(const struct client *client)
{
	return is_host_netns(client->netns);
}

#endif
