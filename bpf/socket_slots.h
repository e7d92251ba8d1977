/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Socket slots: where sockets keep their reverse-NAT entry while they are open. Creating socket storage costs more than all
 * else that a connect() does; claiming a slot costs one cache line. Cookies are handed out one after the other, so two
 * sockets meet at a slot only when one outlives thousands that came after it.
 *
 * A socket claims the slot that its cookie names, when it first needs one, and keeps it until it is closed. Claims stand
 * apart from the entries and close together: sockets without a slot read only those. test/model tries every interleaving.
 */
#ifndef BALANCING_SOCKET_SLOTS_H
#define BALANCING_SOCKET_SLOTS_H

#include <stdbool.h>
#include "revnat_entry.h"
#include "socket_maps.h"

static __always_inline __u32 slot_number(__u64 cookie)
{
	return cookie & (SOCKET_SLOTS - 1);
}

/* Never 0 for a socket, so that a map of zeroes has no entries. */
static __always_inline __u32 socket_epoch(__u64 cookie)
{
	return cookie / SOCKET_SLOTS + 1;
}

enum claim_bits {
	CLAIM_COUNT_BITS = 4,
	CLAIM_COUNT_MASK = 15,
};

/* What a socket adds to `claim`: its epoch, and one claimant. So no sum of several claims is the claim of one socket. */
static __always_inline __u32 claim_of(__u64 cookie)
{
	return socket_epoch(cookie) << CLAIM_COUNT_BITS | 1;
}

/* NULL never happens, but the verifier does not know. */
static __always_inline struct slot_owner *slot_owner_of(__u64 cookie)
{
	__u32 number = slot_number(cookie);

	return bpf_map_lookup_elem(&slot_owners, &number);
}

/* Likewise. */
static __always_inline struct socket_slot *slot_of(__u64 cookie)
{
	__u32 number = slot_number(cookie);

	return bpf_map_lookup_elem(&socket_slots, &number);
}

/* Did the socket with this cookie write the entry of its slot? Global, so that the verifier looks at it once. */
__noinline int wrote_slot(__u64 cookie)
{
	const struct socket_slot *slot = slot_of(cookie);

	return slot && is_entry_of(&slot->entry, cookie);
}

/*
 * Has the socket its slot? While other sockets add and take back their claims, the sum says nothing, and the entry says who
 * wrote it.
 */
static __always_inline bool has_slot(const struct slot_owner *owner, __u64 cookie)
{
	__u32 claim = *(const volatile __u32 *)&owner->claim;

	return claim == claim_of(cookie) || ((claim & CLAIM_COUNT_MASK) > 1 && wrote_slot(cookie));
}

/*
 * Claims the slot for a socket. False: another socket has it. Of several that add their claims at the same time, at most
 * one reads its own claim alone: all accesses are to one word, so every processor sees them in one order. (The kernel's
 * lock would cost as much as a lookup, and a compare-and-exchange needs Linux 5.12.)
 */
static __always_inline bool claim_slot(struct slot_owner *owner, __u64 cookie)
{
	__u32 claim = claim_of(cookie);

	if (has_slot(owner, cookie))
		return true;
	if (*(volatile __u32 *)&owner->claim)
		return false;
	__sync_fetch_and_add(&owner->claim, claim);
	if (*(volatile __u32 *)&owner->claim == claim)
		return true;
	__sync_fetch_and_add(&owner->claim, -claim);
	return false;
}

/* Frees the slot of a socket that is being closed. */
static __always_inline void release_slot(__u64 cookie)
{
	struct slot_owner *owner = slot_owner_of(cookie);

	if (owner && has_slot(owner, cookie))
		__sync_fetch_and_add(&owner->claim, -claim_of(cookie));
}

/* May the socket have an entry in `socket_revnat`? */
static __always_inline bool may_be_stored(const struct slot_owner *owner, __u64 cookie)
{
	return (__s32)(socket_epoch(cookie) - owner->stored_epoch) <= 0;
}

/*
 * Notes that the socket gets an entry in `socket_revnat`. Sockets that add at the same time leave a later epoch than
 * necessary, never an earlier one; it costs sockets until that epoch a lookup.
 */
static __always_inline void note_stored(struct slot_owner *owner, __u64 cookie)
{
	__s32 behind = socket_epoch(cookie) - *(volatile __u32 *)&owner->stored_epoch;

	if (behind > 0)
		__sync_fetch_and_add(&owner->stored_epoch, behind);
}

#endif
