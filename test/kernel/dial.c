// SPDX-License-Identifier: Apache-2.0
/*
 * Dials what its stdin says, from a cgroup and a network namespace:
 *
 *	dial CGROUP NETNS		("-" stays where it is)
 *	stdin, a row each:	ID FAMILY MODE ADDRESS PORT TRIES TIMEOUT_MS
 *	FAMILY 4, 6, or 46 (an AF_INET6 socket that dials the IPv4-mapped address)
 *	MODE tcp, udp (connected) or sendto (UDP, not connected)
 *
 * A try is a new socket: connect, send a datagram (udp), wait for the answer of echo.c. Prints one JSON
 * line a row, in the order of the rows: counts by answering identity, by client address that it saw, by
 * errno name, by getpeername() (sendto: by the source of the answer); and the longest time that a failure took. A row that only timed out gets
 * no more tries than those under way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "counts.h"
#include "party.h"

enum { PATIENCE_MS = 100 }; /* before a datagram that may be lost is sent again */
enum { FLYING = 256 };

struct row {
	char id[64];
	int type, unconnected, tries, timeout_ms, silent;
	union endpoint to;
	socklen_t length;
	struct counts identities, clients, errors, peers;
	struct row *next;
};

struct flight {
	struct row *row;
	int fd, connected;
	int awaited; /* answers to its datagrams, when it is not connected */
	double started, asked;
};

static struct flight flights[FLYING];
static int epoll;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void print_row(const struct row *row)
{
	printf("{\"id\":\"%s\"", row->id);
	print_counts("identities", &row->identities);
	print_counts("clients", &row->clients);
	print_counts("errors", &row->errors);
	print_counts("peers", &row->peers);
	puts("}");
}

/* A late answer must not reach the next socket that gets this port: who still awaits one stays open. */
static void end_flight(struct flight *f)
{
	if (f->awaited)
		epoll_ctl(epoll, EPOLL_CTL_DEL, f->fd, NULL);
	else
		close(f->fd);
	f->row = NULL;
}

static void fail(struct flight *f, int error)
{
	count(&f->row->errors, strerrorname_np(error) ?: "UNKNOWN");
	f->row->silent = error == ETIMEDOUT && !f->row->identities.size;
	end_flight(f);
}

static void count_peer(struct flight *f)
{
	union endpoint peer;
	socklen_t length = sizeof(peer);

	if (getpeername(f->fd, &peer.any, &length))
		count(&f->row->peers, strerrorname_np(errno));
	else
		count_endpoint(&f->row->peers, &peer);
}

/* TCP has nothing to say, echo.c answers at once. */
static void ask(struct flight *f)
{
	const struct row *row = f->row;
	ssize_t n = 0;

	f->asked = now_ms();
	if (row->unconnected) {
		n = sendto(f->fd, "?", 1, 0, &row->to.any, row->length);
		f->awaited += n > 0;
	} else if (row->type == SOCK_DGRAM) {
		n = send(f->fd, "?", 1, 0);
	}
	if (n < 0)
		fail(f, errno);
}

static void begin(struct flight *f)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = f };

	f->connected = 1;
	if (!f->row->unconnected)
		count_peer(f);
	epoll_ctl(epoll, EPOLL_CTL_MOD, f->fd, &event);
	ask(f);
}

static void take_off(struct flight *f, struct row *row)
{
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = f };

	*f = (struct flight){ .row = row, .started = now_ms() };
	f->fd = socket(row->to.any.sa_family, row->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, f->fd, &event))
		err(1, "socket");
	if (row->unconnected || !connect(f->fd, &row->to.any, row->length))
		begin(f);
	else if (errno != EINPROGRESS)
		fail(f, errno);
}

static void hear(struct flight *f)
{
	char text[KEY_SIZE], *space;
	int error = 0;
	socklen_t length = sizeof(error);
	union endpoint source;
	ssize_t n;

	getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error)
		return fail(f, error);
	if (!f->connected)
		return begin(f);
	length = sizeof(source);
	n = recvfrom(f->fd, text, sizeof(text) - 1, 0, &source.any, &length);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		return fail(f, n ? errno : ENODATA);
	f->awaited -= f->row->unconnected;
	text[n] = 0;
	space = strchr(text, ' ');
	if (!space)
		return fail(f, EBADMSG);
	*space = 0;
	count(&f->row->identities, text);
	count(&f->row->clients, space + 1);
	if (f->row->unconnected)
		count_endpoint(&f->row->peers, &source);
	end_flight(f);
}

/* Flies all tries of all rows, FLYING at a time, so that time-outs wait together. */
static void fly(struct row *row)
{
	struct epoll_event events[FLYING];
	int flying, begun = 0;

	do {
		flying = 0;
		for (int i = 0; i < FLYING; i++) {
			struct flight *f = &flights[i];

			if (f->row && now_ms() - f->started > f->row->timeout_ms)
				fail(f, ETIMEDOUT);
			else if (f->row && f->connected && f->row->type == SOCK_DGRAM &&
				 now_ms() - f->asked > PATIENCE_MS)
				ask(f);
			for (; row && !f->row; begun++) {
				for (; row && (begun >= row->tries || row->silent); begun = 0)
					row = row->next;
				if (!row)
					break;
				take_off(f, row);
			}
			flying += !!f->row;
		}
		for (int i = 0, n = epoll_wait(epoll, events, FLYING, flying ? 5 : 0); i < n; i++)
			hear(events[i].data.ptr);
	} while (flying || row);
}

static int parse_row(const char *line, struct row *row)
{
	char family[8], mode[8], address[64];
	int port;

	if (sscanf(line, "%63s %7s %7s %63s %d %d %d", row->id, family, mode, address, &port,
		   &row->tries, &row->timeout_ms) != 7)
		return -1;
	row->type = strcmp(mode, "tcp") ? SOCK_DGRAM : SOCK_STREAM;
	row->unconnected = !strcmp(mode, "sendto");
	row->length = read_endpoint(family, address, port, &row->to);
	return row->length ? 0 : -1;
}

static struct row *read_rows(void)
{
	struct row *first = NULL, **end = &first;
	char line[512];

	while (fgets(line, sizeof(line), stdin)) {
		struct row *row = calloc(1, sizeof(*row));

		if (parse_row(line, row))
			errx(2, "not a row: %s", line);
		*end = row;
		end = &row->next;
	}
	return first;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct row *rows;

	if (argc != 3)
		errx(2, "usage: dial CGROUP NETNS < rows");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	enter(argv[1], argv[2]);
	rows = read_rows();
	fly(rows);
	for (struct row *row = rows; row; row = row->next)
		print_row(row);
	return 0;
}
