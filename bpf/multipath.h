/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Multipath TCP has two kinds of sockets. The application holds one, which answers getpeername(); connect() calls its
 * hook with another, a subflow, which the kernel makes, and closes without the hook `sock_release`.
 */
#ifndef BALANCING_MULTIPATH_H
#define BALANCING_MULTIPATH_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_types.h"

/* The application's socket when ctx->sk is a subflow, else NULL. Kernels before 5.19 cannot tell: NULL too. */
static __always_inline struct mptcp_sock *application_socket(const struct bpf_sock_addr *ctx)
{
	if (ctx->protocol != IPPROTO_TCP || !bpf_core_type_exists(struct mptcp_sock) ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_skc_to_mptcp_sock))
		return NULL;
	return bpf_skc_to_mptcp_sock(ctx->sk);
}

#endif
