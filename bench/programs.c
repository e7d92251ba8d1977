// SPDX-License-Identifier: Apache-2.0
/*
 * How long programs run in socket calls, taken in turns so that a spell of a noisy machine meets all:
 *
 *	programs ROUNDS
 *	stdin, a row each:	NAME OPERATION CGROUP PORT ADDRESSES PROGRAM[,PROGRAM]...
 *
 * Each PROGRAM is the pin of one that is attached to CGROUP, or "-" for none; the time is that of all of
 * them, and the first must run once a call. ADDRESSES is a file, see addresses.h; OPERATION is one of
 * operations.h. Calls must arrive at PORT, which says whether programs rewrote: otherwise it ends with an
 * error. Every socket gets the cgroup that its process is in when it is made, so all rows stay attached all
 * the time, and the process moves.
 *
 * Prints "NAME WHOLE PROGRAMS RUNS" for every row and round: ns a call without statistics; ns and runs of the
 * programs a call, while the kernel takes statistics (which cost about 50 ns a run themselves). Times are the
 * median of BATCHES batches of CALLS calls to addresses chosen at random, after every address was dialled.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "operations.h"
#include "program.h"

enum { ROWS = 256, PROGRAMS = 32, BATCHES = 15 };

struct row {
	char name[128], cgroup[256];
	const struct operation *operation;
	int programs[PROGRAMS], program_count;
	struct addresses addresses;
	struct calls calls;
};

/* What programs took: in all, or a call. */
struct taken {
	double ns, runs;
};

static void enter(const char *cgroup)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

static void open_programs(struct row *row, char *pins)
{
	for (char *pin = strtok(pins, ","); pin; pin = strtok(NULL, ",")) {
		if (row->program_count == PROGRAMS)
			errx(1, "%s: more than %d programs", row->name, PROGRAMS);
		if (strcmp(pin, "-"))
			row->programs[row->program_count++] = open_pin(pin);
	}
}

static const struct server *server_at(int port)
{
	static struct server servers[4];

	for (int i = 0; i < 4; i++) {
		if (!servers[i].port)
			servers[i] = serve(port);
		if (servers[i].port == port)
			return &servers[i];
	}
	errx(1, "more than 4 ports");
}

static int read_rows(struct row *rows)
{
	static char pins[4096];
	char addresses[256], operation[32];
	int count = 0, port;

	while (count < ROWS && scanf("%127s %31s %255s %d %255s %4095s", rows[count].name,
				     operation, rows[count].cgroup, &port, addresses, pins) == 6) {
		struct row *row = &rows[count++];

		row->operation = find_operation(operation);
		open_programs(row, pins);
		row->addresses = read_addresses(addresses);
		row->calls.addresses = &row->addresses;
		row->calls.server = server_at(port);
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

static void pick(struct row *row)
{
	for (int i = 0; i < CALLS; i++) {
		row->calls.to[i] = random_below(row->addresses.count);
		row->calls.other[i] = random_below(row->addresses.count);
	}
}

/* Calls every address once, so that what is measured later is not the first touch of anything. */
static void call_all(struct row *row)
{
	for (size_t next = 0; next < row->addresses.count;) {
		pick(row);
		for (int i = 0; i < CALLS && next < row->addresses.count; i++)
			row->calls.to[i] = next++;
		row->operation->before(&row->calls);
		for (int i = 0; i < CALLS; i++)
			row->operation->call(&row->calls, i);
		row->operation->after(&row->calls);
	}
}

static struct taken total(const struct row *row)
{
	struct taken sum = {};

	for (int i = 0; i < row->program_count; i++) {
		struct bpf_prog_info info = statistics(row->programs[i]);

		sum.ns += info.run_time_ns;
		sum.runs += info.run_cnt;
	}
	return sum;
}

/* Returns the ns that a call took, and in `taken` what its programs took of it. */
static double batch(struct row *row, struct taken *taken)
{
	struct taken before, after;
	struct timespec from, to;
	long first = 0;

	pick(row);
	row->operation->before(&row->calls);
	if (row->program_count)
		first = statistics(row->programs[0]).run_cnt;
	before = total(row);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < CALLS; i++)
		row->operation->call(&row->calls, i);
	clock_gettime(CLOCK_MONOTONIC, &to);
	after = total(row);
	if (taken && row->program_count && statistics(row->programs[0]).run_cnt - first != CALLS)
		errx(1, "%s: the program ran %llu times in %d calls", row->name,
		     (unsigned long long)statistics(row->programs[0]).run_cnt - first, CALLS);
	row->operation->after(&row->calls);
	if (taken)
		*taken = (struct taken){ (after.ns - before.ns) / CALLS,
					 (after.runs - before.runs) / CALLS };
	return ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / CALLS;
}

static void measure(struct row *row)
{
	double whole[BATCHES], ns[BATCHES];
	struct taken taken = {};
	int statistics_fd;

	enter(row->cgroup);
	row->calls.reused = new_socket(&row->calls, SOCK_DGRAM);
	call_all(row);
	for (int i = 0; i < BATCHES; i++)
		whole[i] = batch(row, NULL);
	statistics_fd = enable_statistics();
	for (int i = 0; i < BATCHES; i++) {
		batch(row, &taken);
		ns[i] = taken.ns;
	}
	close(statistics_fd);
	close(row->calls.reused);
	printf("%s %.1f %.1f %.2f\n", row->name, median(whole), median(ns), taken.runs);
	fflush(stdout);
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

/* As many files as we may: CALLS sockets, and the programs of all rows. */
static void allow_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		err(1, "getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "setrlimit");
}

int main(int argc, char **argv)
{
	static struct row rows[ROWS];
	int rounds = argc == 2 ? atoi(argv[1]) : 0;
	int count;

	if (rounds < 1)
		errx(2, "usage: programs ROUNDS < ROWS");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	allow_files();
	stay_on_one_processor();
	count = read_rows(rows);
	for (int i = 0; i < count; i++) {
		enter(rows[i].cgroup);
		if (rows[i].operation->check)
			rows[i].operation->check(&rows[i].calls);
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			measure(&rows[(i + round) % count]);
	return 0;
}
