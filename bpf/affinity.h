/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Session affinity: which backend a client had, and whether it still counts.
 */
#ifndef BALANCING_AFFINITY_H
#define BALANCING_AFFINITY_H

#include <stdbool.h>
#include "config_maps.h"
#include "state_maps.h"

#define NS_PER_SECOND 1000000000ull

/* Who asks. */
struct client {
	struct bpf_sock_addr *ctx;
	__u64 socket; /* its cookie, for a choice that needs no memory; 0: a new connection, any backend */
	bool names_source; /* this datagram says from which address it goes */
};

/* A question to the affinity of one client, and what was found. */
struct session {
	struct affinity_key key;
	struct affinity *record; /* NULL when there is none */
	__u64 now;
	bool holds; /* the record's backend counts */
};

/* Has the record's time passed? Signed: another processor may have used it after we took the time. */
static __always_inline bool has_expired(const struct affinity *record, __u64 now, __u32 seconds)
{
	return (__s64)(now - record->last_used) > (__s64)(seconds * NS_PER_SECOND);
}

/*
 * Copies the remembered backend when it is in the list that applies now. The block is read last: memory that
 * meanwhile holds another record then names another block, and `members` is asked.
 */
static __always_inline bool recall(const struct affinity *record, __u64 block, struct backend6 *to)
{
	struct member member = {
		.block = block,
		.address = record->address,
		.port = record->port,
	};

	barrier();
	if (record->block != block && !bpf_map_lookup_elem(&members, &member))
		return false;
	to->address = member.address;
	to->port = member.port;
	return true;
}

/* Looks for the session of a client with a service port; `to` is its backend when it holds. */
static __always_inline void find_session(const struct client *client, struct session *session,
					 __u64 service, bool v4, __u64 block, __u32 seconds,
					 struct backend6 *to)
{
	__u64 cookie = bpf_get_netns_cookie(client->ctx);

	session->key = (struct affinity_key){
		.service = service,
		.client.word = { cookie, cookie >> 32 },
		.kind = CLIENT_NETNS,
		.family = v4 ? 4 : 6,
	};
	session->now = bpf_ktime_get_ns();
	session->record = bpf_map_lookup_elem(&affinity, &session->key);
	session->holds = session->record && !has_expired(session->record, session->now, seconds) &&
			 recall(session->record, block, to);
}

/* A connection is new and counts; datagrams of one socket do so once a second. */
static __always_inline void keep_session(const struct client *client, struct session *session,
					 __u64 block, const struct backend6 *chosen)
{
	struct affinity *record = session->record;
	struct affinity value = {
		.block = block,
		.last_used = session->now,
		.address = chosen->address,
		.port = chosen->port,
	};

	if (!record || !session->holds || record->block != block)
		bpf_map_update_elem(&affinity, &session->key, &value, BPF_ANY);
	else if (!client->socket || session->now - record->last_used > NS_PER_SECOND)
		record->last_used = session->now;
}

#endif
