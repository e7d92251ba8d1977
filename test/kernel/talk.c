// SPDX-License-Identifier: Apache-2.0
/*
 * Does with sockets what its stdin says, one call a line, and prints what came of it, one line a call:
 *
 *	talk CGROUP NETNS [MAILBOX]	("-" stays where it is; MAILBOX: where sockets are handed to it)
 *	NAME open FAMILY tcp|mptcp|udp	a new socket. FAMILY 4, 6, 46 (AF_INET6 that dials IPv4-mapped addresses)
 *					or 64 (AF_INET6 that is told of AF_INET addresses)
 *	NAME set OPTION			ok: see options.h
 *	NAME bind ADDRESS PORT		ok
 *	NAME accept LISTENER		ok: NAME is the connection
 *	NAME connect ADDRESS PORT	ok
 *	NAME unconnect			ok: connect(AF_UNSPEC)
 *	NAME send			ok: a datagram to the connected peer
 *	NAME sendto ADDRESS PORT	ok
 *	NAME hear			"IDENTITY SOURCE": what echo.c answered, and from where recvfrom() says it came
 *	NAME peek			the same, and it stays there
 *	NAME hear-only			the same by recv(), which asks for no source
 *	NAME peer			getpeername()
 *	- enter NETNS			ok: sockets opened from now on are there
 *
 * and what streams.h, messages.h, ring.h and mailbox.h add. A call that fails prints its errno; what waits, waits for
 * half a second (EAGAIN, of a connect() that is EINPROGRESS).
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include "mailbox.h"
#include "messages.h"
#include "options.h"
#include "ring.h"
#include "streams.h"
#include "talker.h"

enum { SOCKETS = 1024 };

static struct talker talkers[SOCKETS];

static struct talker *find(const char *name)
{
	for (int i = 0; i < SOCKETS; i++) {
		if (!talkers[i].name[0])
			snprintf(talkers[i].name, sizeof(talkers[i].name), "%s", name);
		if (!strcmp(talkers[i].name, name))
			return &talkers[i];
	}
	errx(1, "more than %d sockets", SOCKETS);
}

static int open_socket(struct talker *t, struct call *call)
{
	const char *family = call->words[0];
	int type = strcmp(call->words[1], "udp") ? SOCK_STREAM : SOCK_DGRAM;
	int protocol = strcmp(call->words[1], "mptcp") ? 0 : IPPROTO_MPTCP, on = 1;

	if (t->fd)
		close(t->fd);
	snprintf(t->family, sizeof(t->family), "%s", strcmp(family, "64") ? family : "4");
	t->fd = socket(strcmp(family, "4") ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, protocol);
	if (t->fd < 0)
		return -1;
	/* The ports of scripts are used again and again. (UDP sockets that say so share even ports that nobody named.) */
	if (type == SOCK_STREAM)
		setsockopt(t->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return be_patient(t->fd);
}

static int enter_namespace(struct talker *t, struct call *call)
{
	(void)t;
	enter("-", call->words[0]);
	return 0;
}

static int bind_socket(struct talker *t, struct call *call)
{
	union endpoint at;
	socklen_t length = read_words(t, call->words, &at);

	return bind(t->fd, &at.any, length);
}

static int accept_socket(struct talker *t, struct call *call)
{
	t->fd = accept4(find(call->words[0])->fd, NULL, NULL, SOCK_CLOEXEC);
	return t->fd < 0 ? -1 : be_patient(t->fd);
}

static int connect_socket(struct talker *t, struct call *call)
{
	union endpoint to;
	socklen_t length = read_words(t, call->words, &to);

	return connect(t->fd, &to.any, length);
}

static int unconnect_socket(struct talker *t, struct call *call)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	(void)call;
	return connect(t->fd, &nowhere, sizeof(nowhere));
}

static int send_to_peer(struct talker *t, struct call *call)
{
	(void)call;
	return send(t->fd, "?", 1, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int send_to(struct talker *t, struct call *call)
{
	union endpoint to;
	socklen_t length = read_words(t, call->words, &to);

	return sendto(t->fd, "?", 1, 0, &to.any, length) < 0 ? -1 : 0;
}

static int hear_from(struct talker *t, struct call *call, int flags)
{
	union endpoint from = {};
	socklen_t length = sizeof(from);
	char answer[256];
	ssize_t n;

	/* The end of an io_uring interrupts. */
	n = TEMP_FAILURE_RETRY(
		recvfrom(t->fd, answer, sizeof(answer) - 1, flags, &from.any, &length));
	if (n < 0)
		return -1;
	tell_answer(call, answer, n, &from, length);
	return 0;
}

static int hear(struct talker *t, struct call *call)
{
	return hear_from(t, call, 0);
}

static int peek(struct talker *t, struct call *call)
{
	return hear_from(t, call, MSG_PEEK);
}

static int hear_only(struct talker *t, struct call *call)
{
	char answer[256];
	ssize_t n = recv(t->fd, answer, sizeof(answer) - 1, 0);

	if (n < 0)
		return -1;
	tell_answer(call, answer, n, NULL, 0);
	return 0;
}

static int show_peer(struct talker *t, struct call *call)
{
	union endpoint peer;
	socklen_t length = sizeof(peer);
	char text[96];

	if (getpeername(t->fd, &peer.any, &length))
		return -1;
	write_endpoint(&peer, text, sizeof(text));
	tell(call, "%s", text);
	return 0;
}

static const struct {
	const char *name;
	int (*act)(struct talker *t, struct call *call);
} verbs[] = {
	{ "enter", enter_namespace },
	{ "open", open_socket },
	{ "set", set_option },
	{ "bind", bind_socket },
	{ "listen", listen_socket },
	{ "accept", accept_socket },
	{ "connect", connect_socket },
	{ "wait", wait_for_connection },
	{ "unconnect", unconnect_socket },
	{ "send", send_to_peer },
	{ "sendto", send_to },
	{ "fastopen", send_with_syn },
	{ "hear", hear },
	{ "peek", peek },
	{ "hear-only", hear_only },
	{ "peer", show_peer },
	{ "was-fast", show_fast },
	{ "sendmsg", send_message },
	{ "sendmmsg", send_messages },
	{ "send-segments", send_segments },
	{ "hear-message", hear_message },
	{ "hear-messages", hear_messages },
	{ "hear-error", hear_error },
	{ "ring-connect", ring_connect },
	{ "ring-sendmsg", ring_sendmsg },
	{ "give", give_socket },
	{ "take", take_socket },
};

/* Cuts a line into words and does what it says; returns what is to be printed. */
static const char *obey(char *line, struct call *call)
{
	const char *name = strtok(line, " \n"), *verb = strtok(NULL, " \n"), *word;

	*call = (struct call){ .reply = "ok" };
	while (call->count < WORDS && (word = strtok(NULL, " \n")))
		call->words[call->count++] = word;
	for (int i = call->count; i < WORDS; i++)
		call->words[i] = "";
	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verb, verbs[i].name)) {
			errno = 0;
			return verbs[i].act(find(name), call) < 0 ? strerrorname_np(errno)
								  : call->reply;
		}
	}
	errx(2, "not a call: %s %s", name, verb);
}

int main(int argc, char **argv)
{
	struct call call;
	char line[512];

	if (argc != 3 && argc != 4)
		errx(2, "usage: talk CGROUP NETNS [MAILBOX] < calls");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	enter(argv[1], argv[2]);
	if (argc == 4)
		open_mailbox(argv[3]);
	while (fgets(line, sizeof(line), stdin)) {
		puts(obey(line, &call));
		fflush(stdout);
	}
	return 0;
}
