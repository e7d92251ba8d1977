/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What an edge does with a packet.
 */
#ifndef BALANCING_EDGE_VERDICT_H
#define BALANCING_EDGE_VERDICT_H

#include <asm-generic/errno.h>
#include "verdict.h"

enum edge_verdict {
	EDGE_PASS,    /* on its way, as it is now */
	EDGE_FORWARD, /* to the backend of `work->offer`, from `work->port` */
	EDGE_DROP,
	EDGE_REFUSE, /* answer port unreachable */
	EDGE_BACK,   /* out by the edge that the client's packets come by */
	EDGE_AGAIN,  /* let it arrive again: the first fragment may come meanwhile */
};

#endif
