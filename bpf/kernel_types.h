/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The kernel's own types, with the fields that our programs read. The loader finds where the running kernel keeps each
 * field (CO-RE) by the names of type and field; order and size here mean nothing. A second shape of one type gets a
 * name with three underscores (net___5_12): CO-RE ignores what follows them.
 */
#ifndef BALANCING_KERNEL_TYPES_H
#define BALANCING_KERNEL_TYPES_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

/* Linux 5.12 and newer: before, the cookie is an atomic64_t. */
struct net___5_12 {
	__u64 net_cookie;
};

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	struct nsproxy *nsproxy;
};

/* MPTCP: absent from kernels that are built without it. */
struct mptcp_sock {
};

typedef struct {
	struct net *net;
} possible_net_t;

/* Not the shape of <linux/in6.h>, which packets are read with. */
struct in6_addr___words {
	__be32 words[4];
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* the local port, in host order */
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr___words skc_v6_daddr;
	struct in6_addr___words skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

/* At the end of a list every field but `meta` is NULL. */
struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

/* It begins with its struct sock. */
struct udp_sock {
};

struct bpf_iter__udp {
	struct bpf_iter_meta *meta;
	struct udp_sock *udp_sk;
};

#pragma clang attribute pop

#endif
