/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * ICMP messages that concern flows: RFC 792, 1191 and 4443. (<linux/icmp.h> needs headers of a C library.)
 */
#ifndef BALANCING_ICMP_H
#define BALANCING_ICMP_H

#include <stdbool.h>
#include <linux/in.h>
#include <linux/types.h>

/* The header, the same in both families. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__u16 check;
	__be32 rest;
};

enum icmp_types {
	ICMP4_UNREACHABLE = 3,
	ICMP4_REDIRECT = 5,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_PARAMETER_PROBLEM = 12,
	ICMP6_UNREACHABLE = 1,
	ICMP6_PARAMETER_PROBLEM = 4, /* the last of the errors */
	ICMP6_REDIRECT = 137,
};

enum icmp_codes {
	ICMP4_PORT_UNREACHABLE = 3,
	ICMP6_PORT_UNREACHABLE = 4,
};

static __always_inline bool is_icmp(bool v4, __u8 protocol)
{
	return protocol == (v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* Is it an error, which quotes a packet? */
static __always_inline bool is_error(bool v4, __u8 type)
{
	if (v4)
		return type == ICMP4_UNREACHABLE || type == ICMP4_TIME_EXCEEDED ||
		       type == ICMP4_PARAMETER_PROBLEM;
	return type >= ICMP6_UNREACHABLE && type <= ICMP6_PARAMETER_PROBLEM;
}

#endif
