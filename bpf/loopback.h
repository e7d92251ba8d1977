/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Node ports answer on 127.0.0.1 and ::1 in the host network namespace only: a pod's loopback is the pod's.
 */
#ifndef BALANCING_LOOPBACK_H
#define BALANCING_LOOPBACK_H

#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include "abi.h"

#define LOOPBACK4 bpf_htonl(0x7f000001)
#define LOOPBACK6 bpf_htonl(1)

/* `v4` says which family the address is of; IPv4 in its mapped form. */
static __always_inline bool is_loopback(const struct ip *address, bool v4)
{
	if (v4)
		return address->word[3] == LOOPBACK4;
	return address->word[3] == LOOPBACK6 && !address->word[2] && !address->word[1] &&
	       !address->word[0];
}

#endif
