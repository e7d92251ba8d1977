// SPDX-License-Identifier: GPL-2.0-only
/*
 * Destroys UDP sockets of one network namespace, that of the process which opens the iterator: as `ss --kill` does, but in
 * one walk, however many they are. Needs the kernel's BTF and Linux 6.5 (bpf_sock_destroy).
 */
#include "kernel_socket.h"

char _license[] SEC("license") = "GPL";

extern int bpf_sock_destroy(struct sock_common *socket) __ksym;

enum {
	/* 4 MiB of buckets; an entry takes its memory when it is written. */
	MOST_SOCKETS = 1 << 18,
};

/*
 * The sockets to destroy: cookie and backend of each. A socket that has connected elsewhere since is not meant, so
 * the backend is part of the key.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MOST_SOCKETS);
	__type(key, struct datagram_key);
	__type(value, __u8);
} destroy SEC(".maps");

SEC("iter/udp")
int destroy_sockets(struct bpf_iter__udp *ctx)
{
	struct sock *socket = (struct sock *)ctx->udp_sk;
	struct datagram_key key = {};

	if (!socket)
		return 0;
	key.backend_port = destination_port_of(socket);
	if (!key.backend_port)
		return 0;
	key.socket = cookie_of(socket);
	key.backend = destination_of(socket);
	if (bpf_map_lookup_elem(&destroy, &key))
		bpf_sock_destroy((struct sock_common *)socket);
	return 0;
}
