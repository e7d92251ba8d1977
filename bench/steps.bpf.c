// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect4 as far as a step, over the maps of a generation: what each step adds is what it costs. The last step, keeping
 * the reverse-NAT entry, is connect4 itself.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "../bpf/host_source.h"
#include "../bpf/lookup.h"
#include "../bpf/socket_client.h"
#include "../bpf/socket_hook.h"

char _license[] SEC("license") = "GPL";

static __always_inline struct frontend_key destination4(const struct bpf_sock_addr *ctx)
{
	return (struct frontend_key){
		.address.word = { 0, 0, MAPPED_PREFIX, ctx->user_ip4 },
		.port = ctx->user_port,
		.protocol = ctx->protocol,
	};
}

SEC("cgroup/connect4")
int filter(struct bpf_sock_addr *ctx)
{
	struct frontend_key destination = destination4(ctx);

	return filter_may_have(fold_address(&destination.address)) ? HOOK_PROCEED : HOOK_FAIL;
}

SEC("cgroup/connect4")
int frontend(struct bpf_sock_addr *ctx)
{
	struct frontend_key destination = destination4(ctx);

	if (!filter_may_have(fold_address(&destination.address)))
		return HOOK_FAIL;
	return bpf_map_lookup_elem(&frontends, &destination) ? HOOK_PROCEED : HOOK_FAIL;
}

/* The verdict on a connect(), as in cgroup.bpf.c. */
static __always_inline int lookup4(struct bpf_sock_addr *ctx, struct choice *got)
{
	struct frontend_key destination = destination4(ctx);
	const struct client client = connecting_client(ctx);
	int verdict;

	if (!may_be_ours(&destination, true))
		return VERDICT_PASS;
	verdict = lookup(&client, &destination, true, got);
	return verdict == VERDICT_TRANSLATE ? check_host_source(ctx, false, got) : verdict;
}

SEC("cgroup/connect4")
int choice(struct bpf_sock_addr *ctx)
{
	struct choice got = {};

	return lookup4(ctx, &got) == VERDICT_TRANSLATE ? HOOK_PROCEED : HOOK_FAIL;
}

SEC("cgroup/connect4")
int rewrite(struct bpf_sock_addr *ctx)
{
	struct choice got = {};

	if (lookup4(ctx, &got) != VERDICT_TRANSLATE)
		return HOOK_FAIL;
	ctx->user_ip4 = got.backend.address.word[3];
	ctx->user_port = got.backend.port;
	return HOOK_PROCEED;
}
