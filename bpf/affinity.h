/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Session affinity: which backend a client had, and whether it still counts.
 */
#ifndef BALANCING_AFFINITY_H
#define BALANCING_AFFINITY_H

#include <stdbool.h>
#include "client.h"
#include "config_maps.h"
#include "hash.h"
#include "list.h"
#include "state_maps.h"

#define NS_PER_SECOND 1000000000ull

/* What `affinity` holds for one client and one service port. */
struct session {
	struct affinity_key key;
	struct affinity *record; /* NULL: none */
	__u64 now;		 /* ns of the monotonic clock */
	enum listing listing;	 /* LISTED: the record's backend counts */
	bool is_current;	 /* it was chosen from the list that applies now */
};

static __always_inline struct affinity_key affinity_key(const struct client *client, __u64 service,
							bool v4)
{
	__u64 netns = netns_of(client);
	struct affinity_key key = {
		.service = service,
		.client.word = { netns, netns >> 32 },
		.kind = client->kind,
		.family = v4 ? 4 : 6,
	};

	if (client->kind == CLIENT_ADDRESS)
		key.client = client->source;
	return key;
}

/* The check value of a record. */
static __always_inline __u32 affinity_check(const struct affinity_key *key, __u64 block,
					    const struct ip *address, __be16 port)
{
	__u64 sum = key->service * HASH_1 + high_word(&key->client) * HASH_2 +
		    low_word(&key->client) * HASH_3 + block * HASH_4 + high_word(address) * HASH_5 +
		    low_word(address) * HASH_6 +
		    ((__u64)(key->kind << 4 | key->family) << 32 | port) * HASH_7;

	return sum >> 32;
}

/* Has the record's time passed? Signed: another processor may have used it after we took the time. */
static __always_inline bool has_expired(const struct affinity *record, __u64 now, __u32 seconds)
{
	return (__s64)(now - record->last_used) > (__s64)(seconds * NS_PER_SECOND);
}

/*
 * Copies the remembered backend when it is in the list that applies now. The LRU may hand the record to another client
 * while we copy: then its check value fails, and the list says whether the backend we copied is in it.
 */
static __always_inline void recall(struct session *session, const struct list *list, bool v4,
				   struct backend6 *to)
{
	const struct affinity *record = session->record;
	const struct ip address = record->address;
	__be16 port = record->port;

	/* What is proved below is the copy, not a second reading. */
	barrier();
	session->is_current =
		record->block == list->block &&
		record->check == affinity_check(&session->key, list->block, &address, port);
	session->listing = session->is_current ? LISTED : find_in_list(list, v4, &address, port);
	if (session->listing != LISTED)
		return;
	to->address = address;
	to->port = port;
}

/* Looks for the session of a client with a service port; `to` is its backend when that is listed. */
static __always_inline void find_session(const struct client *client, struct session *session,
					 const struct policy *policy, const struct list *list,
					 bool v4, struct backend6 *to)
{
	session->key = affinity_key(client, policy->service, v4);
	session->now = bpf_ktime_get_ns();
	session->record = bpf_map_lookup_elem(&affinity, &session->key);
	if (session->record &&
	    !has_expired(session->record, session->now, policy->affinity_seconds))
		recall(session, list, v4, to);
}

/* Each new connection renews a session; the datagrams of one socket do so once a second. */
static __always_inline void keep_session(const struct client *client, struct session *session,
					 __u64 block, const struct backend6 *chosen)
{
	struct affinity *record = session->record;
	struct affinity value = {
		.block = block,
		.last_used = session->now,
		.address = chosen->address,
		.port = chosen->port,
		.check = affinity_check(&session->key, block, &chosen->address, chosen->port),
	};

	if (!record || !session->is_current)
		bpf_map_update_elem(&affinity, &session->key, &value, BPF_ANY);
	else if (!client->seed || session->now - record->last_used > NS_PER_SECOND)
		record->last_used = session->now;
}

#endif
