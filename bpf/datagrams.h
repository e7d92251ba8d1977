/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The original destinations of an unconnected UDP socket, so that answers come from there.
 *
 * The latest is the socket's entry: most sockets send to one Service, and eviction does not concern them. When the next
 * datagram goes to another backend, the entry before it moves to an LRU map.
 */
#ifndef BALANCING_DATAGRAMS_H
#define BALANCING_DATAGRAMS_H

#include "socket_revnat.h"

static __always_inline struct datagram_key datagram_key(__u64 cookie, const struct ip *backend,
							__be16 port)
{
	return (struct datagram_key){
		.socket = cookie,
		.backend = *backend,
		.backend_port = port,
	};
}

static __always_inline __u64 datagram_check(const struct datagram_key *key,
					    const struct datagram_revnat *value)
{
	return key->socket * HASH_1 + high_word(&key->backend) * HASH_2 +
	       low_word(&key->backend) * HASH_3 +
	       ((__u64)key->backend_port << 32 | value->original_port) * HASH_4 +
	       value->source_ranges * HASH_5 + high_word(&value->original) * HASH_6 +
	       low_word(&value->original) * HASH_7;
}

/*
 * Copies what a socket sent to, other than its entry, to hear from the backend of `key`. False: nothing. The LRU may hand
 * the element to another socket while it is copied: then the check value fails.
 */
static __always_inline bool find_earlier(const struct datagram_key *key,
					 struct datagram_revnat *copy)
{
	const struct datagram_revnat *found = bpf_map_lookup_elem(&datagram_revnat, key);

	if (!found)
		return false;
	*copy = *found;
	/* The copy is proven, not the element that a second read would give. */
	barrier();
	return copy->check == datagram_check(key, copy);
}

/* Moves an entry to the LRU. A socket that goes back and forth between backends finds all of them there already. */
static __always_inline void keep_earlier(__u64 cookie, const struct revnat_entry *entry)
{
	struct datagram_key key = datagram_key(cookie, &entry->backend, entry->backend_port);
	const struct datagram_revnat *found = bpf_map_lookup_elem(&datagram_revnat, &key);
	struct datagram_revnat value = {
		.source_ranges = entry->source_ranges,
		.original = entry->original,
		.original_port = entry->original_port,
	};

	value.check = datagram_check(&key, &value);
	if (!found || found->check != value.check)
		bpf_map_update_elem(&datagram_revnat, &key, &value, BPF_ANY);
}

/* Keeps the present entry of an unconnected socket when `next`, of another backend, is to replace it. */
static __always_inline void make_way(__u64 cookie, const struct revnat_entry *present,
				     const struct revnat_entry *next)
{
	if (present && present->backend_port &&
	    !has_backend(present, &next->backend, next->backend_port))
		keep_earlier(cookie, present);
}

/* Keeps the entry of a connection. The entry before counts only if this connect() fails. */
static __always_inline void remember_connection(struct bpf_sock_addr *ctx,
						const struct frontend_key *original,
						const struct choice *got)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct revnat_entry entry = new_entry(cookie, original, got);

	if (original->protocol == IPPROTO_UDP && !ctx->sk->dst_port)
		make_way(cookie, find_entry(ctx->sk, cookie), &entry);
	write_entry(ctx, cookie, &entry);
}

/* Do two entries of one socket say the same? */
static __always_inline bool same_entry(const struct revnat_entry *a, const struct revnat_entry *b)
{
	return has_backend(a, &b->backend, b->backend_port) && a->check == b->check &&
	       a->source_ranges == b->source_ranges && a->generation == b->generation;
}

/* Keeps the entry of a datagram. The entry of a connected socket stays that of its connection, wherever else it sends. */
static __always_inline void remember_datagram(struct bpf_sock_addr *ctx, __u64 cookie,
					      const struct frontend_key *original,
					      const struct choice *got)
{
	const struct revnat_entry *present = find_entry(ctx->sk, cookie);
	struct revnat_entry entry = new_entry(cookie, original, got);

	if (present && same_entry(present, &entry))
		return;
	if (ctx->sk->dst_port) {
		keep_earlier(cookie, &entry);
		return;
	}
	make_way(cookie, present, &entry);
	write_entry(ctx, cookie, &entry);
}

/* Forgets what a socket sent to, to hear from `destination`: now it sends there itself. */
static __always_inline void forget_datagram(struct bpf_sock_addr *ctx, __u64 cookie,
					    const struct frontend_key *destination)
{
	struct revnat_entry *entry = find_entry(ctx->sk, cookie);
	struct datagram_key key;

	if (!entry || is_from_other_generation(entry, destination))
		return;
	if (!ctx->sk->dst_port && has_backend(entry, &destination->address, destination->port))
		entry->backend_port = 0;
	key = datagram_key(cookie, &destination->address, destination->port);
	if (bpf_map_lookup_elem(&datagram_revnat, &key))
		bpf_map_delete_elem(&datagram_revnat, &key);
}

/* Is a connected socket connected to the backend of this entry? */
static __always_inline bool is_connected_to(const struct bpf_sock *sk, bool v4,
					    const struct revnat_entry *entry)
{
	struct ip address = { .word = { 0, 0, MAPPED_PREFIX, sk->dst_ip4 } };

	if (!v4)
		address = (struct ip){
			.word = { sk->dst_ip6[0], sk->dst_ip6[1], sk->dst_ip6[2], sk->dst_ip6[3] },
		};
	return has_backend(entry, &address, sk->dst_port);
}

/*
 * A connected socket hears from its other end alone, so a datagram to the original destination of its connection goes to
 * the backend of that. False: it is not connected, or sends elsewhere.
 */
static __always_inline bool find_connected(const struct bpf_sock_addr *ctx, __u64 cookie,
					   const struct frontend_key *destination, bool v4,
					   struct choice *got)
{
	const struct revnat_entry *entry;

	if (!ctx->sk->dst_port)
		return false;
	entry = find_entry(ctx->sk, cookie);
	if (!entry || entry->original_port != destination->port ||
	    !same_address(&entry->original, &destination->address) ||
	    !is_connected_to(ctx->sk, v4, entry))
		return false;
	got->backend.address = entry->backend;
	got->backend.port = entry->backend_port;
	got->source_ranges = entry->source_ranges;
	return true;
}

/*
 * Replaces the `source` of a datagram by what the socket sent to, to hear from there. False: it sent to the source
 * itself.
 */
static __always_inline bool restore_source(struct bpf_sock_addr *ctx, struct frontend_key *source)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	const struct revnat_entry *entry = find_entry(ctx->sk, cookie);
	struct datagram_key key;
	struct datagram_revnat earlier;

	if (!entry)
		return false;
	if (has_backend(entry, &source->address, source->port)) {
		source->address = entry->original;
		source->port = entry->original_port;
		return true;
	}
	/* A connected socket hears from its other end alone. */
	if (ctx->sk->dst_port)
		return false;
	key = datagram_key(cookie, &source->address, source->port);
	if (!find_earlier(&key, &earlier))
		return false;
	source->address = earlier.original;
	source->port = earlier.original_port;
	return true;
}

#endif
