/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a connected socket dialled, so that it never shows its backend.
 */
#ifndef BALANCING_PEERS_H
#define BALANCING_PEERS_H

#include <stdbool.h>
#include "lookup.h"
#include "state_maps.h"

static __always_inline bool same_address(const struct ip *a, const struct ip *b)
{
	return a->word[3] == b->word[3] && a->word[2] == b->word[2] && a->word[1] == b->word[1] &&
	       a->word[0] == b->word[0];
}

/*
 * A number that only the programs of this generation have: where their `revision` lies.
 *
 * While one generation takes over from another both are attached, and every call meets both. The first one
 * translates; the second sees a backend dialled, which is none of ours, and must leave the record alone.
 */
static __always_inline __u64 own_generation(void)
{
	__u32 zero = 0;

	return (__u64)bpf_map_lookup_elem(&revision, &zero);
}

static __always_inline void write_peer(struct peer *peer, const struct frontend_key *dialled,
				       const struct choice *got)
{
	peer->dialled = dialled->address;
	peer->dialled_port = dialled->port;
	peer->backend = got->backend.address;
	peer->backend_port = got->backend.port;
	peer->block = got->block;
	peer->service = got->service;
	peer->generation = own_generation();
}

/* Without memory for it the socket works all the same, and shows its backend. */
static __always_inline void remember_peer(struct bpf_sock_addr *ctx,
					  const struct frontend_key *dialled,
					  const struct choice *got)
{
	struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (peer)
		write_peer(peer, dialled, got);
}

static __always_inline bool has_backend(const struct peer *peer, const struct ip *address,
					__be16 port)
{
	return peer->backend_port == port && same_address(&peer->backend, address);
}

/* Has another generation just chosen `dialled`, in this very call? */
static __always_inline bool is_handed_over(const struct peer *peer,
					   const struct frontend_key *dialled)
{
	return has_backend(peer, &dialled->address, dialled->port) &&
	       peer->generation != own_generation();
}

/* A socket may connect again, past us: then it shows what it has. */
static __always_inline void forget_peer(struct bpf_sock_addr *ctx,
					const struct frontend_key *dialled)
{
	const struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, NULL, 0);

	if (peer && !is_handed_over(peer, dialled))
		bpf_sk_storage_delete(&peers, ctx->sk);
}

/* What the socket dialled to have `peer` at its other end. NULL: that is what it dialled. */
static __always_inline const struct peer *find_peer(struct bpf_sock_addr *ctx,
						    const struct frontend_key *peer)
{
	const struct peer *found = bpf_sk_storage_get(&peers, ctx->sk, NULL, 0);

	return found && has_backend(found, &peer->address, peer->port) ? found : NULL;
}

#endif
