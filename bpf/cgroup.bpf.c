// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket hooks: a process in the cgroup that calls a Service gets a backend, and sees the Service.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "datagrams.h"
#include "egress.h"
#include "host_source.h"
#include "lookup.h"
#include "socket_client.h"
#include "socket_hook.h"
#include "socket_revnat.h"

char _license[] SEC("license") = "GPL";

/* The address in an IPv4 call: its destination, or that of the other end. */
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

/* Does what a verdict on connect() says, and records it in the socket's entry. A failed call leaves the socket as it was. */
static __always_inline int conclude_connect(struct bpf_sock_addr *ctx, int verdict,
					    const struct frontend_key *destination, bool v4,
					    const struct choice *got)
{
	if (verdict < 0)
		return fail_call(verdict);
	if (verdict == VERDICT_TRANSLATE)
		remember_connection(ctx, destination, got);
	else
		forget_entry(ctx, destination, v4);
	return HOOK_PROCEED;
}

/* Are socket calls of this network namespace left alone? */
static __always_inline bool is_left_alone(struct bpf_sock_addr *ctx)
{
	return serves_host_only() && !is_host_netns(bpf_get_netns_cookie(ctx));
}

/* The verdict on a connect(). */
static __always_inline int lookup_connect(struct bpf_sock_addr *ctx,
					  const struct frontend_key *destination, bool v4,
					  struct choice *got)
{
	const struct client client = connecting_client(ctx);
	int verdict;

	if (!may_be_ours(destination, v4) || is_left_alone(ctx))
		return VERDICT_PASS;
	verdict = lookup(&client, destination, v4, got);
	return verdict == VERDICT_TRANSLATE ? check_host_source(ctx, false, got) : verdict;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct frontend_key destination = address4(ctx);
	struct choice got = {};
	int verdict = lookup_connect(ctx, &destination, true, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite4(ctx, &got.backend.address, got.backend.port);
	return conclude_connect(ctx, verdict, &destination, true, &got);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct frontend_key destination = address6(ctx);
	struct choice got = {};
	bool v4 = is_mapped(&destination.address);
	int verdict = v4 ? lookup_connect(ctx, &destination, true, &got)
			 : lookup_connect(ctx, &destination, false, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite6(ctx, &got.backend.address, got.backend.port);
	return conclude_connect(ctx, verdict, &destination, v4, &got);
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	struct frontend_key peer = address4(ctx);
	const struct revnat_entry *entry = find_applying_entry(ctx, &peer);

	if (entry)
		rewrite4(ctx, &entry->original, entry->original_port);
	return HOOK_PROCEED;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
	struct frontend_key peer = address6(ctx);
	const struct revnat_entry *entry = find_applying_entry(ctx, &peer);

	if (entry)
		rewrite6(ctx, &entry->original, entry->original_port);
	return HOOK_PROCEED;
}

/* The verdict on a datagram of the socket with this cookie. */
static __always_inline int lookup_datagram(struct bpf_sock_addr *ctx, __u64 cookie,
					   bool names_source,
					   const struct frontend_key *destination, bool v4,
					   struct choice *got)
{
	const struct client client = sending_client(ctx, cookie);
	int verdict;

	if (find_connected(ctx, cookie, destination, v4, got))
		return VERDICT_TRANSLATE;
	if (!may_be_ours(destination, v4) || is_left_alone(ctx))
		return VERDICT_PASS;
	verdict = lookup(&client, destination, v4, got);
	return verdict == VERDICT_TRANSLATE ? check_host_source(ctx, names_source, got) : verdict;
}

/* As conclude_connect(), for one datagram of an unconnected socket. */
static __always_inline int conclude_sendmsg(struct bpf_sock_addr *ctx, __u64 cookie, int verdict,
					    const struct frontend_key *destination,
					    const struct choice *got)
{
	if (verdict < 0)
		return fail_call(verdict);
	if (verdict == VERDICT_TRANSLATE)
		remember_datagram(ctx, cookie, destination, got);
	else
		forget_datagram(ctx, cookie, destination);
	return HOOK_PROCEED;
}

/* IPv4-mapped destinations of IPv6 sockets come here too. */
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct frontend_key destination = address4(ctx);
	struct choice got = {};
	int verdict = lookup_datagram(ctx, cookie, ctx->msg_src_ip4, &destination, true, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite4(ctx, &got.backend.address, got.backend.port);
	return conclude_sendmsg(ctx, cookie, verdict, &destination, &got);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct frontend_key destination = address6(ctx);
	struct choice got = {};
	int verdict = lookup_datagram(ctx, cookie, ctx->msg_src_ip6[3], &destination, false, &got);

	if (verdict == VERDICT_TRANSLATE)
		rewrite6(ctx, &got.backend.address, got.backend.port);
	return conclude_sendmsg(ctx, cookie, verdict, &destination, &got);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
	struct frontend_key source = address4(ctx);

	if (restore_source(ctx, &source))
		rewrite4(ctx, &source.address, source.port);
	return HOOK_PROCEED;
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
	struct frontend_key source = address6(ctx);

	if (restore_source(ctx, &source))
		rewrite6(ctx, &source.address, source.port);
	return HOOK_PROCEED;
}

/* Frees the slot of a socket that is being closed. */
SEC("cgroup/sock_release")
int release(struct bpf_sock *ctx)
{
	release_slot(bpf_get_socket_cookie(ctx));
	return HOOK_PROCEED;
}

/* What the egress hook returns: send, or drop without an error, as a full queue does. */
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
		may_send = tcp_may_send(skb, sk);
	else if (sk->protocol == IPPROTO_UDP)
		may_send = udp_may_send(skb, sk);
	return may_send ? EGRESS_SEND : EGRESS_DROP;
}

/* Attached to nothing: apply runs it once, after loading. */
SEC("raw_tp")
int begin_handover(void *ctx)
{
	begin_handover_here();
	return 0;
}

/* Attached to nothing: apply runs it once, after begin_handover, where sockets of pods are to be left alone. */
SEC("raw_tp")
int limit_to_host(void *ctx)
{
	limit_to_host_here();
	return 0;
}

/* Attached to nothing: apply runs it whenever it ends. */
SEC("raw_tp")
int finish_handover(void *ctx)
{
	finish_handover_here();
	return 0;
}
