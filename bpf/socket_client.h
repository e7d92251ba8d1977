/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Sockets as clients: what a socket call says about who asks for a backend.
 */
#ifndef BALANCING_SOCKET_CLIENT_H
#define BALANCING_SOCKET_CLIENT_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "client.h"

/* The client of a connect(): a new connection. */
static __always_inline struct client connecting_client(struct bpf_sock_addr *ctx)
{
	return (struct client){ .kind = CLIENT_NETNS, .ctx = ctx };
}

/* The client of a sendmsg() on the socket with this cookie: it keeps its backend while the block is the same. */
static __always_inline struct client sending_client(struct bpf_sock_addr *ctx, __u64 cookie)
{
	return (struct client){ .kind = CLIENT_NETNS, .ctx = ctx, .seed = cookie };
}

#endif
