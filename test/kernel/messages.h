/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of talk.c that have messages: control data, several at once, and errors.
 *
 *	NAME sendmsg ADDRESS PORT [tos N] [from ADDRESS]	ok: one datagram with a traffic class or a source address
 *	NAME sendmmsg ADDRESS PORT ADDRESS PORT...		how many of these datagrams went
 *	NAME send-segments COUNT				ok: so many datagrams to the connected peer, which the device cuts from one
 *	NAME hear-message		"IDENTITY SOURCE", and "tos=N" when the socket asked for it
 *	NAME hear-messages N		the same of N messages by one recvmmsg()
 *	NAME hear-error			"ERRNO SOURCE OFFENDER" of MSG_ERRQUEUE
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <linux/errqueue.h>
#include <netinet/udp.h>
#include "talker.h"

enum { SEGMENTS = 32 };

/* A message of one piece, and room for all that it names. */
struct letter {
	union endpoint end;
	char text[256];
	union {
		char room[256];
		struct cmsghdr aligned;
	} control;
	struct iovec piece;
	struct mmsghdr message;
};

static inline void prepare(struct letter *letter, size_t size, size_t control)
{
	letter->piece = (struct iovec){ letter->text, size };
	letter->message.msg_hdr = (struct msghdr){
		.msg_name = &letter->end,
		.msg_namelen = sizeof(letter->end),
		.msg_iov = &letter->piece,
		.msg_iovlen = 1,
		.msg_control = control ? &letter->control : NULL,
		.msg_controllen = control,
	};
}

static inline void attach(struct letter *letter, int level, int type, const void *data, size_t size)
{
	struct msghdr *header = &letter->message.msg_hdr;
	struct cmsghdr *slot = (struct cmsghdr *)(letter->control.room + header->msg_controllen);

	header->msg_control = &letter->control;
	header->msg_controllen += CMSG_SPACE(size);
	*slot = (struct cmsghdr){ CMSG_LEN(size), level, type };
	memcpy(CMSG_DATA(slot), data, size);
}

static inline void attach_source(const struct talker *t, struct letter *letter, const char *address)
{
	union endpoint from;

	if (!read_endpoint(t->family, address, 0, &from))
		errx(2, "not an address: %s", address);
	if (from.any.sa_family == AF_INET) {
		struct in_pktinfo info = { .ipi_spec_dst = from.v4.sin_addr };

		attach(letter, SOL_IP, IP_PKTINFO, &info, sizeof(info));
	} else {
		struct in6_pktinfo info = { .ipi6_addr = from.v6.sin6_addr };

		attach(letter, SOL_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
}

/* "?" to the destination that `words` begin with. */
static inline void address(const struct talker *t, const char *const *words, struct letter *letter)
{
	*letter = (struct letter){ .text = "?" };
	prepare(letter, 1, 0);
	letter->message.msg_hdr.msg_namelen = read_words(t, words, &letter->end);
}

/* A letter to the first two words, with what the others say. */
static inline void write_letter(const struct talker *t, const struct call *call,
				struct letter *letter)
{
	address(t, call->words, letter);
	for (int i = 2; i < call->count; i += 2) {
		int tos = atoi(call->words[i + 1]);

		if (!strcmp(call->words[i], "from"))
			attach_source(t, letter, call->words[i + 1]);
		else if (strcmp(t->family, "6"))
			attach(letter, SOL_IP, IP_TOS, &tos, sizeof(tos));
		else
			attach(letter, SOL_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	}
}

static int send_message(struct talker *t, struct call *call)
{
	struct letter letter;

	write_letter(t, call, &letter);
	return sendmsg(t->fd, &letter.message.msg_hdr, 0) < 0 ? -1 : 0;
}

static int send_segments(struct talker *t, struct call *call)
{
	static const char bytes[SEGMENTS];
	int count = atoi(call->words[0]), segment = 1;

	if (count < 1 || count > SEGMENTS)
		errx(2, "send-segments: 1 to %d", SEGMENTS);
	if (setsockopt(t->fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		return -1;
	return send(t->fd, bytes, count, 0) < 0 ? -1 : 0;
}

static int send_messages(struct talker *t, struct call *call)
{
	struct letter letters[WORDS / 2];
	struct mmsghdr messages[WORDS / 2];
	int n;

	for (int i = 0; i < call->count / 2; i++) {
		address(t, call->words + 2 * i, &letters[i]);
		messages[i] = letters[i].message;
	}
	n = sendmmsg(t->fd, messages, call->count / 2, 0);
	if (n >= 0)
		tell(call, "%d", n);
	return n;
}

static inline void tell_letter(struct call *call, struct letter *letter, const struct mmsghdr *got)
{
	struct msghdr header = got->msg_hdr;

	tell_answer(call, letter->text, got->msg_len, &letter->end, header.msg_namelen);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
		if (c->cmsg_type == (c->cmsg_level == SOL_IP ? IP_TOS : IPV6_TCLASS))
			tell(call, "tos=%d", *CMSG_DATA(c));
	}
}

static int hear_message(struct talker *t, struct call *call)
{
	struct letter letter;
	ssize_t n;

	prepare(&letter, sizeof(letter.text) - 1, sizeof(letter.control));
	n = recvmsg(t->fd, &letter.message.msg_hdr, 0);
	letter.message.msg_len = n;
	if (n >= 0)
		tell_letter(call, &letter, &letter.message);
	return n;
}

static int hear_messages(struct talker *t, struct call *call)
{
	struct letter letters[WORDS];
	struct mmsghdr messages[WORDS];
	int n = atoi(call->words[0]);

	for (int i = 0; i < n; i++) {
		prepare(&letters[i], sizeof(letters[i].text) - 1, 0);
		messages[i] = letters[i].message;
	}
	n = recvmmsg(t->fd, messages, n, 0, NULL);
	for (int i = 0; i < n; i++)
		tell_letter(call, &letters[i], &messages[i]);
	return n;
}

static int hear_error(struct talker *t, struct call *call)
{
	struct letter letter;
	struct msghdr *header = &letter.message.msg_hdr;
	char source[96] = "-", offender[96] = "-";

	prepare(&letter, sizeof(letter.text) - 1, sizeof(letter.control));
	if (recvmsg(t->fd, header, MSG_ERRQUEUE) < 0)
		return -1;
	if (header->msg_namelen)
		write_endpoint(&letter.end, source, sizeof(source));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		struct sock_extended_err *error = (void *)CMSG_DATA(c);

		if (c->cmsg_type != (c->cmsg_level == SOL_IP ? IP_RECVERR : IPV6_RECVERR))
			continue;
		write_endpoint((void *)SO_EE_OFFENDER(error), offender, sizeof(offender));
		tell(call, "%s %s %s", strerrorname_np(error->ee_errno), source, offender);
	}
	return 0;
}

#endif
