/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a lookup says about a socket call, and how the kernel is told.
 */
#ifndef BALANCING_VERDICT_H
#define BALANCING_VERDICT_H

#include <linux/bpf.h>
#include <asm-generic/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* A verdict is one of these, or a negative errno: the call fails at once with it. */
enum verdict {
	VERDICT_PASS = 0,      /* leave the destination alone */
	VERDICT_TRANSLATE = 1, /* a backend was chosen */
};

/* What a cgroup hook returns to let the call go on, and to make it fail. */
enum hook {
	HOOK_FAIL = 0,
	HOOK_PROCEED = 1,
};

/*
 * Makes the call fail with -verdict. Kernels before 6.1 cannot choose the errno: there it is EPERM, and
 * the loader takes the helper call out. The helper itself is older (5.18), but may be called at these
 * hooks only since 6.1, which the helper that came after that change tells.
 */
static __always_inline int fail_call(int verdict)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_user_ringbuf_drain))
		bpf_set_retval(verdict);
	return HOOK_FAIL;
}

#endif
