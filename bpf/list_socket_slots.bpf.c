// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of sockets that have a slot. Needs the kernel's BTF and Linux 5.9.
 */
#include "list_socket.h"

char _license[] SEC("license") = "GPL";

SEC("iter/bpf_map_elem")
int list_socket_slots(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct socket_slot *slot = ctx->value;

	if (slot && slot->socket)
		list_socket(ctx->meta->seq, (const void *)slot->socket, &slot->entry);
	return 0;
}
