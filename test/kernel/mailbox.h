/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of talk.c that hand sockets to another process of it, by SCM_RIGHTS:
 *
 *	NAME give MAILBOX		ok: it lies there
 *	NAME take			ok: NAME is the socket that was first in our mailbox
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <sys/un.h>
#include "messages.h"

static int mailbox;

static inline void open_mailbox(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	mailbox = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(mailbox, (struct sockaddr *)&at, sizeof(at)))
		err(1, "bind %s", path);
}

/* The family goes along: the other process writes addresses as this one did. */
static int give_socket(struct talker *t, struct call *call)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct letter letter = {};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", call->words[0]);
	memcpy(letter.text, t->family, sizeof(t->family));
	prepare(&letter, sizeof(t->family), 0);
	letter.message.msg_hdr.msg_name = &to;
	letter.message.msg_hdr.msg_namelen = sizeof(to);
	attach(&letter, SOL_SOCKET, SCM_RIGHTS, &t->fd, sizeof(t->fd));
	return sendmsg(mailbox, &letter.message.msg_hdr, 0);
}

static int take_socket(struct talker *t, struct call *call)
{
	struct letter letter = {};

	(void)call;
	prepare(&letter, sizeof(letter.text), sizeof(letter.control));
	if (recvmsg(mailbox, &letter.message.msg_hdr, MSG_DONTWAIT) < 0)
		return -1;
	memcpy(t->family, letter.text, sizeof(t->family));
	memcpy(&t->fd, CMSG_DATA(&letter.control.aligned), sizeof(t->fd));
	return 0;
}

#endif
