// SPDX-License-Identifier: GPL-2.0-only
/*
 * Edges: packets from elsewhere that call a Service get a backend, and hear from the Service. Each program stands at one
 * hook of a kind of device: Ethernet, without link-layer header (raw), or the host's side of a pod's device.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "edge.h"
#include "express.h"

char _license[] SEC("license") = "GPL";

SEC("tc")
int arrive(struct __sk_buff *skb)
{
	return on_arrival(skb, ETH_HLEN, false);
}

SEC("tc")
int depart(struct __sk_buff *skb)
{
	return on_departure(skb, ETH_HLEN, false);
}

SEC("tc")
int arrive_raw(struct __sk_buff *skb)
{
	return on_arrival(skb, 0, false);
}

SEC("tc")
int depart_raw(struct __sk_buff *skb)
{
	return on_departure(skb, 0, false);
}

SEC("tc")
int arrive_pod(struct __sk_buff *skb)
{
	return on_arrival(skb, ETH_HLEN, true);
}

SEC("tc")
int depart_pod(struct __sk_buff *skb)
{
	return on_departure(skb, ETH_HLEN, true);
}

SEC("xdp")
int express(struct xdp_md *ctx)
{
	return on_frame(ctx);
}

/* Attached to nothing: apply runs it once, after loading. */
SEC("raw_tp")
int begin_flows(void *ctx)
{
	if (draw_secret())
		begin_counts();
	return 0;
}
