/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Socket reverse-NAT: the original destination of a socket, so that it never shows its backend.
 *
 * The kernel holds the socket's lock while it calls our hooks, so an entry has one writer, and readers at those hooks see
 * it whole. Egress and the lists read without that lock; what they rely on is proven by check values.
 */
#ifndef BALANCING_SOCKET_REVNAT_H
#define BALANCING_SOCKET_REVNAT_H

#include <stdbool.h>
#include <linux/in.h>
#include "address.h"
#include "generation_info.h"
#include "lookup.h"
#include "loopback.h"
#include "multipath.h"
#include "socket_maps.h"
#include "socket_slots.h"

static __always_inline __u32 own_generation(void)
{
	const struct generation_info *own = own_generation_info();

	return own ? own->generation : 0;
}

static __always_inline struct revnat_entry
new_entry(__u64 cookie, const struct frontend_key *original, const struct choice *got)
{
	return (struct revnat_entry){
		.original = original->address,
		.original_port = original->port,
		.backend = got->backend.address,
		.backend_port = got->backend.port,
		.source_ranges = got->source_ranges,
		.generation = own_generation(),
		.check = entry_check(cookie, &original->address, original->port),
	};
}

/* Writes the entry into the slot that is the socket's. */
static __always_inline bool write_to_slot(struct bpf_sock_addr *ctx, __u64 cookie,
					  const struct revnat_entry *entry)
{
	struct slot_owner *owner = slot_owner_of(cookie);
	struct socket_slot *slot = slot_of(cookie);

	if (!owner || !slot)
		return false;
	if (!claim_slot(owner, cookie)) {
		note_stored(owner, cookie);
		return false;
	}
	slot->socket = (__u64)ctx->sk;
	slot->entry = *entry;
	return true;
}

static __always_inline void write_stored(struct revnat_entry *stored,
					 const struct revnat_entry *entry)
{
	if (stored)
		*stored = *entry;
}

/* Writes the entry of a Multipath TCP connection to both its sockets. A subflow is closed unseen, so it gets no slot. */
static __always_inline void write_multipath(struct bpf_sock_addr *ctx, __u64 cookie,
					    struct mptcp_sock *application,
					    const struct revnat_entry *entry)
{
	struct slot_owner *owner = slot_owner_of(cookie);
	__u64 create = BPF_SK_STORAGE_GET_F_CREATE;

	if (owner)
		note_stored(owner, cookie);
	write_stored(bpf_sk_storage_get(&socket_revnat, application, NULL, create), entry);
	write_stored(bpf_sk_storage_get(&socket_revnat, ctx->sk, NULL, create), entry);
}

/* Keeps the entry of a socket. Without memory for it the socket works all the same, and shows its backend. */
static __always_inline void write_entry(struct bpf_sock_addr *ctx, __u64 cookie,
					const struct revnat_entry *entry)
{
	struct mptcp_sock *application = application_socket(ctx);
	__u64 create = BPF_SK_STORAGE_GET_F_CREATE;

	if (application)
		write_multipath(ctx, cookie, application, entry);
	else if (!write_to_slot(ctx, cookie, entry))
		write_stored(bpf_sk_storage_get(&socket_revnat, ctx->sk, NULL, create), entry);
}

static __always_inline bool has_backend(const struct revnat_entry *entry, const struct ip *address,
					__be16 port)
{
	return entry->backend_port == port && same_address(&entry->backend, address);
}

/*
 * In a handover from one generation to another both are attached, and every call runs both programs. The first
 * translates; the second sees the backend as destination, which is none of ours, and must leave the entry alone. Did the
 * other generation choose `destination` in this very call?
 */
static __always_inline bool is_from_other_generation(const struct revnat_entry *entry,
						     const struct frontend_key *destination)
{
	const struct generation_info *own = own_generation_info();

	return own && own->in_handover && entry->generation != own->generation &&
	       has_backend(entry, &destination->address, destination->port);
}

/* Is the entry void, because the socket itself connects to the backend? */
static __always_inline bool is_outdated(const struct revnat_entry *entry,
					const struct frontend_key *destination)
{
	return has_backend(entry, &destination->address, destination->port) &&
	       !is_from_other_generation(entry, destination);
}

static __always_inline void forget_stored(struct bpf_sock_addr *ctx,
					  const struct frontend_key *destination)
{
	struct mptcp_sock *application = application_socket(ctx);
	struct revnat_entry *entry = bpf_sk_storage_get(&socket_revnat, ctx->sk, NULL, 0);

	if (entry && is_outdated(entry, destination))
		bpf_sk_storage_delete(&socket_revnat, ctx->sk);
	if (!application)
		return;
	entry = bpf_sk_storage_get(&socket_revnat, application, NULL, 0);
	if (entry && is_outdated(entry, destination))
		bpf_sk_storage_delete(&socket_revnat, application);
}

/*
 * Voids the entry of a socket that connects to its backend without us: then it shows that. An entry of another backend
 * says nothing once the socket is connected elsewhere, and still counts when this connect() fails.
 */
static __always_inline void forget_entry(struct bpf_sock_addr *ctx,
					 const struct frontend_key *destination, bool v4)
{
	struct slot_owner *owner;
	struct socket_slot *slot;
	__u64 cookie;

	/* Never a backend. */
	if (is_loopback(&destination->address, v4))
		return;
	cookie = bpf_get_socket_cookie(ctx);
	owner = slot_owner_of(cookie);
	if (!owner)
		return;
	if (has_slot(owner, cookie)) {
		slot = slot_of(cookie);
		if (slot && is_outdated(&slot->entry, destination))
			slot->entry.backend_port = 0;
	}
	if (may_be_stored(owner, cookie))
		forget_stored(ctx, destination);
}

/*
 * The entry of a socket, whether it applies or not; NULL: none. Of Multipath TCP only the cookie of the subflow is noted
 * as stored, so the application's socket is always looked up.
 */
static __always_inline struct revnat_entry *find_entry(struct bpf_sock *sk, __u64 cookie)
{
	const struct slot_owner *owner = slot_owner_of(cookie);
	struct socket_slot *slot;

	if (!owner)
		return NULL;
	if (has_slot(owner, cookie)) {
		slot = slot_of(cookie);
		if (!slot)
			return NULL;
		/* Keeps the compiler from adding before it compares. */
		barrier_var(slot);
		return &slot->entry;
	}
	if (!may_be_stored(owner, cookie) && sk->protocol != IPPROTO_MPTCP)
		return NULL;
	return bpf_sk_storage_get(&socket_revnat, sk, NULL, 0);
}

/* The entry that applies to a socket whose other end is `peer`. NULL: `peer` is its original destination. */
static __always_inline const struct revnat_entry *
find_applying_entry(struct bpf_sock_addr *ctx, const struct frontend_key *peer)
{
	const struct revnat_entry *found = find_entry(ctx->sk, bpf_get_socket_cookie(ctx));

	return found && has_backend(found, &peer->address, peer->port) ? found : NULL;
}

#endif
