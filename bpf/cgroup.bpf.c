// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket hooks: a client in the cgroup that dials a Service gets a backend, and sees the Service.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "datagrams.h"
#include "lookup.h"
#include "peers.h"
#include "sources.h"

char _license[] SEC("license") = "GPL";

/* The address of an IPv4 call: what it dials, or who is at the other end. */
static __always_inline struct frontend_key address4(const struct bpf_sock_addr *ctx)
{
	return (struct frontend_key){
		.address.word = { 0, 0, MAPPED_PREFIX, ctx->user_ip4 },
		.port = ctx->user_port,
		.protocol = ctx->protocol,
	};
}

/* The same of an IPv6 call; an IPv4 one when the address is IPv4-mapped. */
static __always_inline struct frontend_key address6(const struct bpf_sock_addr *ctx)
{
	return (struct frontend_key){
		.address.word = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2],
				  ctx->user_ip6[3] },
		.port = ctx->user_port,
		.protocol = ctx->protocol,
	};
}

static __always_inline void rewrite4(struct bpf_sock_addr *ctx, const struct ip *to, __be16 port)
{
	ctx->user_ip4 = to->word[3];
	ctx->user_port = port;
}

static __always_inline void rewrite6(struct bpf_sock_addr *ctx, const struct ip *to, __be16 port)
{
	ctx->user_ip6[0] = to->word[0];
	ctx->user_ip6[1] = to->word[1];
	ctx->user_ip6[2] = to->word[2];
	ctx->user_ip6[3] = to->word[3];
	ctx->user_port = port;
}

/* Keeps the socket's record in step with a verdict on connect(). A call that fails leaves the socket as it was. */
static __always_inline int conclude_connect(struct bpf_sock_addr *ctx, int verdict,
					    const struct frontend_key *dialled, bool v4,
					    const struct choice *got)
{
	if (verdict < 0)
		return fail_call(verdict);
	if (verdict == VERDICT_TRANSLATE)
		remember_connection(ctx, dialled, got);
	else
		forget_peer(ctx, dialled, v4);
	return HOOK_PROCEED;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct frontend_key dialled = address4(ctx);
	const struct client client = { .ctx = ctx };
	struct choice got = {};
	int verdict = lookup(&client, &dialled, true, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite4(ctx, &got.backend.address, got.backend.port);
	return conclude_connect(ctx, verdict, &dialled, true, &got);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct frontend_key dialled = address6(ctx);
	const struct client client = { .ctx = ctx };
	struct choice got = {};
	bool v4 = is_mapped(&dialled.address);
	int verdict =
		v4 ? lookup(&client, &dialled, true, &got) : lookup(&client, &dialled, false, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite6(ctx, &got.backend.address, got.backend.port);
	return conclude_connect(ctx, verdict, &dialled, v4, &got);
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	struct frontend_key shown = address4(ctx);
	const struct peer *peer = find_peer(ctx, &shown);

	if (peer)
		rewrite4(ctx, &peer->dialled, peer->dialled_port);
	return HOOK_PROCEED;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
	struct frontend_key shown = address6(ctx);
	const struct peer *peer = find_peer(ctx, &shown);

	if (peer)
		rewrite6(ctx, &peer->dialled, peer->dialled_port);
	return HOOK_PROCEED;
}

/* The same as conclude_connect() for one datagram of an unconnected socket. */
static __always_inline int conclude_sendmsg(const struct client *client, int verdict,
					    const struct frontend_key *dialled,
					    const struct choice *got)
{
	if (verdict < 0)
		return fail_call(verdict);
	if (verdict == VERDICT_TRANSLATE)
		remember_datagram(client, dialled, got);
	else
		forget_datagram(client, dialled);
	return HOOK_PROCEED;
}

/* IPv4-mapped destinations of IPv6 sockets come here too. */
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	const struct client client = {
		.ctx = ctx,
		.socket = bpf_get_socket_cookie(ctx),
		.names_source = ctx->msg_src_ip4,
	};
	struct frontend_key dialled = address4(ctx);
	struct choice got = {};
	int verdict = lookup_datagram(&client, &dialled, true, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite4(ctx, &got.backend.address, got.backend.port);
	return conclude_sendmsg(&client, verdict, &dialled, &got);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	const struct client client = {
		.ctx = ctx,
		.socket = bpf_get_socket_cookie(ctx),
		.names_source = ctx->msg_src_ip6[3],
	};
	struct frontend_key dialled = address6(ctx);
	struct choice got = {};
	int verdict = lookup_datagram(&client, &dialled, false, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite6(ctx, &got.backend.address, got.backend.port);
	return conclude_sendmsg(&client, verdict, &dialled, &got);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	struct frontend_key source = address4(ctx);

	if (find_source(ctx, &source))
		rewrite4(ctx, &source.address, source.port);
	return HOOK_PROCEED;
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
	struct frontend_key source = address6(ctx);

	if (find_source(ctx, &source))
		rewrite6(ctx, &source.address, source.port);
	return HOOK_PROCEED;
}

/* Frees the seat of a socket that is closed. */
SEC("cgroup/sock_release")
int release(struct bpf_sock *ctx)
{
	leave_seat(bpf_get_socket_cookie(ctx));
	return HOOK_PROCEED;
}

/* What egress returns: send, or drop without a word, as a full queue does. */
enum egress {
	EGRESS_SEND = 1,
	EGRESS_DROP = 2,
};

/* Attached only while some frontend has source ranges. */
SEC("cgroup_skb/egress")
int egress(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	bool may_send = true;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk)
		return EGRESS_SEND;
	if (sk->protocol == IPPROTO_TCP)
		may_send = stream_may_send(skb, sk);
	else if (sk->protocol == IPPROTO_UDP)
		may_send = udp_may_send(skb, sk);
	return may_send ? EGRESS_SEND : EGRESS_DROP;
}

/* Attached to nothing: apply runs it. */
SEC("raw_tp")
int identify(void *ctx)
{
	identify_as_current();
	return 0;
}

/* Likewise. */
SEC("raw_tp")
int settle(void *ctx)
{
	settle_in_current();
	return 0;
}
