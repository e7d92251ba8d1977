/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What talk.c asks of its sockets:
 *
 *	NAME set nonblocking|reuseport|fastopen-connect
 *	NAME set errors			MSG_ERRQUEUE has what went wrong
 *	NAME set one-hop		what it sends gets as far as the first router
 *	NAME set tos			messages come with their traffic class
 *	NAME set hop-options|destination-options
 *					IPv6 packets have such a header, which means nothing
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <sys/time.h>
#include <linux/tcp.h>
#include "talker.h"

enum { PATIENCE_MS = 500 };

struct option {
	int level, number;
};

static const struct {
	const char *name;
	struct option v4, v6;
} options[] = {
	{ "reuseport", { SOL_SOCKET, SO_REUSEPORT }, { SOL_SOCKET, SO_REUSEPORT } },
	{ "fastopen-connect",
	  { IPPROTO_TCP, TCP_FASTOPEN_CONNECT },
	  { IPPROTO_TCP, TCP_FASTOPEN_CONNECT } },
	{ "errors", { SOL_IP, IP_RECVERR }, { SOL_IPV6, IPV6_RECVERR } },
	{ "one-hop", { SOL_IP, IP_TTL }, { SOL_IPV6, IPV6_UNICAST_HOPS } },
	{ "tos", { SOL_IP, IP_RECVTOS }, { SOL_IPV6, IPV6_RECVTCLASS } },
};

/* 16 bytes in all: an option for experiments (RFC 4727), to be skipped by who does not know it. */
static int add_header(int fd, int number)
{
	const char header[16] = { 0, 1, 0x1e, 12 };

	return setsockopt(fd, SOL_IPV6, number, header, sizeof(header));
}

static int set_option(struct talker *t, struct call *call)
{
	int on = 1;

	if (!strcmp(call->words[0], "nonblocking"))
		return fcntl(t->fd, F_SETFL, O_NONBLOCK);
	if (!strcmp(call->words[0], "hop-options"))
		return add_header(t->fd, IPV6_HOPOPTS);
	if (!strcmp(call->words[0], "destination-options"))
		return add_header(t->fd, IPV6_DSTOPTS);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct option o = strcmp(t->family, "6") ? options[i].v4 : options[i].v6;

		if (!strcmp(call->words[0], options[i].name))
			return setsockopt(t->fd, o.level, o.number, &on, sizeof(on));
	}
	errx(2, "not an option: %s", call->words[0]);
}

static int be_patient(int fd)
{
	struct timeval patience = { .tv_usec = PATIENCE_MS * 1000 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience))
		       ?: setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

#endif
