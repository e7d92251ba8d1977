// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of flow records: a byte each (enum listed_flow), so that counting them costs neither a dump of the map nor memory.
 * Needs the kernel's BTF and Linux 5.9.
 *
 * A record that is replaced meanwhile may be listed twice or not at all, and one whose memory is given to another record in
 * this moment is listed as something of both.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "address.h"
#include "kernel_types.h"

char _license[] SEC("license") = "GPL";

SEC("iter/bpf_map_elem")
int list_flows(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct flow *flow = ctx->value;
	__u8 listed = 0;

	if (!flow)
		return 0;
	if (flow->flags & FLOW_UDP)
		listed |= LISTED_UDP;
	if (!is_mapped(&flow->to))
		listed |= LISTED_IPV6;
	if (flow->flags & FLOW_RETURN)
		listed |= LISTED_RETURN;
	else if (flow->arrived_by)
		listed |= LISTED_PAIR;
	bpf_seq_write(ctx->meta->seq, &listed, sizeof(listed));
	return 0;
}
