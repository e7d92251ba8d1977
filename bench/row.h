/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of what is measured, as programs.c reads it.
 */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include <errno.h>
#include <fcntl.h>
#include "operations.h"
#include "program.h"

enum { ROWS = 256, PROGRAMS = 32, PORTS = 2 };

struct row {
	char name[128], cgroup[256];
	const struct operation *operation;
	int programs[PROGRAMS], program_count;
	struct addresses addresses;
	struct calls calls;
};

static inline void open_programs(struct row *row, char *pins)
{
	for (char *pin = strtok(pins, ","); pin; pin = strtok(NULL, ",")) {
		if (row->program_count == PROGRAMS)
			errx(1, "%s: more than %d programs", row->name, PROGRAMS);
		if (strcmp(pin, "-"))
			row->programs[row->program_count++] = open_pin(pin);
	}
}

static inline const struct server *server_at(int port)
{
	static struct server servers[PORTS];

	for (int i = 0; i < PORTS; i++) {
		if (!servers[i].port)
			servers[i] = serve(port);
		if (servers[i].port == port)
			return &servers[i];
	}
	errx(1, "more than %d ports", PORTS);
}

/* Returns how many there are. The servers that they need are up, in the cgroup of the caller. */
static inline int read_rows(struct row *rows)
{
	static char addresses[512], operation[32], pins[8192];
	int count = 0, port;

	while (count < ROWS && scanf("%127s %31s %255s %d %511s %8191s", rows[count].name,
				     operation, rows[count].cgroup, &port, addresses, pins) == 6) {
		struct row *row = &rows[count++];

		row->operation = find_operation(operation);
		row->addresses = read_addresses(addresses);
		row->calls.addresses = &row->addresses;
		row->calls.server = server_at(port);
		open_programs(row, pins);
	}
	if (!feof(stdin))
		errx(1, "a malformed row, or more than %d", ROWS);
	return count;
}

/* Sockets that are made from now on are the row's, and so are errors. */
static inline void enter(struct row *row)
{
	char path[300];
	int fd;

	program_invocation_short_name = row->name;
	snprintf(path, sizeof(path), "%s/cgroup.procs", row->cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

#endif
