/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that are pinned.
 */
#ifndef PIN_H
#define PIN_H

#include <err.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Opens what is pinned at a path. Ends the process where that fails. */
static inline int open_pin(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };
	int fd = syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr));

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

#endif
