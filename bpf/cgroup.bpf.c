// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket hooks: a client in the cgroup that dials a Service gets the socket of a backend.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "lookup.h"

char _license[] SEC("license") = "GPL";

/* What an IPv4 socket dials. */
static __always_inline struct frontend_key dialled4(const struct bpf_sock_addr *ctx)
{
	return (struct frontend_key){
		.address.word = { 0, 0, MAPPED_PREFIX, ctx->user_ip4 },
		.port = ctx->user_port,
		.protocol = ctx->protocol,
	};
}

/* What an IPv6 socket dials; an IPv4 destination when it is IPv4-mapped. */
static __always_inline struct frontend_key dialled6(const struct bpf_sock_addr *ctx)
{
	return (struct frontend_key){
		.address.word = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2],
				  ctx->user_ip6[3] },
		.port = ctx->user_port,
		.protocol = ctx->protocol,
	};
}

static __always_inline void redirect4(struct bpf_sock_addr *ctx, const struct backend6 *to)
{
	ctx->user_ip4 = to->address.word[3];
	ctx->user_port = to->port;
}

/* An IPv4-mapped destination keeps its first three words. */
static __always_inline void redirect6(struct bpf_sock_addr *ctx, const struct backend6 *to, bool v4)
{
	if (!v4) {
		ctx->user_ip6[0] = to->address.word[0];
		ctx->user_ip6[1] = to->address.word[1];
		ctx->user_ip6[2] = to->address.word[2];
	}
	ctx->user_ip6[3] = to->address.word[3];
	ctx->user_port = to->port;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct frontend_key key = dialled4(ctx);
	struct backend6 to = {};
	int verdict = lookup(&key, true, &to);

	if (verdict == VERDICT_TRANSLATE)
		redirect4(ctx, &to);
	return verdict < 0 ? fail_call(verdict) : HOOK_PROCEED;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct frontend_key key = dialled6(ctx);
	bool v4 = is_mapped(&key.address);
	struct backend6 to = {};
	int verdict = v4 ? lookup(&key, true, &to) : lookup(&key, false, &to);

	if (verdict == VERDICT_TRANSLATE)
		redirect6(ctx, &to, v4);
	return verdict < 0 ? fail_call(verdict) : HOOK_PROCEED;
}
