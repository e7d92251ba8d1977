// SPDX-License-Identifier: Apache-2.0
/*
 * What connect() costs under several programs, taken in turns so that a spell of a noisy machine meets all:
 *
 *	connect ROUNDS
 *	stdin, a row each:	NAME CGROUP PROGRAM ADDRESSES SOURCE
 *
 * PROGRAM is the pin of the program attached to CGROUP, or "-"; ADDRESSES is a file of lines "IP PORT", of one
 * family. Every socket gets the cgroup that it is made in, so all rows stay attached all the time. A row has
 * one UDP socket that connects over and over to addresses chosen at random; no packet is sent.
 *
 * Before anything is measured, fresh sockets must get the source address SOURCE: the caller routes backends
 * from another one than everything else, so this says whether the program rewrote. A program must have run
 * exactly once a call. Otherwise it ends with an error.
 *
 * Prints "NAME WHOLE PROGRAM" for every row and round: ns a call without statistics, and ns a run of the
 * program while the kernel takes statistics (which cost about 50 ns themselves; 0 without a program). Each is
 * the median of BATCHES batches, after every address was dialled once. The statistics are switched on by
 * BPF_ENABLE_STATS, so they go off again whenever and however this process ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 128, BATCHES = 15, CALLS = 1000, CHECKS = 200 };

struct row {
	char name[128];
	int socket, program; /* program: -1 without */
	int family;
	socklen_t size; /* of one address */
	size_t count;
	char *addresses;
};

static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) * limit >> 32;
}

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int open_pin(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };
	int fd = bpf(BPF_OBJ_GET, &attr);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static int enable_statistics(void)
{
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };
	int fd = bpf(BPF_ENABLE_STATS, &attr);

	if (fd < 0)
		err(1, "BPF_ENABLE_STATS");
	return fd;
}

static struct bpf_prog_info statistics(int program)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = {
		.info = { .bpf_fd = program, .info_len = sizeof(info), .info = (uintptr_t)&info },
	};

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		err(1, "BPF_OBJ_GET_INFO_BY_FD");
	return info;
}

static void enter(const char *cgroup)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

static void parse(const char *text, int port, struct row *row, void *to)
{
	struct sockaddr_in *v4 = to;
	struct sockaddr_in6 *v6 = to;

	memset(to, 0, row->size);
	v4->sin_family = row->family;
	v4->sin_port = htons(port);
	if (inet_pton(row->family, text,
		      row->family == AF_INET ? (void *)&v4->sin_addr : &v6->sin6_addr) != 1)
		errx(1, "%s is not of the family of the first address", text);
}

static void read_addresses(const char *path, struct row *row)
{
	FILE *file = fopen(path, "re");
	size_t room = 0;
	char text[64];
	int port;

	if (!file)
		err(1, "%s", path);
	while (fscanf(file, "%63s %d", text, &port) == 2) {
		if (!row->count) {
			row->family = strchr(text, ':') ? AF_INET6 : AF_INET;
			row->size = row->family == AF_INET ? sizeof(struct sockaddr_in)
							   : sizeof(struct sockaddr_in6);
		}
		if (row->count == room) {
			room = room ? room * 2 : 1024;
			row->addresses = realloc(row->addresses, room * row->size);
			if (!row->addresses)
				err(1, "memory");
		}
		parse(text, port, row, row->addresses + row->count++ * row->size);
	}
	fclose(file);
	if (!row->count)
		errx(1, "%s is empty", path);
}

static int new_socket(const struct row *row)
{
	int fd = socket(row->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static inline void dial(const struct row *row, int fd, size_t number)
{
	if (connect(fd, (void *)(row->addresses + number * row->size), row->size))
		err(1, "%s: connect", row->name);
}

/* The source address of fresh sockets says whether their destination was rewritten. */
static void check(const struct row *row, const char *source)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} found;
	char text[INET6_ADDRSTRLEN];

	for (int i = 0; i < CHECKS; i++) {
		socklen_t size = sizeof(found);
		int fd = new_socket(row);

		dial(row, fd, random_below(row->count));
		if (getsockname(fd, &found.any, &size))
			err(1, "getsockname");
		inet_ntop(row->family,
			  row->family == AF_INET ? (void *)&found.v4.sin_addr : &found.v6.sin6_addr,
			  text, sizeof(text));
		if (strcmp(text, source))
			errx(1, "%s: a socket got the source %s, not %s", row->name, text, source);
		close(fd);
	}
}

static int read_rows(struct row *rows)
{
	char cgroup[256], program[256], addresses[256], source[64];
	int count = 0;

	while (count < ROWS && scanf("%127s %255s %255s %255s %63s", rows[count].name, cgroup,
				     program, addresses, source) == 5) {
		struct row *row = &rows[count++];

		row->program = strcmp(program, "-") ? open_pin(program) : -1;
		read_addresses(addresses, row);
		enter(cgroup);
		check(row, source);
		row->socket = new_socket(row);
	}
	if (!feof(stdin))
		errx(1, "a malformed row, or more than %d", ROWS);
	return count;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, BATCHES, sizeof(*values), compare);
	return values[BATCHES / 2];
}

/* Returns the ns that a call took. */
static double batch(const struct row *row)
{
	static uint32_t picks[CALLS];
	struct timespec from, to;

	for (int i = 0; i < CALLS; i++)
		picks[i] = random_below(row->count);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < CALLS; i++)
		dial(row, row->socket, picks[i]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / CALLS;
}

/* Returns the ns that a run of the program took. */
static double batch_of_program(const struct row *row)
{
	struct bpf_prog_info before = statistics(row->program), after;

	batch(row);
	after = statistics(row->program);
	if (after.run_cnt - before.run_cnt != CALLS)
		errx(1, "%s: the program ran %llu times in %d calls", row->name,
		     (unsigned long long)(after.run_cnt - before.run_cnt), CALLS);
	return (double)(after.run_time_ns - before.run_time_ns) / CALLS;
}

static void measure(const struct row *row)
{
	double whole[BATCHES], program[BATCHES];
	int statistics_fd;

	for (size_t i = 0; i < row->count; i++)
		dial(row, row->socket, i);
	for (int i = 0; i < BATCHES; i++)
		whole[i] = batch(row);
	printf("%s %.1f", row->name, median(whole));
	if (row->program < 0) {
		printf(" 0\n");
		return;
	}
	statistics_fd = enable_statistics();
	for (int i = 0; i < BATCHES; i++)
		program[i] = batch_of_program(row);
	close(statistics_fd);
	printf(" %.1f\n", median(program));
}

/* One processor, the last that we may use: the first one takes most interrupts. */
static void stay_on_one_processor(void)
{
	cpu_set_t allowed, last;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	CPU_ZERO(&last);
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && !CPU_COUNT(&last); cpu--)
		if (CPU_ISSET(cpu, &allowed))
			CPU_SET(cpu, &last);
	if (sched_setaffinity(0, sizeof(last), &last))
		err(1, "sched_setaffinity");
}

int main(int argc, char **argv)
{
	static struct row rows[ROWS];
	int rounds = argc == 2 ? atoi(argv[1]) : 0;
	int count;

	if (rounds < 1)
		errx(2, "usage: connect ROUNDS < ROWS");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	stay_on_one_processor();
	count = read_rows(rows);
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			measure(&rows[(i + round) % count]);
	return 0;
}
