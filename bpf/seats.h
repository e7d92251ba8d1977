/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Seats: where connected sockets keep their peer, as long as they are open. Making socket storage costs more than
 * all else that a connect() does; taking a seat costs one cache line. Cookies are handed out one after the other, so
 * sockets meet on a seat only when one outlives thousands that came after it.
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

/* Sits a socket down, or tells one that sits there what has changed. False: somebody else has the seat. */
static __always_inline bool take_seat(struct bpf_sock_addr *ctx, const struct peer *peer)
{
	__u64 cookie = bpf_get_socket_cookie(ctx), socket = (__u64)ctx->sk;
	__u32 number = seat_number(cookie);
	__u64 *owner = bpf_map_lookup_elem(&seat_owners, &number);
	struct seat *seat = bpf_map_lookup_elem(&seats, &number);
	bool taken = false;

	if (!owner || !seat)
		return false;
	bpf_spin_lock(&seat->lock);
	if (!*owner || *owner == cookie) {
		*owner = cookie;
		seat->turn = cookie / SEATS;
		seat->peer = *peer;
		seat->socket = socket;
		taken = true;
	}
	bpf_spin_unlock(&seat->lock);
	return taken;
}

/* The peer of a socket that has a seat, else NULL. Only the socket's own calls change it, and they hold its lock. */
static __always_inline struct peer *seated_peer(__u64 cookie)
{
	__u32 number = seat_number(cookie);
	const __u64 *owner = bpf_map_lookup_elem(&seat_owners, &number);
	struct seat *seat;

	if (!owner || *owner != cookie)
		return NULL;
	seat = bpf_map_lookup_elem(&seats, &number);
	return seat ? &seat->peer : NULL;
}

static __always_inline void leave_seat(__u64 cookie)
{
	__u32 number = seat_number(cookie);
	__u64 *owner = bpf_map_lookup_elem(&seat_owners, &number);

	if (owner && *owner == cookie)
		*owner = 0;
}

#endif
