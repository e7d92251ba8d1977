// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads each program of an object alone, upon the maps pinned in a folder, and prints what the verifier
 * says of it: bpftool stops at the first that fails, and does not count instructions.
 *
 *   verify OBJECT MAPS     exits 1 when any program fails
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static char log_buffer[16 << 20];

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !strstr(format, "BEGIN PROG LOAD LOG"))
		vfprintf(stdout, format, arguments);
	return 0;
}

static void reuse_pinned(struct bpf_object *object, const char *folder)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		char path[256];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", folder, bpf_map__name(map));
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		bpf_map__reuse_fd(map, fd);
		close(fd);
	}
}

/* The last lines of the log are the complaint and the statistics. */
static void print_end(const char *log, int lines)
{
	const char *at = log + strlen(log);

	while (at > log && lines >= 0)
		if (*--at == '\n')
			lines--;
	printf("%s", at == log ? at : at + 1);
}

enum log_level {
	LOG_INSTRUCTIONS = 1,
	LOG_STATISTICS = 4,
};

/* Loads program number `wanted`. Returns whether it loads; -1 when there is no such program. */
static int verify(const char *path, const char *maps, int wanted, enum log_level level)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program, *ours = NULL;
	int number = 0, error;

	if (!object)
		exit(2);
	bpf_object__for_each_program(program, object)
	{
		bool is_wanted = number++ == wanted;

		bpf_program__set_autoload(program, is_wanted);
		if (is_wanted)
			ours = program;
	}
	if (!ours)
		return -1;
	reuse_pinned(object, maps);
	log_buffer[0] = 0;
	bpf_program__set_log_level(ours, level);
	bpf_program__set_log_buf(ours, log_buffer, sizeof(log_buffer));
	error = bpf_object__load(object);
	if (error) {
		if (level == LOG_INSTRUCTIONS) {
			printf("program %-14s fails, %s\n", bpf_program__name(ours),
			       strerror(-error));
			print_end(log_buffer, 25);
		}
		bpf_object__close(object);
		return level == LOG_STATISTICS ? verify(path, maps, wanted, LOG_INSTRUCTIONS)
					       : false;
	}
	unsigned long instructions = 0;
	char *processed = strstr(log_buffer, "processed ");

	if (processed)
		sscanf(processed, "processed %lu", &instructions);
	printf("program %-14s loads, %lu instructions processed\n", bpf_program__name(ours),
	       instructions);
	bpf_object__close(object);
	return true;
}

int main(int argc, char **argv)
{
	bool all = true;
	int loads;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(print);
	for (int i = 0; (loads = verify(argv[1], argv[2], i, LOG_STATISTICS)) >= 0; i++)
		all = all && loads;
	return all ? 0 : 1;
}
