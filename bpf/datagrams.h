/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What an unconnected UDP socket dialled, so that answers come from there.
 *
 * The latest is the socket's record: most sockets talk to one Service, and eviction does not concern them. When the next
 * datagram goes to another backend, the one before moves to an LRU.
 */
#ifndef BALANCING_DATAGRAMS_H
#define BALANCING_DATAGRAMS_H

#include "peers.h"

static __always_inline struct datagram_key datagram_key(__u64 cookie, const struct ip *backend,
							__be16 port)
{
	return (struct datagram_key){
		.socket = cookie,
		.backend = *backend,
		.backend_port = port,
	};
}

/* A socket that goes back and forth between backends finds all of them there already. */
static __always_inline void set_aside(__u64 cookie, const struct peer *peer)
{
	struct datagram_key key = datagram_key(cookie, &peer->backend, peer->backend_port);
	const struct datagram_peer *found = bpf_map_lookup_elem(&datagram_peers, &key);
	struct datagram_peer value = {
		.guard_socket = cookie,
		.source_ranges = peer->source_ranges,
		.dialled = peer->dialled,
		.dialled_port = peer->dialled_port,
	};

	if (!found || found->dialled_port != value.dialled_port ||
	    found->source_ranges != value.source_ranges ||
	    !same_address(&found->dialled, &value.dialled))
		bpf_map_update_elem(&datagram_peers, &key, &value, BPF_ANY);
}

/* Sets aside what an unconnected socket has on record, when `peer` is to replace it. */
static __always_inline void make_way(__u64 cookie, const struct peer *record,
				     const struct peer *peer)
{
	if (record && record->backend_port &&
	    !has_backend(record, &peer->backend, peer->backend_port))
		set_aside(cookie, record);
}

/* A connected socket is done with its record, but for the moment in which connect() may fail. */
static __always_inline void remember_connection(struct bpf_sock_addr *ctx,
						const struct frontend_key *dialled,
						const struct choice *got)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct peer peer = new_peer(dialled, got);

	if (dialled->protocol == IPPROTO_UDP && !ctx->sk->dst_port)
		make_way(cookie, recorded_peer(ctx->sk, cookie), &peer);
	remember_peer(ctx, cookie, &peer);
}

/* Does a record say what `peer` says? */
static __always_inline bool is_recorded(const struct peer *record, const struct peer *peer)
{
	return has_backend(record, &peer->backend, peer->backend_port) &&
	       record->dialled_port == peer->dialled_port &&
	       same_address(&record->dialled, &peer->dialled) &&
	       record->source_ranges == peer->source_ranges &&
	       record->generation == peer->generation;
}

/* What a connected socket is connected to stays its record, wherever else it sends. */
static __always_inline void remember_datagram(const struct client *client,
					      const struct frontend_key *dialled,
					      const struct choice *got)
{
	struct bpf_sock_addr *ctx = client->ctx;
	const struct peer *record = recorded_peer(ctx->sk, client->socket);
	struct peer peer = new_peer(dialled, got);

	if (record && is_recorded(record, &peer))
		return;
	if (ctx->sk->dst_port) {
		set_aside(client->socket, &peer);
		return;
	}
	make_way(client->socket, record, &peer);
	remember_peer(ctx, client->socket, &peer);
}

/* The socket talks to `dialled` itself, be it the backend of a Service that it dialled before. */
static __always_inline void forget_datagram(const struct client *client,
					    const struct frontend_key *dialled)
{
	struct bpf_sock_addr *ctx = client->ctx;
	struct peer *record = recorded_peer(ctx->sk, client->socket);
	struct datagram_key key;

	if (!record || is_handed_over(record, dialled))
		return;
	if (!ctx->sk->dst_port && has_backend(record, &dialled->address, dialled->port))
		record->backend_port = 0;
	key = datagram_key(client->socket, &dialled->address, dialled->port);
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
static __always_inline bool find_connected(const struct client *client,
					   const struct frontend_key *dialled, bool v4,
					   struct choice *got)
{
	struct bpf_sock_addr *ctx = client->ctx;
	const struct peer *peer;

	if (!ctx->sk->dst_port)
		return false;
	peer = recorded_peer(ctx->sk, client->socket);
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
	if (find_connected(client, dialled, v4, got))
		return VERDICT_TRANSLATE;
	return lookup(client, dialled, v4, got);
}

/* Replaces `source` by what was dialled before the latest to hear from there. False: that is what was dialled. */
static __always_inline bool find_aside(__u64 cookie, struct frontend_key *source)
{
	struct datagram_key key = datagram_key(cookie, &source->address, source->port);
	const struct datagram_peer *found = bpf_map_lookup_elem(&datagram_peers, &key);

	if (!found)
		return false;
	source->address = found->dialled;
	source->port = found->dialled_port;
	barrier();
	return found->guard_socket == cookie;
}

/* Replaces the `source` of a datagram by what the socket dialled to hear from there. False: that is what it dialled. */
static __always_inline bool find_source(struct bpf_sock_addr *ctx, struct frontend_key *source)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	const struct peer *record = recorded_peer(ctx->sk, cookie);

	if (!record)
		return false;
	if (has_backend(record, &source->address, source->port)) {
		source->address = record->dialled;
		source->port = record->dialled_port;
		return true;
	}
	/* A connected socket hears from its peer alone. */
	return !ctx->sk->dst_port && find_aside(cookie, source);
}

#endif
