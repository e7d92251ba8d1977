/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Multipath TCP has two kinds of sockets. The one that the application has shows the other end; connect() meets its hook
 * with the other, of a subflow, which the kernel makes, and puts away without telling anybody.
 */
#ifndef BALANCING_MULTIPATH_H
#define BALANCING_MULTIPATH_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* The kernel's; where it has none, the loader takes out what asks for it. */
struct mptcp_sock {
};

/* The application's socket when this is a subflow's, else NULL. Kernels before 5.19 cannot tell: then NULL too. */
static __always_inline struct mptcp_sock *whole_socket(const struct bpf_sock_addr *ctx)
{
	if (ctx->protocol != IPPROTO_TCP || !bpf_core_type_exists(struct mptcp_sock) ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_skc_to_mptcp_sock))
		return NULL;
	return bpf_skc_to_mptcp_sock(ctx->sk);
}

#endif
