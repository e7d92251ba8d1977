// SPDX-License-Identifier: Apache-2.0
/*
 * What programs take for a packet, or packets for a way, in turns so that a spell of a noisy machine meets all:
 *
 *	packets run HARNESS IFINDEX ROUNDS REPEATS
 *	stdin, a row each:	NAME xdp|tc PROGRAM PACKETS steady|fresh|departing|answering ARRIVE
 *	packets send HARNESS IFINDEX REPEATS PACKETS
 *
 * HARNESS is a directory with pins of all of packets.bpf.o: its programs, and in `maps` its maps. IFINDEX is a device of this
 * network namespace: where packets of `run` seem to come from, and where `send` sends them to. PACKETS is a file: a line
 * of hexadecimal digits each, of one length; as many as a power of two. Each packet is restored before a program sees it.
 * With `fresh`, each has a source address of its own. With `departing`, they are what the tc program ARRIVE makes of the
 * packets of the file; with `answering`, the answers to those (IPv4 without options).
 *
 * `run` prints "NAME NS VERDICT SHARE" for every row and round: the median of RUNS test runs of REPEATS packets, in no order,
 * after every packet was seen once; the verdict on the last, and the share of the packets that get it. `send` prints "SENT NS ARRIVED": frames, nanoseconds, and frames that `sink_xdp` counted.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "packets.h"
#include "program.h"

enum limits {
	ROWS = 64,
	RUNS = 5,
	MOST_BYTES = 2048,
	PROCESSORS = 1024,
	SEND_AT_ONCE = 64,
};

struct packets {
	unsigned char (*bytes)[MOST_BYTES];
	unsigned count, length;
};

struct row {
	char name[128], hook[8], program[512], file[512], kind[16], arrive[512];
	int fd;
};

static const char *harness;
static __u32 ifindex;

static int pin(const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", harness, name);
	return open_pin(path);
}

static void update(int map, const void *key, const void *value)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
	};

	if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
		err(1, "BPF_MAP_UPDATE_ELEM");
}

static unsigned char digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void read_packet(struct packets *packets, const char *line, const char *file)
{
	unsigned length = strspn(line, "0123456789abcdef") / 2;

	if (packets->count == MOST_TEMPLATES || length < TEMPLATE_BYTES || length > MOST_BYTES ||
	    (packets->count && length != packets->length))
		errx(1, "%s: packet %u has %u bytes", file, packets->count, length);
	packets->length = length;
	for (unsigned i = 0; i < length; i++)
		packets->bytes[packets->count][i] =
			digit(line[2 * i]) << 4 | digit(line[2 * i + 1]);
	packets->count++;
}

static struct packets read_packets(const char *file)
{
	struct packets packets = { .bytes = malloc((size_t)MOST_TEMPLATES * MOST_BYTES) };
	char line[2 * MOST_BYTES + 2];
	FILE *from = fopen(file, "r");

	if (!from || !packets.bytes)
		err(1, "%s", file);
	while (fgets(line, sizeof(line), from))
		read_packet(&packets, line, file);
	fclose(from);
	if (!packets.count || packets.count & (packets.count - 1))
		errx(1, "%s: %u packets, which is no power of two", file, packets.count);
	return packets;
}

/* Has the harness restore these packets. */
static void arrange(const struct packets *packets, bool scattered, bool fresh)
{
	struct settings settings = { packets->count - 1, ifindex, scattered, fresh };
	int templates = pin("maps/templates"), map = pin("maps/settings");
	__u32 zero = 0;

	for (__u32 i = 0; i < packets->count; i++)
		update(templates, &i, packets->bytes[i]);
	update(map, &zero, &settings);
	close(templates);
	close(map);
}

/* A context of the kind that the program has, for a packet that came by the device. Returns its size. */
static unsigned make_context(bool xdp, unsigned length, unsigned char *context)
{
	struct xdp_md *md = (void *)context;
	struct __sk_buff *skb = (void *)context;

	memset(context, 0, sizeof(*skb));
	if (!xdp) {
		skb->ifindex = ifindex;
		return sizeof(*skb);
	}
	md->data_end = length;
	md->ingress_ifindex = ifindex;
	return sizeof(*md);
}

struct ran {
	unsigned ns, verdict;
};

/* Runs a program on a packet, which becomes what the program makes of it. */
static struct ran test_run(int program, bool xdp, unsigned char *packet, unsigned length,
			   unsigned repeats)
{
	unsigned char context[sizeof(struct __sk_buff)], out[MOST_BYTES + 256];
	union bpf_attr attr = {
		.test = { .prog_fd = program,
			  .data_size_in = length,
			  .data_in = (uintptr_t)packet,
			  .data_size_out = sizeof(out),
			  .data_out = (uintptr_t)out,
			  .repeat = repeats,
			  .ctx_size_in = make_context(xdp, length, context),
			  .ctx_in = (uintptr_t)context },
	};

	if (bpf(BPF_PROG_TEST_RUN, &attr))
		err(1, "BPF_PROG_TEST_RUN");
	memcpy(packet, out, length);
	return (struct ran){ attr.test.duration, attr.test.retval };
}

enum ip4_offsets {
	ADDRESSES = 26, /* in a frame: source, then destination */
	PORTS = 34,
};

static void swap(unsigned char *first, unsigned bytes)
{
	unsigned char kept[4];

	memcpy(kept, first, bytes);
	memcpy(first, first + bytes, bytes);
	memcpy(first + bytes, kept, bytes);
}

/* Makes the packets of a row of those of its file. */
static void prepare(const struct row *row, struct packets *packets)
{
	int arrive;

	if (strcmp(row->kind, "departing") && strcmp(row->kind, "answering"))
		return;
	arrive = open_pin(row->arrive);
	for (unsigned i = 0; i < packets->count; i++) {
		test_run(arrive, false, packets->bytes[i], packets->length, 1);
		if (strcmp(row->kind, "answering"))
			continue;
		swap(packets->bytes[i] + ADDRESSES, 4);
		swap(packets->bytes[i] + PORTS, 2);
	}
	close(arrive);
}

/* The share of the packets that a program answers so. */
static double share(int program, bool xdp, struct packets *packets, unsigned verdict)
{
	unsigned same = 0;

	for (unsigned i = 0; i < packets->count; i++)
		same += test_run(program, xdp, packets->bytes[i], packets->length, 1).verdict ==
			verdict;
	return (double)same / packets->count;
}

static int compare(const void *a, const void *b)
{
	const struct ran *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static void measure(const struct row *row, unsigned repeats)
{
	bool xdp = !strcmp(row->hook, "xdp"), fresh = !strcmp(row->kind, "fresh");
	struct packets packets = read_packets(row->file);
	int restore = pin(xdp ? "restore_xdp" : "restore_tc");
	int slot = pin(xdp ? "maps/xdp_under_test" : "maps/tc_under_test");
	unsigned char scratch[MOST_BYTES];
	struct ran ran[RUNS];
	__u32 zero = 0;

	prepare(row, &packets);
	/* The kernel takes the protocol from it, before the harness restores another. */
	memcpy(scratch, packets.bytes[0], packets.length);
	update(slot, &zero, &row->fd);
	arrange(&packets, false, fresh);
	test_run(restore, xdp, scratch, packets.length, fresh ? 1 : 2 * packets.count);
	arrange(&packets, true, fresh);
	for (int i = 0; i < RUNS; i++)
		ran[i] = test_run(restore, xdp, scratch, packets.length, repeats);
	qsort(ran, RUNS, sizeof(*ran), compare);
	printf("%s %u %d %.4f\n", row->name, ran[RUNS / 2].ns, (int)ran[RUNS / 2].verdict,
	       share(row->fd, xdp, &packets, ran[RUNS / 2].verdict));
	fflush(stdout);
	free(packets.bytes);
	close(restore);
	close(slot);
}

static void run(int rounds, unsigned repeats)
{
	static struct row rows[ROWS];
	int count = 0;

	while (count < ROWS && scanf("%127s %7s %511s %511s %15s %511s", rows[count].name,
				     rows[count].hook, rows[count].program, rows[count].file,
				     rows[count].kind, rows[count].arrive) == 6) {
		rows[count].fd = open_pin(rows[count].program);
		count++;
	}
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < count; i++)
			measure(&rows[(i + round) % count], repeats);
}

static __u64 arrived(void)
{
	static struct counts counts[PROCESSORS];
	__u32 zero = 0;
	union bpf_attr attr = {
		.map_fd = pin("maps/counts"),
		.key = (uintptr_t)&zero,
		.value = (uintptr_t)counts,
	};
	__u64 sum = 0;

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		err(1, "BPF_MAP_LOOKUP_ELEM");
	close(attr.map_fd);
	for (int i = 0; i < PROCESSORS; i++)
		sum += counts[i].arrived;
	return sum;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void send_frames(const char *file, unsigned repeats)
{
	struct packets packets = read_packets(file);
	union bpf_attr attr = {
		.test = { .prog_fd = pin("send_xdp"),
			  .data_size_in = packets.length,
			  .data_in = (uintptr_t)packets.bytes[0],
			  .repeat = repeats,
			  .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			  .batch_size = SEND_AT_ONCE },
	};
	__u64 before;
	double start;

	arrange(&packets, false, false);
	before = arrived();
	start = now();
	if (bpf(BPF_PROG_TEST_RUN, &attr))
		err(1, "BPF_PROG_TEST_RUN");
	start = now() - start;
	usleep(50000);
	printf("%u %.0f %llu\n", repeats, start, arrived() - before);
}

/* The last that we may use: the first one takes most interrupts. */
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
	bool runs = argc == 6 && !strcmp(argv[1], "run");
	bool sends = argc == 6 && !strcmp(argv[1], "send");

	if (!runs && !sends)
		errx(2, "usage: packets run HARNESS IFINDEX ROUNDS REPEATS < ROWS\n"
			"       packets send HARNESS IFINDEX REPEATS PACKETS");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	stay_on_one_processor();
	harness = argv[2];
	ifindex = atoi(argv[3]);
	if (runs)
		run(atoi(argv[4]), atoi(argv[5]));
	else
		send_frames(argv[5], atoi(argv[4]));
	return 0;
}
