/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a packet that may begin a flow gets.
 */
#ifndef BALANCING_OFFER_H
#define BALANCING_OFFER_H

#include "arrival_match.h"
#include "flows.h"
#include "lookup.h"
#include "source_ranges.h"
#include "work.h"

/* Is the backend of a record in the list that applies now? Of UDP `members` tells, when it was chosen from another list. */
static __always_inline bool still_listed(const struct flow *flow, __u64 block)
{
	struct member member = { .block = block, .address = flow->to, .port = flow->to_port };

	return flow->block == block || bpf_map_lookup_elem(&members, &member);
}

/*
 * Where the backend is elsewhere, its answers must come by this node. With policy Local it never is, and the client keeps
 * its address; but a backend that is its own client would answer itself.
 */
static __always_inline __u16 masquerade_flag(const struct tuple *tuple, const struct ip *backend,
					     bool pod, __u32 frontend_flags)
{
	if (same_address(&tuple->source, backend))
		return FLOW_MASQUERADE;
	return pod || frontend_flags & FRONTEND_EXTERNAL_LOCAL ? 0 : FLOW_MASQUERADE;
}

/* Is the source in the ranges of a frontend? A verdict, or LOOKUP_AGAIN. */
static __always_inline int admit(__u64 set, const struct ip *source)
{
	if (!set)
		return VERDICT_TRANSLATE;
	switch (in_set(set, source)) {
	case IN_SET:
		return VERDICT_TRANSLATE;
	case NOT_IN_SET:
		return -EHOSTUNREACH;
	default:
		return LOOKUP_AGAIN;
	}
}

/* One try of make_offer(), which may find that it has to be LOOKUP_AGAIN. */
static __always_inline int try_offer(struct work *work, __u64 seed)
{
	const struct tuple *tuple = &work->packet.tuple;
	struct offer *offer = &work->offer;
	bool v4 = work->v4;
	const struct client client = {
		.kind = CLIENT_ADDRESS,
		.source = tuple->source,
		.seed = seed,
		.uses_external = !work->pod,
	};
	struct frontend_key key = {
		.address = tuple->destination,
		.port = tuple->destination_port,
		.protocol = tuple->protocol,
	};
	struct match found = match_arrival(&key, v4, work->pod);
	struct choice got = { .backend.address.word[2] = v4 ? MAPPED_PREFIX : 0 };
	struct policy policy;
	int verdict;

	if (!found.frontend)
		return found.verdict;
	if (!copy_policy(found.frontend, &found.address, &key, &policy))
		return LOOKUP_AGAIN;
	if (!answers_here(&found, policy.flags))
		return NO_FRONTEND;
	verdict = admit(policy.source_ranges, &tuple->source);
	offer->is_admitted = verdict == VERDICT_TRANSLATE;
	/* The ranges are for flows that begin. */
	if (!offer->is_admitted && (verdict == LOOKUP_AGAIN || may_begin(&work->packet)))
		return verdict;
	verdict = VERDICT_TRANSLATE;
	offer->block = list_for(&client, &policy, v4).block;
	if (work->is_known && still_listed(&work->flow, offer->block)) {
		got.backend.address = work->flow.to;
		got.backend.port = work->flow.to_port;
	} else {
		verdict = serve(&client, found.frontend, &policy, v4, &got);
	}
	offer->backend = got.backend.address;
	offer->port = got.backend.port;
	offer->flags = masquerade_flag(tuple, &offer->backend, work->pod, policy.flags);
	return verdict;
}

/*
 * The verdict on an arriving packet that may begin a flow. When it is VERDICT_TRANSLATE, `work->offer` is whole: the backend that the
 * record has, while it counts; else that of the client's session; else the one that the tuple's hash chooses, so that
 * all processors choose one, and the same again when the record is gone.
 */
__noinline int make_offer(__u64 seed)
{
	struct work *work = own_work();

	if (!work)
		return VERDICT_PASS;
#pragma clang loop unroll(disable)
	for (int i = 0; i < LOOKUP_TRIES; i++) {
		int verdict = try_offer(work, seed);

		if (verdict != LOOKUP_AGAIN)
			return verdict;
	}
	return -EHOSTUNREACH;
}

#endif
