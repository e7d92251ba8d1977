// SPDX-License-Identifier: Apache-2.0
/*
 * Clients outside the cluster that never stop, until stdin ends:
 *
 *	outside NETNS CALLERS FOLDER
 *	stdin, a row each:	FAMILY MODE ADDRESS PORT	an empty line begins
 *
 * Each caller makes calls to rows of the modes tcp and udp chosen at random, each with a new socket. A row of the modes
 * stream (TCP) and flow (UDP) has a client of its own that keeps its socket and sends a message every few milliseconds; a
 * stream that ends begins anew. Backends are echo.c, and their names are numbers.
 *
 * Each client writes FOLDER/N, a struct record for each message.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <netinet/tcp.h>
#include "party.h"

enum { ROWS = 1024, CLIENTS = 128, BUFFER = 1 << 18, PATIENCE_MS = 1500, PAUSE_US = 4000 };

struct row {
	char mode[8];
	union endpoint to;
	socklen_t length;
};

struct record {
	uint64_t began;	     /* ns of the monotonic clock, before the first packet */
	uint32_t took : 31;  /* µs, until the answer came, or none */
	uint32_t resent : 1; /* TCP sent something again */
	uint16_t row;
	int16_t result; /* number of the backend; -errno, ETIMEDOUT for no answer */
};

struct client {
	pthread_t thread;
	FILE *records;
	uint64_t random;
	int row; /* of a stream or a flow; -1 of a caller */
};

static struct row rows[ROWS];
static int row_count, called[ROWS], called_count;
static atomic_bool over;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint32_t random_below(struct client *c, uint32_t limit)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (c->random >> 32) * limit >> 32;
}

static int is_stream(const struct row *row)
{
	return !strcmp(row->mode, "tcp") || !strcmp(row->mode, "stream");
}

/* Waits for an event; a client that was not run in time sees what came meanwhile. 0, or -errno. */
static int wait_for(int fd, int events)
{
	struct pollfd ready = { .fd = fd, .events = events };

	poll(&ready, 1, PATIENCE_MS);
	if (!ready.revents)
		poll(&ready, 1, 0);
	return ready.revents ? 0 : -ETIMEDOUT;
}

/* A socket that is connected, or -errno. */
static int open_socket(const struct row *row)
{
	struct linger at_once = { .l_onoff = 1 };
	int type = (is_stream(row) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd = socket(row->to.any.sa_family, type, 0);
	int failed = 0;
	socklen_t length = sizeof(failed);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(fd, &row->to.any, row->length))
		failed = errno == EINPROGRESS ? wait_for(fd, POLLOUT) : -errno;
	if (!failed && !getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length))
		failed = -failed;
	if (!failed)
		return fd;
	close(fd);
	return failed;
}

/* The number of who answers, or -errno. */
static int hear(int fd)
{
	char answer[64];
	int failed = wait_for(fd, POLLIN);
	ssize_t n = failed ? 0 : recv(fd, answer, sizeof(answer) - 1, 0);

	if (failed)
		return failed;
	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	answer[n] = 0;
	return atoi(answer);
}

static int send_and_hear(int fd)
{
	return send(fd, "?", 1, MSG_NOSIGNAL) < 0 ? -errno : hear(fd);
}

static int has_resent(int fd)
{
	struct tcp_info info = {};
	socklen_t length = sizeof(info);

	return !getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) && info.tcpi_total_retrans;
}

static void note(struct client *c, int row, int fd, uint64_t began, int result)
{
	struct record r = { began, (now() - began) / 1000, has_resent(fd), row, result };

	if (!fwrite(&r, sizeof(r), 1, c->records))
		err(1, "records");
}

/* One call: a backend names itself to a new connection, and answers a datagram. */
static void call(struct client *c, int number)
{
	const struct row *row = &rows[number];
	uint64_t began = now();
	int fd = open_socket(row);

	note(c, number, fd, began, fd < 0 ? fd : is_stream(row) ? hear(fd) : send_and_hear(fd));
	if (fd >= 0)
		close(fd);
}

/* Sends one message more on a socket that stays, -1 for none yet. Returns the socket. */
static int go_on(struct client *c, int fd)
{
	const struct row *row = &rows[c->row];
	uint64_t began = now();
	char late[64];
	int result;

	if (fd < 0)
		fd = open_socket(row);
	/* What came after its time, an answer or an error, is none to the next message. */
	while (fd >= 0 && !is_stream(row) &&
	       (recv(fd, late, sizeof(late), 0) >= 0 || errno != EAGAIN))
		;
	result = fd < 0 ? fd : send_and_hear(fd);
	note(c, c->row, fd, began, result);
	if (result >= 0 || fd < 0 || !is_stream(row))
		return fd;
	close(fd);
	return -1;
}

static void *keep_calling(void *argument)
{
	struct client *c = argument;
	int fd = -1;

	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		if (c->row < 0) {
			call(c, called[random_below(c, called_count)]);
			continue;
		}
		fd = go_on(c, fd);
		usleep(PAUSE_US);
	}
	if (fclose(c->records))
		err(1, "records");
	return NULL;
}

static void read_rows(void)
{
	char line[256], family[8], address[64];
	int port;

	while (fgets(line, sizeof(line), stdin) && *line != '\n') {
		struct row *row = &rows[row_count];

		if (row_count == ROWS ||
		    sscanf(line, "%7s %7s %63s %d", family, row->mode, address, &port) != 4)
			errx(2, "not a row, or too many: %s", line);
		row->length = read_endpoint(family, address, port, &row->to);
		if (!row->length)
			errx(2, "not an address: %s", line);
		if (!strcmp(row->mode, "tcp") || !strcmp(row->mode, "udp"))
			called[called_count++] = row_count;
		row_count++;
	}
}

static void start_client(struct client *c, const char *folder, int number, int row)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%d", folder, number);
	c->row = row;
	c->random = 88172645463325252ull * (2 * number + 1);
	c->records = fopen(path, "we");
	if (!c->records || setvbuf(c->records, NULL, _IOFBF, BUFFER))
		err(1, "%s", path);
	if (pthread_create(&c->thread, NULL, keep_calling, c))
		errx(1, "pthread_create");
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS];
	int callers = argc == 4 ? atoi(argv[2]) : 0, count = 0;

	if (callers < 1 || callers > CLIENTS)
		errx(2, "usage: outside NETNS CALLERS FOLDER < rows");
	enter("-", argv[1]);
	read_rows();
	/* What changes the nodes, and what answers, runs first. */
	setpriority(PRIO_PROCESS, 0, 10);
	for (; count < callers && called_count; count++)
		start_client(&clients[count], argv[3], count, -1);
	for (int row = 0; row < row_count; row++) {
		if (strcmp(rows[row].mode, "stream") && strcmp(rows[row].mode, "flow"))
			continue;
		if (count == CLIENTS)
			errx(2, "too many streams and flows");
		start_client(&clients[count], argv[3], count, row);
		count++;
	}
	while (getchar() != EOF)
		;
	atomic_store(&over, 1);
	for (int i = 0; i < count; i++)
		pthread_join(clients[i].thread, NULL);
	return 0;
}
