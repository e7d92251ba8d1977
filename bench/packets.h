/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What packets.c and packets.bpf.c both know.
 */
#ifndef BENCH_PACKETS_H
#define BENCH_PACKETS_H

#include <linux/types.h>
#include <stdbool.h>

enum template_limits {
	TEMPLATE_BYTES = 96, /* of each packet: all headers that a program may write to */
	MOST_TEMPLATES = 65536,
};

struct settings {
	__u32 mask;	 /* how many templates there are, less one; a power of two */
	__u32 ifindex;	 /* where `send_xdp` sends to */
	__u32 scattered; /* 1: in no order */
	__u32 fresh;	 /* 1: every packet has a source of its own */
};

struct counts {
	__u64 restored;
	__u64 arrived;
};

#endif
