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

/*
 * Does the backend of a record count in the list that applies now? One that was chosen from another list does when it is in
 * this one too, for a flow of UDP: a packet that begins a TCP connection gets what any other gets.
 */
static __always_inline enum listing listing_of(const struct work *work, const struct list *list)
{
	const struct flow *flow = &work->flow;

	if (!work->is_known)
		return NOT_LISTED;
	if (flow->block == list->block)
		return LISTED;
	if (work->packet.tuple.protocol != IPPROTO_UDP)
		return NOT_LISTED;
	return find_in_list(list, work->v4, &flow->to, flow->to_port);
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

/* What a frontend that answers offers: a verdict, or LOOKUP_AGAIN. */
static __always_inline int offer_of(struct work *work, const struct frontend *frontend,
				    const struct policy *policy)
{
	const struct tuple *tuple = &work->packet.tuple;
	struct offer *offer = &work->offer;
	bool v4 = work->v4;
	const struct client client = {
		.kind = CLIENT_ADDRESS,
		.source = tuple->source,
		.seed = work->id.key.hash | 1,
		.uses_external = !work->pod,
	};
	const struct list list = list_for(&client, policy, v4);
	struct choice got = { .backend.address.word[2] = v4 ? MAPPED_PREFIX : 0 };
	enum listing listing = listing_of(work, &list);
	int verdict = VERDICT_TRANSLATE;

	if (listing == LISTING_UNPROVEN)
		return LOOKUP_AGAIN;
	if (listing == LISTED) {
		got.backend.address = work->flow.to;
		got.backend.port = work->flow.to_port;
	} else {
		verdict = serve(&client, frontend, policy, v4, &got);
	}
	offer->backend = got.backend.address;
	offer->port = got.backend.port;
	offer->block = list.block;
	offer->flags = masquerade_flag(tuple, &offer->backend, work->pod, policy->flags);
	return verdict;
}

/* One try of make_offer(), which may find that it has to be LOOKUP_AGAIN. */
static __always_inline int try_offer(struct work *work)
{
	const struct tuple *tuple = &work->packet.tuple;
	struct frontend_key key = {
		.address = tuple->destination,
		.port = tuple->destination_port,
		.protocol = tuple->protocol,
	};
	struct match found = match_arrival(&key, work->v4, work->pod);
	struct policy *policy = &work->policy;
	int verdict;

	if (!found.frontend)
		return found.verdict;
	if (!copy_policy(found.frontend, &found.address, &key, policy))
		return LOOKUP_AGAIN;
	if (!answers_here(&found, policy->flags))
		return NO_FRONTEND;
	verdict = admit(policy->source_ranges, &tuple->source);
	work->offer.is_admitted = verdict == VERDICT_TRANSLATE;
	/* The ranges are for flows that begin. */
	if (!work->offer.is_admitted && (verdict == LOOKUP_AGAIN || may_begin(&work->packet)))
		return verdict;
	return offer_of(work, found.frontend, &work->policy);
}

/*
 * The verdict on an arriving packet that may begin a flow. When it is VERDICT_TRANSLATE, `work->offer` is whole: the backend that the
 * record has, while it counts; else that of the client's session; else the one that the tuple's hash chooses, so that
 * all processors choose one, and the same again when the record is gone.
 */
__noinline int make_offer(void)
{
	struct work *work = own_work();

	if (!work)
		return VERDICT_PASS;
#pragma clang loop unroll(disable)
	for (int i = 0; i < LOOKUP_TRIES; i++) {
		int verdict;

		/* Or the compiler keeps the addresses of fields on the stack, which this fills. */
		barrier_var(work);
		verdict = try_offer(work);

		if (verdict != LOOKUP_AGAIN)
			return verdict;
	}
	return -EHOSTUNREACH;
}

#endif
