/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The ends of a socket as the kernel keeps them, in the form of our maps and records. Read by probes, so that a pointer
 * to memory that is a socket no more does no harm.
 */
#ifndef BALANCING_KERNEL_SOCKET_H
#define BALANCING_KERNEL_SOCKET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "address.h"
#include "kernel_types.h"

#define FAMILY_IPV4 2 /* AF_INET */

static __always_inline struct ip ip4(__be32 address)
{
	return (struct ip){ .word = { 0, 0, MAPPED_PREFIX, address } };
}

static __always_inline struct ip ip6(const struct in6_addr___words *address)
{
	struct ip ip;

	bpf_probe_read_kernel(&ip, sizeof(ip), address);
	return ip;
}

static __always_inline __u64 cookie_of(const struct sock *socket)
{
	return BPF_CORE_READ(socket, __sk_common.skc_cookie.counter);
}

static __always_inline bool is_ipv4(const struct sock *socket)
{
	return BPF_CORE_READ(socket, __sk_common.skc_family) == FAMILY_IPV4;
}

static __always_inline struct ip source_of(const struct sock *socket)
{
	const struct sock_common *sk = &socket->__sk_common;

	return is_ipv4(socket) ? ip4(BPF_CORE_READ(sk, skc_rcv_saddr)) : ip6(&sk->skc_v6_rcv_saddr);
}

/* The address that the socket is connected to. */
static __always_inline struct ip destination_of(const struct sock *socket)
{
	const struct sock_common *sk = &socket->__sk_common;

	return is_ipv4(socket) ? ip4(BPF_CORE_READ(sk, skc_daddr)) : ip6(&sk->skc_v6_daddr);
}

/* 0: the socket is not connected. */
static __always_inline __be16 destination_port_of(const struct sock *socket)
{
	return BPF_CORE_READ(socket, __sk_common.skc_dport);
}

#endif
