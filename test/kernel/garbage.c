// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a tc program on packets that are damaged: bytes changed, cut off, or added.
 *
 *	garbage PROGRAM COUNT SEED	PROGRAM: a pin
 *	stdin: the frames to damage, each a line of hex
 *
 * Prints how often the program let a packet pass as it was, changed it, dropped it and redirected it. Exits 1, and prints the
 * frame, when it returned something else or changed the length of a packet that it let pass.
 */
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pin.h"

/* LEAST: of less the kernel makes no packet, as it does of less than an IPv6 header where there should be one. */
enum { FRAMES = 256, BYTES = 2048, LEAST = 54, PASS = -1, DROP = 2, REDIRECT = 7 };

struct frame {
	uint8_t bytes[BYTES];
	unsigned int length;
};

static struct frame frames[FRAMES];
static unsigned long state;

static unsigned int below(unsigned int limit)
{
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return (state >> 33) % limit;
}

static int read_frames(void)
{
	static char line[2 * BYTES + 2];
	int count = 0;

	while (count < FRAMES && fgets(line, sizeof(line), stdin)) {
		struct frame *f = &frames[count++];

		for (f->length = 0;
		     sscanf(line + 2 * f->length, "%2hhx", &f->bytes[f->length]) == 1;)
			f->length++;
	}
	return count;
}

/* The addresses of the Ethernet header stay: a packet for another host is none of ours. */
static void damage(struct frame *f)
{
	for (int changes = below(4); changes >= 0; changes--)
		f->bytes[12 + below(f->length - 12)] = below(2) ? below(256) : 1u << below(8);
	if (f->length > LEAST && !below(4))
		f->length = LEAST + below(f->length - LEAST);
	else if (!below(8) && f->length + 64 < BYTES)
		f->length += below(64);
}

static int run(int program, const struct frame *in, struct frame *out)
{
	union bpf_attr attr = { .test = {
					.prog_fd = program,
					.repeat = 1,
					.data_in = (uintptr_t)in->bytes,
					.data_size_in = in->length,
					.data_out = (uintptr_t)out->bytes,
					.data_size_out = BYTES,
				} };

	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)))
		err(1, "BPF_PROG_TEST_RUN of %u bytes", in->length);
	out->length = attr.test.data_size_out;
	return attr.test.retval;
}

static void complain(const struct frame *f, int verdict)
{
	printf("%d for ", verdict);
	for (unsigned int i = 0; i < f->length; i++)
		printf("%02x", f->bytes[i]);
	puts("");
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned long same = 0, changed = 0, dropped = 0, redirected = 0;
	int program, count;

	if (argc != 4)
		return 2;
	program = open_pin(argv[1]);
	count = read_frames();
	state = strtoul(argv[3], NULL, 10);
	for (unsigned long left = strtoul(argv[2], NULL, 10); left; left--) {
		struct frame in = frames[below(count)], out;
		int verdict;

		damage(&in);
		verdict = run(program, &in, &out);
		if (verdict == DROP)
			dropped++;
		else if (verdict == REDIRECT)
			redirected++;
		else if (verdict != PASS || out.length != in.length)
			complain(&in, verdict);
		else if (memcmp(in.bytes, out.bytes, in.length))
			changed++;
		else
			same++;
	}
	printf("{\"same\":%lu,\"changed\":%lu,\"dropped\":%lu,\"redirected\":%lu}\n", same, changed,
	       dropped, redirected);
	return 0;
}
