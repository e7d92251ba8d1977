/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of talk.c that go through io_uring, one at a time:
 *
 *	NAME ring-connect ADDRESS PORT	ok, once it is connected
 *	NAME ring-sendmsg ADDRESS PORT	ok
 */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "messages.h"

static inline void *map_ring(int ring, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);

	if (at == MAP_FAILED)
		err(1, "io_uring: mmap");
	return at;
}

/* Makes a ring for this one call, and waits for its end. Returns the result, or -1 with errno. */
static inline int submit(const struct io_uring_sqe *entry)
{
	struct io_uring_params p = {};
	int ring = syscall(SYS_io_uring_setup, 1, &p), result;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *done;
	char *submissions, *completions;

	if (ring < 0)
		return -1;
	submissions = map_ring(ring, 4096, IORING_OFF_SQ_RING);
	completions = map_ring(ring, 4096, IORING_OFF_CQ_RING);
	entries = map_ring(ring, sizeof(*entries), IORING_OFF_SQES);
	entries[0] = *entry;
	((__u32 *)(submissions + p.sq_off.array))[0] = 0;
	__atomic_store_n((__u32 *)(submissions + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		err(1, "io_uring_enter");
	done = (void *)(completions + p.cq_off.cqes);
	result = done->res;
	munmap(submissions, 4096);
	munmap(completions, 4096);
	munmap(entries, sizeof(*entries));
	close(ring);
	if (result < 0)
		errno = -result;
	return result < 0 ? -1 : result;
}

static int ring_connect(struct talker *t, struct call *call)
{
	union endpoint to;
	socklen_t length = read_words(t, call->words, &to);

	return submit(&(struct io_uring_sqe){
		.opcode = IORING_OP_CONNECT,
		.fd = t->fd,
		.addr = (unsigned long)&to,
		.off = length,
	});
}

static int ring_sendmsg(struct talker *t, struct call *call)
{
	struct letter letter;

	write_letter(t, call, &letter);
	return submit(&(struct io_uring_sqe){
		.opcode = IORING_OP_SENDMSG,
		.fd = t->fd,
		.addr = (unsigned long)&letter.message.msg_hdr,
		.len = 1,
	});
}

#endif
