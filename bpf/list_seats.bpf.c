// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of sockets that have a seat. Needs the kernel's BTF and Linux 5.9.
 */
#include "list.h"

char _license[] SEC("license") = "GPL";

/*
 * Is the socket that took the seat still where it was then? Its memory may be another's by now, or nobody's; nobody else
 * ever has its cookie.
 */
static __always_inline bool is_there(const struct sock *socket, const struct seat *seat,
				     __u32 number)
{
	__u64 cookie = BPF_CORE_READ(socket, __sk_common.skc_cookie.counter);

	return cookie == (__u64)(seat->peer.turn - 1) * SEATS + number;
}

SEC("iter/bpf_map_elem")
int list_seats(struct bpf_iter__bpf_map_elem *ctx)
{
	const __u32 *number = ctx->key;
	const struct seat *seat = ctx->value;
	const struct sock *socket;

	if (!number || !seat || !seat->socket)
		return 0;
	socket = (const void *)seat->socket;
	if (is_there(socket, seat, *number))
		list_socket(ctx->meta->seq, socket, &seat->peer);
	return 0;
}
