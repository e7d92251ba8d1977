/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses that a row dials: a file of lines "IP PORT", of one family.
 */
#ifndef BENCH_ADDRESSES_H
#define BENCH_ADDRESSES_H

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct addresses {
	int family;
	socklen_t size; /* of one address */
	size_t count;
	char *bytes; /* packed, so that IPv4 ones stay small in the cache */
};

static inline uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) * limit >> 32;
}

static inline const struct sockaddr *address_at(const struct addresses *from, size_t number)
{
	return (const void *)(from->bytes + number * from->size);
}

static inline union address parse_address(const char *text, int port, int family)
{
	union address to = {};

	to.v4.sin_family = family;
	to.v4.sin_port = htons(port);
	if (inet_pton(family, text,
		      family == AF_INET ? (void *)&to.v4.sin_addr : &to.v6.sin6_addr) != 1)
		errx(1, "%s is not of the family of the first address", text);
	return to;
}

static inline void add_address(struct addresses *to, const union address *address)
{
	/* Room is a power of two: it is full when the count is one. */
	if (!(to->count & (to->count - 1))) {
		to->bytes = realloc(to->bytes, (to->count ? to->count * 2 : 1) * to->size);
		if (!to->bytes)
			err(1, "memory");
	}
	memcpy(to->bytes + to->count++ * to->size, address, to->size);
}

static inline struct addresses read_addresses(const char *path)
{
	FILE *file = fopen(path, "re");
	struct addresses read = {};
	char text[64];
	int port;

	if (!file)
		err(1, "%s", path);
	while (fscanf(file, "%63s %d", text, &port) == 2) {
		union address address;

		if (!read.count) {
			read.family = strchr(text, ':') ? AF_INET6 : AF_INET;
			read.size =
				read.family == AF_INET ? sizeof(address.v4) : sizeof(address.v6);
		}
		address = parse_address(text, port, read.family);
		add_address(&read, &address);
	}
	fclose(file);
	if (!read.count)
		errx(1, "%s is empty", path);
	return read;
}

#endif
