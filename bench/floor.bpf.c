// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cheapest programs there can be, to compare ours with: `one` says yes to everything; `look` does one hash
 * lookup of address and port and rewrites both, with no choice, no policy and no check. One for each hook.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct place4 {
	__be32 address;
	__be16 port;
	__u16 pad;
};

struct place6 {
	__be32 address[4];
	__be16 port;
	__u16 pad;
};

/* The bench makes both maps, with as many buckets as ours has. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct place4);
	__type(value, struct place4);
} places4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct place6);
	__type(value, struct place6);
} places6 SEC(".maps");

static __always_inline int look4(struct bpf_sock_addr *ctx)
{
	struct place4 to_find = { .address = ctx->user_ip4, .port = ctx->user_port };
	const struct place4 *to = bpf_map_lookup_elem(&places4, &to_find);

	if (to) {
		ctx->user_ip4 = to->address;
		ctx->user_port = to->port;
	}
	return 1;
}

static __always_inline int look6(struct bpf_sock_addr *ctx)
{
	struct place6 to_find = {
		.address = { ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2],
			     ctx->user_ip6[3] },
		.port = ctx->user_port,
	};
	const struct place6 *to = bpf_map_lookup_elem(&places6, &to_find);

	if (to) {
		ctx->user_ip6[0] = to->address[0];
		ctx->user_ip6[1] = to->address[1];
		ctx->user_ip6[2] = to->address[2];
		ctx->user_ip6[3] = to->address[3];
		ctx->user_port = to->port;
	}
	return 1;
}

SEC("cgroup/connect4")
int one_connect4(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/connect4")
int look_connect4(struct bpf_sock_addr *ctx)
{
	return look4(ctx);
}

SEC("cgroup/connect6")
int one_connect6(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/connect6")
int look_connect6(struct bpf_sock_addr *ctx)
{
	return look6(ctx);
}

SEC("cgroup/sendmsg4")
int one_sendmsg4(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/sendmsg4")
int look_sendmsg4(struct bpf_sock_addr *ctx)
{
	return look4(ctx);
}

SEC("cgroup/sendmsg6")
int one_sendmsg6(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/sendmsg6")
int look_sendmsg6(struct bpf_sock_addr *ctx)
{
	return look6(ctx);
}

SEC("cgroup/recvmsg4")
int one_recvmsg4(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/recvmsg4")
int look_recvmsg4(struct bpf_sock_addr *ctx)
{
	return look4(ctx);
}

SEC("cgroup/recvmsg6")
int one_recvmsg6(struct bpf_sock_addr *ctx)
{
	return 1;
}

SEC("cgroup/recvmsg6")
int look_recvmsg6(struct bpf_sock_addr *ctx)
{
	return look6(ctx);
}
