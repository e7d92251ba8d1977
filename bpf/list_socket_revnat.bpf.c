// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of sockets that have their entry in `socket_revnat`. Needs the kernel's BTF and Linux 5.9.
 */
#include "list_socket.h"

char _license[] SEC("license") = "GPL";

SEC("iter/bpf_sk_storage_map")
int list_socket_revnat(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const struct sock *socket = ctx->sk;
	const struct revnat_entry *entry = ctx->value;

	if (socket && entry)
		list_socket(ctx->meta->seq, socket, entry);
	return 0;
}
