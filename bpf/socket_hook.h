/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How a cgroup hook tells the kernel to let a socket call go on, or to make it fail.
 */
#ifndef BALANCING_SOCKET_HOOK_H
#define BALANCING_SOCKET_HOOK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* What a cgroup hook returns. */
enum hook {
	HOOK_FAIL = 0,
	HOOK_PROCEED = 1,
};

enum errno_limits {
	MOST_ERRNO = 4095,
};

/*
 * Makes the call fail with the errno -verdict. Kernels before 6.1 cannot choose the errno: the call fails with EPERM, and
 * the loader takes the helper call out. The helper itself is older (5.18), but may be called at these
 * hooks only since 6.1; the helper that came after that change tells which kernel it is. Since 7.2 the verifier wants to see
 * that it is an errno.
 */
static __always_inline int fail_call(int verdict)
{
	__u64 number = -(__s64)verdict;

	barrier_var(number);
	number &= MOST_ERRNO;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_user_ringbuf_drain))
		bpf_set_retval(-number);
	return HOOK_FAIL;
}

#endif
