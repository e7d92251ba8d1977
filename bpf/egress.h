/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Source ranges at sockets. connect() happens before the kernel has chosen a source address, so the socket's entry carries
 * the set that its source must be in, and the packets it sends are checked.
 *
 * Egress runs without the socket's lock, and may read an entry while the socket connects again. What it then judges
 * wrongly is the packet of a connection that is being replaced.
 */
#ifndef BALANCING_EGRESS_H
#define BALANCING_EGRESS_H

#include "datagrams.h"
#include "packet.h"
#include "source_ranges.h"

/* `set` is the entry's, read once. */
static __always_inline bool entry_admits(const struct revnat_entry *entry, __u64 set,
					 const struct header *header)
{
	return !set || is_admitted(set, &entry->original, entry->original_port, header->to.protocol,
				   &header->source);
}

static __always_inline __u64 source_ranges_of(const struct revnat_entry *entry)
{
	return *(const volatile __u64 *)&entry->source_ranges;
}

/* Stands for "this source was found in this set"; never 0. */
static __always_inline __u32 admission(__u64 set, const struct ip *source)
{
	__u64 sum = set * HASH_1 + high_word(source) * HASH_2 + low_word(source) * HASH_3;

	return sum >> 32 | 1;
}

/*
 * A connected socket's source does not change, so it is looked up once. What the entry remembers is true of set and source,
 * whichever connection they belong to: nothing is lost when the socket meanwhile connects again.
 */
static __always_inline bool connection_may_send(struct revnat_entry *entry,
						const struct header *header)
{
	__u64 set = source_ranges_of(entry);
	__u32 found = admission(set, &header->source);

	if (!set || entry->admitted == found)
		return true;
	if (!entry_admits(entry, set, header))
		return false;
	entry->admitted = found;
	return true;
}

static __always_inline bool tcp_may_send(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct revnat_entry *entry = find_entry(sk, bpf_get_socket_cookie(skb));
	struct header header = { .to.protocol = IPPROTO_TCP };

	if (!entry || !entry->source_ranges)
		return true;
	if (!read_addresses(skb, &header))
		return false;
	/* An entry of another backend is of a connection that is over. */
	return !has_backend(entry, &header.to.address, sk->dst_port) ||
	       connection_may_send(entry, &header);
}

/* For a datagram that does not go to the backend of the socket's entry. */
static __always_inline bool earlier_may_send(__u64 cookie, const struct header *header)
{
	struct datagram_key key = datagram_key(cookie, &header->to.address, header->to.port);
	struct datagram_revnat earlier;

	return !find_earlier(&key, &earlier) || !earlier.source_ranges ||
	       is_admitted(earlier.source_ranges, &earlier.original, earlier.original_port,
			   IPPROTO_UDP, &header->source);
}

/* Of an unconnected socket every datagram is checked: each may have another source. */
static __always_inline bool udp_may_send(struct __sk_buff *skb, struct bpf_sock *sk)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	struct revnat_entry *entry = find_entry(sk, cookie);
	struct header header = { .to.protocol = IPPROTO_UDP };

	if (!entry)
		return true;
	if (!read_udp(skb, &header))
		return !entry->source_ranges;
	if (!has_backend(entry, &header.to.address, header.to.port))
		return earlier_may_send(cookie, &header);
	return sk->dst_port ? connection_may_send(entry, &header)
			    : entry_admits(entry, source_ranges_of(entry), &header);
}

#endif
