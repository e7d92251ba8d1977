/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Seats: where sockets keep their peer, as long as they are open. Making socket storage costs more than all else that
 * a connect() does; taking a seat costs one cache line. Cookies are handed out one after the other, so sockets meet on a
 * seat only when one outlives thousands that came after it.
 *
 * Who sits where is kept apart and close together: sockets without a seat ask only that.
 */
#ifndef BALANCING_SEATS_H
#define BALANCING_SEATS_H

#include <stdbool.h>
#include "state_maps.h"

static __always_inline __u32 seat_number(__u64 cookie)
{
	return cookie & (SEATS - 1);
}

static __always_inline __u32 seat_turn(__u64 cookie)
{
	return cookie / SEATS + 1;
}

/* Who has the seat of a socket. NULL never happens, but the verifier does not know. */
static __always_inline struct seat_owner *seat_owner(__u64 cookie)
{
	__u32 number = seat_number(cookie);

	return bpf_map_lookup_elem(&seat_owners, &number);
}

static __always_inline bool has_seat(const struct seat_owner *owner, __u64 cookie)
{
	return owner->turn == seat_turn(cookie);
}

/* Likewise. */
static __always_inline struct seat *seat_of(__u64 cookie)
{
	__u32 number = seat_number(cookie);

	return bpf_map_lookup_elem(&seats, &number);
}

/*
 * Replaces a record. The kernel holds the socket's lock while it asks our programs, but for egress: that one reads the
 * version first, and what it finds out is of that version alone.
 */
static __always_inline void write_peer(struct peer *record, const struct peer *peer)
{
	__u16 version = record->version + 1;

	record->dialled = peer->dialled;
	record->backend = peer->backend;
	record->dialled_port = peer->dialled_port;
	record->backend_port = peer->backend_port;
	record->source_ranges = peer->source_ranges;
	record->generation = peer->generation;
	record->admitted = record->version;
	barrier();
	record->version = version;
}

/*
 * Makes a seat the socket's. False: somebody else has it, and from now on `peers` must be asked. Of two that add at the same
 * time one at most finds its own turn, and their sum is nobody's. (The kernel's lock would cost as much as a lookup, and
 * atomic operations that return something need Linux 5.12.)
 */
static __always_inline bool claim_seat(struct seat_owner *owner, __u64 cookie)
{
	__u32 turn = seat_turn(cookie);

	if (has_seat(owner, cookie))
		return true;
	if (!owner->turn) {
		__sync_fetch_and_add(&owner->turn, turn);
		if (*(volatile __u32 *)&owner->turn == turn)
			return true;
		__sync_fetch_and_add(&owner->turn, -turn);
	}
	owner->shared = 1;
	return false;
}

/* Sits a socket down, or tells one that sits there what has changed. False: somebody else has the seat. */
static __always_inline bool take_seat(struct bpf_sock_addr *ctx, __u64 cookie,
				      const struct peer *peer)
{
	struct seat_owner *owner = seat_owner(cookie);
	struct seat *seat = seat_of(cookie);

	if (!owner || !seat || !claim_seat(owner, cookie))
		return false;
	seat->socket = (__u64)ctx->sk;
	seat->peer.turn = seat_turn(cookie);
	write_peer(&seat->peer, peer);
	return true;
}

/* Takes none, and says that `peers` must be asked. */
static __always_inline void share_seat(__u64 cookie)
{
	struct seat_owner *owner = seat_owner(cookie);

	if (owner)
		owner->shared = 1;
}

static __always_inline void leave_seat(__u64 cookie)
{
	struct seat_owner *owner = seat_owner(cookie);

	if (owner && has_seat(owner, cookie))
		owner->turn = 0;
}

#endif
