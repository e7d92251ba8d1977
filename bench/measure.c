// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a command to its end and says what it took:
 *
 *	measure COMMAND [ARGUMENT]...
 *
 * Descriptor 3 gets one JSON line: wall and CPU seconds, and the peak resident memory of the largest process
 * of the command (children that it waited for count). The exit status is the command's.
 *
 * A program of its own, because a forked child starts with the peak of its parent: here that is next to
 * nothing, under Node.js it would hide what is measured.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double start, wall;
	int status;
	pid_t child;

	if (argc < 2)
		errx(2, "usage: measure COMMAND [ARGUMENT]...");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fcntl(3, F_SETFD, FD_CLOEXEC))
		err(2, "descriptor 3");
	start = now();
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (wait4(child, &status, 0, &usage) != child)
		err(2, "wait4");
	wall = now() - start;
	dprintf(3, "{\"wall\":%.4f,\"cpu\":%.4f,\"peakKiB\":%ld}\n", wall,
		seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
