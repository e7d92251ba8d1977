/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Where the linear bytes of a frame begin and end. In assembly, because the verifier wants the field loaded from the context
 * itself, and clang at times computes the field's address first and keeps that.
 */
#ifndef BALANCING_FRAME_BOUNDS_H
#define BALANCING_FRAME_BOUNDS_H

#include <stddef.h>
#include <linux/bpf.h>

static __always_inline void *frame_start(const struct __sk_buff *skb)
{
	void *start;

	asm volatile("%0 = *(u32 *)(%1 + %2)"
		     : "=r"(start)
		     : "r"(skb), "i"(offsetof(struct __sk_buff, data)));
	return start;
}

static __always_inline void *frame_end(const struct __sk_buff *skb)
{
	void *end;

	asm volatile("%0 = *(u32 *)(%1 + %2)"
		     : "=r"(end)
		     : "r"(skb), "i"(offsetof(struct __sk_buff, data_end)));
	return end;
}

#endif
