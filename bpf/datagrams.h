/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What an unconnected UDP socket dialled, so that answers come from there.
 *
 * The latest is kept with the socket: most sockets talk to one Service, and neither size nor eviction concerns them.
 * When the next datagram goes to another backend, the one before moves to an LRU.
 */
#ifndef BALANCING_DATAGRAMS_H
#define BALANCING_DATAGRAMS_H

#include "peers.h"

static __always_inline struct datagram_key datagram_key(struct bpf_sock_addr *ctx,
							const struct ip *backend, __be16 port)
{
	return (struct datagram_key){
		.socket = bpf_get_socket_cookie(ctx),
		.backend = *backend,
		.backend_port = port,
	};
}

/* A socket that goes back and forth between backends finds all of them there already. */
static __always_inline void set_aside(struct bpf_sock_addr *ctx, const struct peer *peer)
{
	struct datagram_key key = datagram_key(ctx, &peer->backend, peer->backend_port);
	const struct datagram_peer *found = bpf_map_lookup_elem(&datagram_peers, &key);
	struct datagram_peer value = {
		.guard_socket = key.socket,
		.source_ranges = peer->source_ranges,
		.dialled = peer->dialled,
		.dialled_port = peer->dialled_port,
	};

	if (!found || found->dialled_port != value.dialled_port ||
	    found->source_ranges != value.source_ranges ||
	    !same_address(&found->dialled, &value.dialled))
		bpf_map_update_elem(&datagram_peers, &key, &value, BPF_ANY);
}

static __always_inline void remember_datagram(struct bpf_sock_addr *ctx,
					      const struct frontend_key *dialled,
					      const struct choice *got)
{
	struct peer *latest =
		bpf_sk_storage_get(&datagram_latest, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!latest)
		return;
	if (latest->backend_port && !has_backend(latest, &got->backend.address, got->backend.port))
		set_aside(ctx, latest);
	*latest = new_peer(dialled, got);
}

/* The socket talks to `dialled` itself, be it the backend of a Service that it dialled before. */
static __always_inline void forget_datagram(struct bpf_sock_addr *ctx,
					    const struct frontend_key *dialled)
{
	struct peer *latest = bpf_sk_storage_get(&datagram_latest, ctx->sk, NULL, 0);
	struct datagram_key key;

	if (!latest || is_handed_over(latest, dialled))
		return;
	if (has_backend(latest, &dialled->address, dialled->port))
		latest->backend_port = 0;
	key = datagram_key(ctx, &dialled->address, dialled->port);
	if (bpf_map_lookup_elem(&datagram_peers, &key))
		bpf_map_delete_elem(&datagram_peers, &key);
}

/* Is the backend of `peer` at the other end of a connected socket? */
static __always_inline bool is_other_end(const struct bpf_sock *sk, bool v4,
					 const struct peer *peer)
{
	struct ip address = { .word = { 0, 0, MAPPED_PREFIX, sk->dst_ip4 } };

	if (!v4)
		address = (struct ip){
			.word = { sk->dst_ip6[0], sk->dst_ip6[1], sk->dst_ip6[2], sk->dst_ip6[3] },
		};
	return has_backend(peer, &address, sk->dst_port);
}

/*
 * A connected socket hears from its peer alone, so a datagram to what it is connected to, by that name, goes to the
 * backend that it has. False: it is not connected, or `dialled` is somebody else.
 */
static __always_inline bool find_connected(struct bpf_sock_addr *ctx,
					   const struct frontend_key *dialled, bool v4,
					   struct choice *got)
{
	const struct peer *peer;

	if (!ctx->sk->dst_port)
		return false;
	peer = recorded_peer(ctx);
	if (!peer || peer->dialled_port != dialled->port ||
	    !same_address(&peer->dialled, &dialled->address) || !is_other_end(ctx->sk, v4, peer))
		return false;
	got->backend.address = peer->backend;
	got->backend.port = peer->backend_port;
	got->source_ranges = peer->source_ranges;
	return true;
}

/* The verdict on a datagram, as lookup() says it of a new connection. */
static __always_inline int lookup_datagram(const struct client *client,
					   const struct frontend_key *dialled, bool v4,
					   struct choice *got)
{
	if (find_connected(client->ctx, dialled, v4, got))
		return VERDICT_TRANSLATE;
	return lookup(client, dialled, v4, got);
}

/* Replaces an unconnected socket's `source` by what it dialled to hear from there. False: that is what it dialled. */
static __always_inline bool find_datagram(struct bpf_sock_addr *ctx, struct frontend_key *source)
{
	const struct peer *latest = bpf_sk_storage_get(&datagram_latest, ctx->sk, NULL, 0);
	const struct datagram_peer *found;
	struct datagram_key key;

	if (!latest)
		return false;
	if (has_backend(latest, &source->address, source->port)) {
		source->address = latest->dialled;
		source->port = latest->dialled_port;
		return true;
	}
	key = datagram_key(ctx, &source->address, source->port);
	found = bpf_map_lookup_elem(&datagram_peers, &key);
	if (!found)
		return false;
	source->address = found->dialled;
	source->port = found->dialled_port;
	barrier();
	return found->guard_socket == key.socket;
}

/* The same for any UDP socket. A connected one hears from its peer alone. */
static __always_inline bool find_source(struct bpf_sock_addr *ctx, struct frontend_key *source)
{
	const struct peer *peer;

	if (!ctx->sk->dst_port)
		return find_datagram(ctx, source);
	peer = find_peer(ctx, source);
	if (!peer)
		return false;
	source->address = peer->dialled;
	source->port = peer->dialled_port;
	return true;
}

#endif
