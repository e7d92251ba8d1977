/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the programs of a generation know about themselves. `apply` runs begin_handover() once, after it has loaded them,
 * limit_to_host() after that where it is asked to, and finish_handover() each time it ends.
 */
#ifndef BALANCING_GENERATION_INFO_H
#define BALANCING_GENERATION_INFO_H

#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include "kernel_types.h"
#include "only_entry.h"
#include "state_maps.h"

/* NULL: see only_entry(). */
static __always_inline struct generation_info *own_generation_info(void)
{
	return only_entry(&generation_info);
}

/* The cookie of the network namespace of the process that runs the program; 0 where the kernel does not tell (5.10). */
static __always_inline __u64 current_netns(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net___5_12 *net = (void *)BPF_CORE_READ(task, nsproxy, net_ns);

	return bpf_core_field_exists(net->net_cookie) ? BPF_CORE_READ(net, net_cookie) : 0;
}

/* Is this cookie (0: unknown) that of the host network namespace? */
static __always_inline bool is_host_netns(__u64 netns)
{
	const struct generation_info *own = own_generation_info();

	return own && own->host_netns && own->host_netns == netns;
}

/* Is a process of another network namespace to be served as packets, by the device of its pod? */
static __always_inline bool serves_host_only(void)
{
	const struct generation_info *own = own_generation_info();

	return own && own->host_only;
}

static __always_inline void limit_to_host_here(void)
{
	struct generation_info *own = own_generation_info();

	if (own)
		own->host_only = 1;
}

/* Marks the programs as new, and the generation before them as possibly attached too. */
static __always_inline void begin_handover_here(void)
{
	struct generation_info *own = own_generation_info();

	if (!own)
		return;
	own->host_netns = current_netns();
	own->generation = bpf_get_prandom_u32();
	own->in_handover = 1;
}

/* The generation before is detached. The network namespace of the latest apply is the host's. */
static __always_inline void finish_handover_here(void)
{
	struct generation_info *own = own_generation_info();

	if (!own)
		return;
	own->host_netns = current_netns();
	own->in_handover = 0;
}

#endif
