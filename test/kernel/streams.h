/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of talk.c that only TCP has:
 *
 *	NAME listen			ok
 *	NAME wait			ok, or how a connect() that went on without us ended
 *	NAME fastopen ADDRESS PORT	ok: data that goes with the SYN
 *	NAME was-fast			yes when it did, and was acknowledged with it
 */
#ifndef STREAMS_H
#define STREAMS_H

#include <poll.h>
#include "options.h"

static int listen_socket(struct talker *t, struct call *call)
{
	(void)call;
	return listen(t->fd, SOMAXCONN);
}

static int wait_for_connection(struct talker *t, struct call *call)
{
	struct pollfd ready = { .fd = t->fd, .events = POLLOUT };
	socklen_t length = sizeof(errno);

	(void)call;
	poll(&ready, 1, PATIENCE_MS);
	if (!ready.revents)
		errno = EAGAIN;
	else
		getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &errno, &length);
	return errno ? -1 : 0;
}

static int send_with_syn(struct talker *t, struct call *call)
{
	union endpoint to;
	socklen_t length = read_words(t, call->words, &to);

	return sendto(t->fd, "?", 1, MSG_FASTOPEN, &to.any, length) < 0 ? -1 : 0;
}

static int show_fast(struct talker *t, struct call *call)
{
	struct tcp_info info = {};
	socklen_t length = sizeof(info);

	if (getsockopt(t->fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		return -1;
	tell(call, info.tcpi_options & TCPI_OPT_SYN_DATA ? "yes" : "no");
	return 0;
}

#endif
