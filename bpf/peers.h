/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a socket dialled, so that it never shows its backend.
 */
#ifndef BALANCING_PEERS_H
#define BALANCING_PEERS_H

#include <stdbool.h>
#include <linux/in.h>
#include "address.h"
#include "identity.h"
#include "lookup.h"
#include "multipath.h"
#include "seats.h"
#include "state_maps.h"

static __always_inline __u32 own_generation(void)
{
	const struct identity *own = own_identity();

	return own ? own->generation : 0;
}

static __always_inline struct peer new_peer(const struct frontend_key *dialled,
					    const struct choice *got)
{
	return (struct peer){
		.dialled = dialled->address,
		.dialled_port = dialled->port,
		.backend = got->backend.address,
		.backend_port = got->backend.port,
		.source_ranges = got->source_ranges,
		.generation = own_generation(),
	};
}

static __always_inline void store_peer(struct peer *stored, const struct peer *peer)
{
	if (stored)
		write_peer(stored, peer);
}

/* Without memory for it the socket works all the same, and shows its backend. */
static __always_inline void remember_peer(struct bpf_sock_addr *ctx, __u64 cookie,
					  const struct peer *peer)
{
	struct mptcp_sock *whole = whole_socket(ctx);
	__u64 create = BPF_SK_STORAGE_GET_F_CREATE;

	if (whole) {
		share_seat(cookie);
		store_peer(bpf_sk_storage_get(&peers, whole, NULL, create), peer);
	} else if (take_seat(ctx, cookie, peer)) {
		return;
	}
	store_peer(bpf_sk_storage_get(&peers, ctx->sk, NULL, create), peer);
}

static __always_inline bool has_backend(const struct peer *peer, const struct ip *address,
					__be16 port)
{
	return peer->backend_port == port && same_address(&peer->backend, address);
}

/*
 * While one generation takes over from another both are attached, and every call meets both. The first one translates;
 * the second sees a backend dialled, which is none of ours, and must leave the record alone. Has the other one just
 * chosen `dialled`, in this very call?
 */
static __always_inline bool is_handed_over(const struct peer *peer,
					   const struct frontend_key *dialled)
{
	const struct identity *own = own_identity();

	return own && own->taking_over && peer->generation != own->generation &&
	       has_backend(peer, &dialled->address, dialled->port);
}

/* Must the record go, because the socket dials its backend itself? */
static __always_inline bool is_outdated(const struct peer *peer, const struct frontend_key *dialled)
{
	return has_backend(peer, &dialled->address, dialled->port) &&
	       !is_handed_over(peer, dialled);
}

/* What is stored with the socket, and with the application's one. */
static __always_inline void forget_stored(struct bpf_sock_addr *ctx,
					  const struct frontend_key *dialled)
{
	struct mptcp_sock *whole = whole_socket(ctx);
	struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, NULL, 0);

	if (peer && is_outdated(peer, dialled))
		bpf_sk_storage_delete(&peers, ctx->sk);
	if (!whole)
		return;
	peer = bpf_sk_storage_get(&peers, whole, NULL, 0);
	if (peer && is_outdated(peer, dialled))
		bpf_sk_storage_delete(&peers, whole);
}

/*
 * A socket may connect again, past us, to the very backend: then it shows that. A record of another backend says
 * nothing once the socket is connected elsewhere, and still counts when this connect() fails.
 */
static __always_inline void forget_peer(struct bpf_sock_addr *ctx,
					const struct frontend_key *dialled, bool v4)
{
	struct seat_owner *owner;
	struct seat *seat;
	__u64 cookie;

	/* Never a backend. */
	if (is_loopback(&dialled->address, v4))
		return;
	cookie = bpf_get_socket_cookie(ctx);
	owner = seat_owner(cookie);
	if (!owner)
		return;
	if (has_seat(owner, cookie)) {
		seat = seat_of(cookie);
		if (seat && is_outdated(&seat->peer, dialled)) {
			/* Whoever reads seats does not ask for owners. */
			seat->peer.backend_port = 0;
			owner->turn = 0;
		}
	}
	if (owner->shared)
		forget_stored(ctx, dialled);
}

/*
 * The record of a socket, believed or not; NULL when it has none. Of Multipath TCP only the subflow's cookie says that
 * there is one.
 */
static __always_inline struct peer *recorded_peer(struct bpf_sock *sk, __u64 cookie)
{
	const struct seat_owner *owner = seat_owner(cookie);
	struct seat *seat;

	if (!owner)
		return NULL;
	if (has_seat(owner, cookie)) {
		seat = seat_of(cookie);
		if (!seat)
			return NULL;
		/* Keeps the compiler from adding before it compares. */
		barrier_var(seat);
		return &seat->peer;
	}
	if (!owner->shared && sk->protocol != IPPROTO_MPTCP)
		return NULL;
	return bpf_sk_storage_get(&peers, sk, NULL, 0);
}

/* What the socket dialled to have `peer` at its other end. NULL: that is what it dialled. */
static __always_inline const struct peer *find_peer(struct bpf_sock_addr *ctx,
						    const struct frontend_key *peer)
{
	const struct peer *found = recorded_peer(ctx->sk, bpf_get_socket_cookie(ctx));

	return found && has_backend(found, &peer->address, peer->port) ? found : NULL;
}

#endif
