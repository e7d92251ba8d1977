/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says about pinned programs: how often they ran, and for how long.
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <err.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static inline int open_pin(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };
	int fd = bpf(BPF_OBJ_GET, &attr);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/*
 * The kernel takes statistics until the descriptor is closed: so they go off again whenever and however this
 * process ends.
 */
static inline int enable_statistics(void)
{
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };
	int fd = bpf(BPF_ENABLE_STATS, &attr);

	if (fd < 0)
		err(1, "BPF_ENABLE_STATS");
	return fd;
}

/* Only what was counted while statistics were enabled. */
static inline struct bpf_prog_info statistics(int program)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = {
		.info = { .bpf_fd = program, .info_len = sizeof(info), .info = (uintptr_t)&info },
	};

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		err(1, "BPF_OBJ_GET_INFO_BY_FD");
	return info;
}

#endif
