/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of what is measured, as programs.c reads it.
 */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include "operations.h"
#include "program.h"

enum { ROWS = 256, PROGRAMS = 32, SERVERS = 64 };

struct row {
	char name[128], cgroup[256];
	int client; /* the network namespace of its sockets */
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

static inline int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static inline void enter_network(int fd)
{
	if (setns(fd, CLONE_NEWNET))
		err(1, "setns");
}

/* The server on a port of a network namespace. */
static inline const struct server *server_at(const char *network, int port)
{
	static struct {
		char network[256];
		struct server server;
	} known[SERVERS];
	int own;

	for (int i = 0; i < SERVERS; i++) {
		if (known[i].server.port == port && !strcmp(known[i].network, network))
			return &known[i].server;
		if (known[i].server.port)
			continue;
		own = open_file("/proc/self/ns/net", O_RDONLY);
		enter_network(open_file(network, O_RDONLY));
		known[i].server = serve(port);
		enter_network(own);
		strcpy(known[i].network, network);
		return &known[i].server;
	}
	errx(1, "more than %d servers", SERVERS);
}

/* Returns how many there are. The servers that they need are up, in the cgroup of the caller. */
static inline int read_rows(struct row *rows)
{
	static char client[256], server[256], addresses[512], operation[32], pins[8192];
	int count = 0, port;

	while (count < ROWS &&
	       scanf("%127s %31s %255s %255s %255s %d %511s %8191s", rows[count].name, operation,
		     rows[count].cgroup, client, server, &port, addresses, pins) == 8) {
		struct row *row = &rows[count++];

		row->operation = find_operation(operation);
		row->addresses = read_addresses(addresses);
		row->calls.addresses = &row->addresses;
		row->client = open_file(client, O_RDONLY);
		row->calls.server = server_at(server, port);
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
	fd = open_file(path, O_WRONLY);
	if (write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
	enter_network(row->client);
}

#endif
