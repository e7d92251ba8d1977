// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of sockets that keep their peer in `peers`. Needs the kernel's BTF and Linux 5.9.
 */
#include "list.h"

char _license[] SEC("license") = "GPL";

SEC("iter/bpf_sk_storage_map")
int list_peers(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const struct sock *socket = ctx->sk;
	const struct peer *peer = ctx->value;

	if (socket && peer)
		list_socket(ctx->meta->seq, socket, peer);
	return 0;
}
