/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every operation has: addresses to call, sockets, and who must be reached.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "addresses.h"
#include "servers.h"

enum { CALLS = 1000 };

/* Call number `i` goes to the address `to[i]`. */
struct calls {
	const struct addresses *addresses;
	const struct server *server; /* where they must arrive */
	int reused;		     /* one UDP socket for all */
	uint32_t to[CALLS];
	int sockets[CALLS];
};

static inline int new_socket(const struct calls *calls, int type)
{
	int fd = socket(calls->addresses->family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static inline void dial(const struct calls *calls, int fd, uint32_t number)
{
	if (connect(fd, address_at(calls->addresses, number), calls->addresses->size))
		err(1, "connect");
}

static inline void send_datagram(const struct calls *calls, int fd, uint32_t number)
{
	if (sendto(fd, "x", 1, 0, address_at(calls->addresses, number), calls->addresses->size) !=
	    1)
		err(1, "sendto");
}

static inline void take_all(struct calls *calls)
{
	take_datagrams(calls->server, CALLS, false);
}

static inline void nothing(struct calls *calls)
{
	(void)calls;
}

#endif
