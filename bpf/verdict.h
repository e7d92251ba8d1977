/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What a lookup decides.
 */
#ifndef BALANCING_VERDICT_H
#define BALANCING_VERDICT_H

#include <asm-generic/errno.h>

/* A verdict is one of these, or a negative errno: the client is refused with it. */
enum verdict {
	VERDICT_PASS = 0,      /* leave the destination alone */
	VERDICT_TRANSLATE = 1, /* a backend was chosen */
};

#endif
