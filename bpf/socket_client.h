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

/* Has the socket a source address of its own? */
static __always_inline bool has_source(const struct bpf_sock_addr *ctx)
{
	const struct bpf_sock *sk = ctx->sk;

	return sk->src_ip4 || sk->src_ip6[3];
}

/* The client of a connect(): a new connection. */
static __always_inline struct client connecting_client(struct bpf_sock_addr *ctx)
{
	return (struct client){
		.kind = CLIENT_NETNS,
		.netns = bpf_get_netns_cookie(ctx),
		.is_bound = has_source(ctx),
	};
}

/*
 * The client of a sendmsg() on the socket with this cookie, so that it keeps its backend while the block is the same.
 * `names_source`: the call says from which address to send.
 */
static __always_inline struct client sending_client(struct bpf_sock_addr *ctx, __u64 cookie,
						    bool names_source)
{
	struct client client = connecting_client(ctx);

	client.seed = cookie;
	client.is_bound = client.is_bound || names_source;
	return client;
}

#endif
