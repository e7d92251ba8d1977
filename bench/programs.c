// SPDX-License-Identifier: Apache-2.0
/*
 * How long programs run in socket calls, taken in turns so that a spell of a noisy machine meets all:
 *
 *	programs ROUNDS BATCHES [whole|pairs]
 *	stdin, a row each:	NAME OPERATION CGROUP CLIENT SERVER PORT ADDRESSES PROGRAM[,PROGRAM]...
 *
 * Each PROGRAM is the pin of one that is attached to CGROUP, or "-" for none; the time is that of all of
 * them, and the first must run once a call. ADDRESSES is a file, see addresses.h; OPERATION is one of
 * operations.h, by sockets of the network namespace CLIENT (a file). Calls must arrive at PORT in SERVER, which
 * says whether they were rewritten: otherwise it ends with an error. Every socket gets the cgroup that its
 * process is in when it is made, so all rows stay attached all the time, and the process moves.
 *
 * Prints "NAME WHOLE PROGRAMS RUNS" for every row and round: ns a call without statistics (0 unless it is asked
 * for); ns and runs of the programs a call, while the kernel takes statistics (which cost about 50 ns a run
 * themselves). Times are the median of BATCHES batches of CALLS calls to addresses chosen at random, after
 * every address was dialled: in each round, with `pairs` (which else is `whole`) only before the first, so that rows
 * follow each other closely.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "row.h"

enum { MOST_BATCHES = 100 };

/* Of each row in each round. */
static int batches;

enum mode { PROGRAMS_ONLY, WHOLE, PAIRS };

/* What a batch took. */
struct taken {
	double whole;		     /* ns */
	__u64 programs, runs, first; /* ns of all programs, runs of all, runs of the first */
};

static void pick(struct row *row)
{
	for (int i = 0; i < CALLS; i++)
		row->calls.to[i] = random_below(row->addresses.count);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* What the row's programs took since they were loaded, while statistics were enabled. */
static struct taken so_far(const struct row *row)
{
	struct taken sum = {};

	for (int i = 0; i < row->program_count; i++) {
		struct bpf_prog_info info = statistics(row->programs[i]);

		sum.programs += info.run_time_ns;
		sum.runs += info.run_cnt;
		sum.first += i ? 0 : info.run_cnt;
	}
	return sum;
}

static struct taken batch(struct row *row)
{
	struct taken before, after;
	double start, whole;

	pick(row);
	row->operation->before(&row->calls);
	before = so_far(row);
	start = now();
	for (int i = 0; i < CALLS; i++)
		row->operation->call(&row->calls, i);
	whole = now() - start;
	after = so_far(row);
	row->operation->after(&row->calls);
	return (struct taken){ whole, after.programs - before.programs, after.runs - before.runs,
			       after.first - before.first };
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of a whole batch, to one call. */
static double median_call(double *taken)
{
	qsort(taken, batches, sizeof(*taken), compare);
	return taken[batches / 2] / CALLS;
}

static double measure_whole(struct row *row)
{
	double whole[MOST_BATCHES];

	for (int i = 0; i < batches; i++)
		whole[i] = batch(row).whole;
	return median_call(whole);
}

/* Prints ns and runs a call. */
static void measure_programs(struct row *row)
{
	double programs[MOST_BATCHES], runs[MOST_BATCHES];
	int statistics_fd = enable_statistics();

	for (int i = 0; i < batches; i++) {
		struct taken taken = batch(row);

		if (taken.first != CALLS)
			errx(1, "the program ran %llu times in %d calls", taken.first, CALLS);
		programs[i] = taken.programs;
		runs[i] = taken.runs;
	}
	close(statistics_fd);
	printf(" %.1f %.2f\n", median_call(programs), median_call(runs));
}

static void touch_all(struct row *row)
{
	for (size_t i = 0; i < row->addresses.count; i++)
		row->operation->touch(&row->calls, i);
}

static void measure(struct row *row, enum mode mode, bool touch)
{
	enter(row);
	row->calls.reused = new_socket(&row->calls, SOCK_DGRAM);
	if (touch)
		touch_all(row);
	printf("%s %.1f", row->name, mode == PROGRAMS_ONLY ? 0.0 : measure_whole(row));
	if (row->program_count)
		measure_programs(row);
	else
		printf(" 0 0\n");
	close(row->calls.reused);
}

static enum mode read_mode(int argc, char **argv)
{
	if (argc == 3)
		return PROGRAMS_ONLY;
	if (argc == 4 && !strcmp(argv[3], "whole"))
		return WHOLE;
	if (argc == 4 && !strcmp(argv[3], "pairs"))
		return PAIRS;
	errx(2, "usage: programs ROUNDS BATCHES [whole|pairs] < ROWS");
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
	enum mode mode = read_mode(argc, argv);
	int rounds = atoi(argv[1]), count;

	batches = atoi(argv[2]);
	if (rounds < 1 || batches < 1 || batches > MOST_BATCHES)
		errx(2, "ROUNDS must be 1 or more, BATCHES 1 to %d", MOST_BATCHES);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	allow_files();
	stay_on_one_processor();
	count = read_rows(rows);
	for (int i = 0; i < count; i++) {
		enter(&rows[i]);
		rows[i].operation->check(&rows[i].calls);
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			measure(&rows[(i + round) % count], mode, mode != PAIRS || !round);
	return 0;
}
