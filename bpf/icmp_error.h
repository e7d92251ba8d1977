/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * ICMP errors about packets of flows. As with the packets themselves an arrival replaces the destination, and what was it:
 * the source of the quoted packet. A departure replaces the rest.
 */
#ifndef BALANCING_ICMP_ERROR_H
#define BALANCING_ICMP_ERROR_H

#include "edge_counts.h"
#include "edge_verdict.h"
#include "flow_filter.h"
#include "flows.h"
#include "quoted_packet.h"
#include "way_back.h"

enum icmp_layout {
	REDIRECT6_OPTION = 40, /* where the first option of a redirect of IPv6 is: RFC 4861 4.5 */
	REDIRECT6_QUOTE = 48,
	OPTION6_QUOTE = 4, /* the option that quotes a packet: RFC 4861 4.6.3 */
};

enum error_kind {
	ERROR_NONE, /* no error, or about no packet that could be of a flow */
	ERROR_QUOTES,
	ERROR_REDIRECTS,
};

/* Where a redirect of IPv6 quotes a packet, from its header on; 0: it does not. */
static __always_inline __u32 redirect6_quote(struct __sk_buff *skb, __u32 icmp)
{
	__u8 type;

	if (bpf_skb_load_bytes(skb, icmp + REDIRECT6_OPTION, &type, 1) || type != OPTION6_QUOTE)
		return 0;
	return REDIRECT6_QUOTE;
}

/* Reads an ICMP message and what it quotes. `at`: where that is. */
static __always_inline enum error_kind read_error(struct __sk_buff *skb, struct work *work,
						  __u32 *at)
{
	__u32 icmp = work->packet.transport, quote = sizeof(struct icmp_header);
	enum error_kind kind = ERROR_QUOTES;
	__u8 type;

	if (work->packet.fragment != FRAGMENT_NONE || bpf_skb_load_bytes(skb, icmp, &type, 1))
		return ERROR_NONE;
	if (type == (work->v4 ? ICMP4_REDIRECT : ICMP6_REDIRECT)) {
		kind = ERROR_REDIRECTS;
		if (!work->v4)
			quote = redirect6_quote(skb, icmp);
	} else if (!is_error(work->v4, type)) {
		return ERROR_NONE;
	}
	*at = icmp + quote;
	work->quoted = (struct packet){ .tuple.side = SIDE_ARRIVAL };
	/* An error goes to the sender of what it quotes. Any other is made up. */
	return quote && read_quoted(skb, work->v4, *at, &work->quoted) &&
			       same_address(&work->quoted.tuple.source,
					    &work->packet.tuple.destination)
		       ? kind
		       : ERROR_NONE;
}

/* Replaces an address of the error's own header. */
static __always_inline void rewrite_outer(struct __sk_buff *skb, struct work *work,
					  enum rewritten which, const struct ip *to)
{
	const struct ip *from = which == REWRITE_SOURCE ? &work->packet.tuple.source
							: &work->packet.tuple.destination;
	__u32 icmp = work->packet.transport + offsetof(struct icmp_header, check);

	write_quoted_address(skb, work->v4, work->ip, which, from, to);
	if (!work->v4 && !same_address(from, to))
		correct_for_address(skb, icmp, false, from, to, 0);
}

/* An error that arrives, about a packet that left by an edge. Returns enum edge_verdict. */
__noinline int arrive_error(struct __sk_buff *skb)
{
	struct work *work = own_work();
	struct flow *flow;
	struct tuple to;
	__u32 at = 0;

	if (!work || read_error(skb, work, &at) != ERROR_QUOTES)
		return EDGE_PASS;
	flow = &work->flow;
	to = reverse(&work->quoted.tuple);
	work->id = identify(&to);
	if (!find_flow(&work->id, flow))
		return EDGE_PASS;
	to = work->quoted.tuple;
	to.source = flow->to;
	to.source_port = flow->to_port;
	if (!(flow->flags & FLOW_RETURN) && flow->client_port)
		to.destination_port = flow->client_port;
	rewrite_quoted(skb, work, at, &to);
	rewrite_outer(skb, work, REWRITE_DESTINATION, &to.source);
	return EDGE_PASS;
}

/* An error about a packet of a client: it is to quote what the client sent. */
static __always_inline void tell_client(struct __sk_buff *skb, struct work *work, __u32 at)
{
	const struct flow *pair = &work->flow;
	struct tuple to = work->quoted.tuple;

	to.destination = pair->to;
	to.destination_port = pair->to_port;
	if (pair->client_port)
		to.source_port = pair->client_port;
	if (same_address(&work->packet.tuple.source, &work->quoted.tuple.destination))
		rewrite_outer(skb, work, REWRITE_SOURCE, &to.destination);
	rewrite_quoted(skb, work, at, &to);
}

/* An error about the answer of a backend elsewhere: it is to quote what that sent, to the address of the edge. */
static __always_inline void tell_backend(struct __sk_buff *skb, struct work *work, __u32 at)
{
	const struct flow *pair = &work->flow;
	struct tuple to = work->quoted.tuple;

	if (!pair->from_port)
		return;
	to.destination = pair->from;
	to.destination_port = pair->from_port;
	if (same_address(&work->packet.tuple.source, &work->quoted.tuple.destination))
		rewrite_outer(skb, work, REWRITE_SOURCE, &to.destination);
	rewrite_quoted(skb, work, at, &to);
}

/*
 * An error that departs, about a packet as it is between the hooks. A redirect about a flow is dropped: it would send the
 * client past this node. Returns enum edge_verdict.
 */
__noinline int depart_error(struct __sk_buff *skb)
{
	struct work *work = own_work();
	enum error_kind kind;
	struct tuple ends;
	bool is_lower;
	__u32 at = 0;

	if (!work)
		return EDGE_PASS;
	kind = read_error(skb, work, &at);
	if (kind == ERROR_NONE || !is_perhaps_of_flow(&work->quoted.tuple))
		return EDGE_PASS;
	ends = work->quoted.tuple;
	is_lower = make_pair(&ends);
	work->id = identify(&ends);
	if (!find_flow(&work->id, &work->flow))
		return EDGE_PASS;
	if (kind == ERROR_REDIRECTS)
		return EDGE_DROP;
	if (!!(work->flow.flags & FLOW_CLIENT_FIRST) != is_lower) {
		tell_backend(skb, work, at);
		return EDGE_PASS;
	}
	tell_client(skb, work, at);
	return goes_back(skb, work, &work->packet.tuple.destination) ? EDGE_BACK : EDGE_PASS;
}

#endif
