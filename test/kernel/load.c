// SPDX-License-Identifier: Apache-2.0
/*
 * Calls Services over and over, as fast as it can, until its stdin ends:
 *
 *	load CGROUP NETNS THREADS FOLDER		("-" stays where it is)
 *	stdin, a row each:	FAMILY MODE ADDRESS PORT	as dial.c has them; an empty line begins
 *
 * Backends must be addresses of NETNS itself, 10.244.S.H or fd00:244:S::H, their number S * 256 + H: then a connected
 * socket's own address is that of the backend it got. echo.c answers datagrams there, under this number as its name.
 *
 * Each thread calls rows chosen at random, each call with a new socket, and writes FOLDER/THREAD, a struct record a call.
 * A call is wrong (EPROTO) when the socket shows another peer than it dialled.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include "party.h"

enum { ROWS = 1024, THREADS = 64, BUFFER = 1 << 20 };

struct row {
	int type, unconnected;
	union endpoint to;
	socklen_t length;
};

struct record {
	uint64_t started; /* ns of the monotonic clock */
	uint32_t took;	  /* ns, until the kernel had chosen */
	uint16_t row;
	int16_t result; /* the number of a backend, 0: somebody else; -errno */
};

struct caller {
	pthread_t thread;
	FILE *records;
	uint64_t random;
};

static struct row rows[ROWS];
static int row_count;
static atomic_bool over;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint32_t random_below(struct caller *c, uint32_t limit)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (c->random >> 32) * limit >> 32;
}

/* The number of the backend that has this address, 0 for an address of somebody else. */
static int number_of(const union endpoint *at)
{
	const uint8_t *v4 = (const void *)&at->v4.sin_addr, *v6 = (const void *)&at->v6.sin6_addr;

	if (at->any.sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&at->v6.sin6_addr))
		return !memcmp(v6, "\xfd\0\x02\x44", 4) ? v6[5] << 8 | v6[15] : 0;
	if (at->any.sa_family == AF_INET6)
		v4 = v6 + 12;
	return !memcmp(v4, "\x0a\xf4", 2) ? v4[2] << 8 | v4[3] : 0;
}

static int is_dialled(const struct row *row, const union endpoint *shown)
{
	if (row->to.any.sa_family == AF_INET)
		return shown->v4.sin_addr.s_addr == row->to.v4.sin_addr.s_addr &&
		       shown->v4.sin_port == row->to.v4.sin_port;
	return IN6_ARE_ADDR_EQUAL(&shown->v6.sin6_addr, &row->to.v6.sin6_addr) &&
	       shown->v6.sin6_port == row->to.v6.sin6_port;
}

static int chosen_by_connect(const struct row *row, int fd)
{
	union endpoint own, peer;
	socklen_t length = sizeof(own);

	if (getsockname(fd, &own.any, &length))
		return -errno;
	length = sizeof(peer);
	if (getpeername(fd, &peer.any, &length))
		return -errno;
	return is_dialled(row, &peer) ? number_of(&own) : -EPROTO;
}

static int chosen_by_datagram(const struct row *row, int fd)
{
	union endpoint source;
	socklen_t length = sizeof(source);
	char answer[64];
	ssize_t n = recvfrom(fd, answer, sizeof(answer) - 1, 0, &source.any, &length);

	if (n < 0)
		return -errno;
	answer[n] = 0;
	return is_dialled(row, &source) ? atoi(answer) : -EPROTO;
}

static struct record call(int number)
{
	const struct row *row = &rows[number];
	struct linger at_once = { .l_onoff = 1 };
	struct timeval patience = { .tv_sec = 2 };
	struct record r = { .row = number };
	int fd = socket(row->to.any.sa_family, row->type | SOCK_CLOEXEC, 0);
	int failed;

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	r.started = now();
	if (row->unconnected)
		failed = sendto(fd, "?", 1, 0, &row->to.any, row->length) < 0;
	else
		failed = connect(fd, &row->to.any, row->length);
	r.result = -errno;
	r.took = now() - r.started;
	if (!failed)
		r.result =
			row->unconnected ? chosen_by_datagram(row, fd) : chosen_by_connect(row, fd);
	close(fd);
	return r;
}

static void *keep_calling(void *argument)
{
	struct caller *c = argument;

	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		struct record r = call(random_below(c, row_count));

		if (!fwrite(&r, sizeof(r), 1, c->records))
			err(1, "records");
	}
	if (fclose(c->records))
		err(1, "records");
	return NULL;
}

static void read_rows(void)
{
	char line[256], family[8], mode[8], address[64];
	int port;

	while (fgets(line, sizeof(line), stdin) && *line != '\n') {
		struct row *row = &rows[row_count++];

		if (row_count > ROWS ||
		    sscanf(line, "%7s %7s %63s %d", family, mode, address, &port) != 4)
			errx(2, "not a row, or too many: %s", line);
		row->type = strcmp(mode, "tcp") ? SOCK_DGRAM : SOCK_STREAM;
		row->unconnected = !strcmp(mode, "sendto");
		row->length = read_endpoint(family, address, port, &row->to);
		if (!row->length)
			errx(2, "not an address: %s", line);
	}
}

int main(int argc, char **argv)
{
	static struct caller callers[THREADS];
	int threads = argc == 5 ? atoi(argv[3]) : 0;
	char path[512];

	if (threads < 1 || threads > THREADS)
		errx(2, "usage: load CGROUP NETNS THREADS FOLDER < rows");
	enter(argv[1], argv[2]);
	read_rows();
	/* They take all the time that is left, but the one who changes things never waits for them. */
	if (sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){}))
		err(1, "sched_setscheduler");
	for (int i = 0; i < threads; i++) {
		snprintf(path, sizeof(path), "%s/%d", argv[4], i);
		callers[i].random = 88172645463325252ull * (2 * i + 1);
		callers[i].records = fopen(path, "we");
		if (!callers[i].records || setvbuf(callers[i].records, NULL, _IOFBF, BUFFER))
			err(1, "%s", path);
		if (pthread_create(&callers[i].thread, NULL, keep_calling, &callers[i]))
			errx(1, "pthread_create");
	}
	while (getchar() != EOF)
		;
	atomic_store(&over, 1);
	for (int i = 0; i < threads; i++)
		pthread_join(callers[i].thread, NULL);
	return 0;
}
