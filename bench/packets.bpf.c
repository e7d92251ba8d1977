// SPDX-License-Identifier: GPL-2.0-only
/*
 * What packets.c measures programs with. A test run does not give a program a fresh packet for each repetition: one that
 * rewrites would see its own output from the second on. So `restore_xdp` and `restore_tc` put a packet back, then call the
 * program under test; `floor_xdp` and `floor_tc` are the least that such a program can do.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "packets.h"

char _license[] SEC("license") = "GPL";

struct template
{
	__u8 bytes[TEMPLATE_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MOST_TEMPLATES);
	__type(key, __u32);
	__type(value, struct template);
} templates SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} counts SEC(".maps");

#define UNDER_TEST(name)                                                                           \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);                                             \
		__uint(max_entries, 1);                                                            \
		__type(key, __u32);                                                                \
		__type(value, __u32);                                                              \
	} name SEC(".maps")
UNDER_TEST(xdp_under_test);
UNDER_TEST(tc_under_test);

static __always_inline struct settings *own_settings(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

static __always_inline struct counts *own_counts(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counts, &zero);
}

/* Writes the next template over a packet. False: it cannot be. */
static __always_inline bool restore(const struct settings *set, void *data, const void *end)
{
	struct counts *counts = own_counts();
	struct iphdr *ip = data + ETH_HLEN;
	const struct template *template;
	__u32 i;

	if (!counts || data + TEMPLATE_BYTES > end)
		return false;
	i = counts->restored++;
	/* All of them, in an order that no processor foresees. */
	if (set->scattered)
		i = i * 2654435761u >> 7;
	i &= set->mask;
	template = bpf_map_lookup_elem(&templates, &i);
	if (!template)
		return false;
	__builtin_memcpy(data, template, TEMPLATE_BYTES);
	/* A flow that was never seen. Nothing in a test run looks at the checksums. */
	if (set->fresh)
		ip->saddr += (__u32)counts->restored;
	return true;
}

SEC("xdp")
int restore_xdp(struct xdp_md *ctx)
{
	const struct settings *set = own_settings();

	if (!set || !restore(set, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_ABORTED;
	bpf_tail_call(ctx, &xdp_under_test, 0);
	return XDP_ABORTED;
}

SEC("tc")
int restore_tc(struct __sk_buff *skb)
{
	const struct settings *set = own_settings();

	if (!set || bpf_skb_pull_data(skb, TEMPLATE_BYTES) ||
	    !restore(set, (void *)(long)skb->data, (void *)(long)skb->data_end))
		return TC_ACT_SHOT;
	bpf_tail_call(skb, &tc_under_test, 0);
	return TC_ACT_SHOT;
}

SEC("xdp")
int floor_xdp(struct xdp_md *ctx)
{
	return XDP_TX;
}

SEC("tc")
int floor_tc(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

/* One array lookup by an address, which a gate cannot do without. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MOST_TEMPLATES);
	__type(key, __u32);
	__type(value, __u64);
} gate SEC(".maps");

SEC("tc")
int array_tc(struct __sk_buff *skb)
{
	const struct iphdr *ip = (void *)(long)skb->data + ETH_HLEN;
	const __u64 *found;
	__u32 i;

	if ((void *)(ip + 1) > (void *)(long)skb->data_end)
		return TC_ACT_UNSPEC;
	i = ip->saddr * 2654435761u >> 16;
	found = bpf_map_lookup_elem(&gate, &i);
	return found && *found ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/* Where a program under test would be, when the kernel alone is to see its packets. */
SEC("xdp")
int pass_xdp(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* Sends the next packet out of a device, of frames that the kernel makes (BPF_F_TEST_XDP_LIVE_FRAMES). */
SEC("xdp")
int send_xdp(struct xdp_md *ctx)
{
	const struct settings *set = own_settings();

	if (!set || !restore(set, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_ABORTED;
	return bpf_redirect(set->ifindex, 0);
}

/* Counts what comes, and drops it. */
SEC("xdp")
int sink_xdp(struct xdp_md *ctx)
{
	struct counts *counts = own_counts();

	if (counts)
		counts->arrived++;
	return XDP_DROP;
}

/* The least that can be done to send a frame back. */
SEC("xdp")
int reflect_xdp(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	__u8 source[ETH_ALEN];

	if ((void *)(ethernet + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	__builtin_memcpy(source, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, source, ETH_ALEN);
	return XDP_TX;
}
