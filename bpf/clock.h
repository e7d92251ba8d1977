/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The time, as flow records note it: cheap, and coarse.
 */
#ifndef BALANCING_CLOCK_H
#define BALANCING_CLOCK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

enum clock_units {
	CLOCK_SHIFT = 30, /* a unit is 2^30 ns, 1.07 s */
};

/* Kernels before 5.11 have no coarse clock; the precise one costs more. */
static __always_inline __u32 coarse_time(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_coarse_ns))
		return bpf_ktime_get_coarse_ns() >> CLOCK_SHIFT;
	return bpf_ktime_get_ns() >> CLOCK_SHIFT;
}

#endif
