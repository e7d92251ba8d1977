/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the programs of a generation know of themselves. `apply` runs identify() once, after it loaded them, and settle()
 * whenever it has finished.
 */
#ifndef BALANCING_IDENTITY_H
#define BALANCING_IDENTITY_H

#include <bpf/bpf_core_read.h>
#include "state_maps.h"

/* NULL never happens, but the verifier does not know. */
static __always_inline struct identity *own_identity(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&identity, &zero);
}

/* As far as they are read here, as the kernel has them. Cookies are plain numbers since 5.12. */
struct net {
	__u64 net_cookie;
} __attribute__((preserve_access_index));

struct nsproxy {
	struct net *net_ns;
} __attribute__((preserve_access_index));

struct task_struct {
	struct nsproxy *nsproxy;
} __attribute__((preserve_access_index));

/* The cookie of the network namespace of the process that runs the program; 0 when the kernel does not tell. */
static __always_inline __u64 current_netns(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);

	return bpf_core_field_exists(net->net_cookie) ? BPF_CORE_READ(net, net_cookie) : 0;
}

static __always_inline void identify_as_current(void)
{
	struct identity *own = own_identity();

	if (!own)
		return;
	own->netns = current_netns();
	own->generation = bpf_get_prandom_u32();
	own->taking_over = 1;
}

/* The generation before is gone. The network namespace of the latest apply is the node's. */
static __always_inline void settle_in_current(void)
{
	struct identity *own = own_identity();

	if (!own)
		return;
	own->netns = current_netns();
	own->taking_over = 0;
}

#endif
