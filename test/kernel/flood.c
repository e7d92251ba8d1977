// SPDX-License-Identifier: Apache-2.0
/*
 * Live connections through an edge, and a flood beside them, by test runs of the programs `arrive` and `depart`:
 *
 *	flood ARRIVE DEPART HERE	pins; the first three bytes of the IPv4 addresses on this node
 *
 * Commands, a line each; each prints a line when it is done:
 *
 *	open ADDRESS COUNT		connections to port 80 of the address
 *	flood KIND ADDRESS COUNT EVERY	new flows there, of sources that are met once: `unanswered` and `answered` SYNs, `datagrams`.
 *					After each EVERY of them a packet goes each way on every connection
 *	answers				how many connections the client hears on from what it called
 *	calls				how many reach the backend that they had, from the source that they had
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pin.h"

enum { MOST = 1 << 17, PORT = 80, PASS = -1 };
enum flags { SYN = 2, ACK = 16 };

struct end {
	uint32_t address; /* both in wire order */
	uint16_t port;
};

struct tuple {
	struct end from, to;
};

/* As its client has it, and as its backend does. */
struct flow {
	struct tuple sent, got;
};

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp; /* of UDP the ports, and data */
} __attribute__((packed));

static int arrive, depart;
static uint32_t here;
static struct flow live[MOST];
static unsigned int lives;

static bool same(struct end a, struct end b)
{
	return a.address == b.address && a.port == b.port;
}

static struct tuple back(struct tuple tuple)
{
	return (struct tuple){ .from = tuple.to, .to = tuple.from };
}

/* Puts a packet through a program. False: it did not pass. */
static bool run(int program, struct tuple *tuple, int protocol, uint8_t flags)
{
	struct frame in = {
		.ethernet.h_proto = htons(ETH_P_IP),
		.ip = { .version = 4,
			.ihl = 5,
			.tot_len = htons(sizeof(in) - ETH_HLEN),
			.ttl = 64,
			.protocol = protocol,
			.saddr = tuple->from.address,
			.daddr = tuple->to.address },
		.tcp = { .source = tuple->from.port, .dest = tuple->to.port },
	};
	struct frame out = {};
	union bpf_attr attr = { .test = { .prog_fd = program,
					  .repeat = 1,
					  .data_in = (uintptr_t)&in,
					  .data_size_in = sizeof(in),
					  .data_out = (uintptr_t)&out,
					  .data_size_out = sizeof(out) } };

	if (protocol == IPPROTO_TCP)
		((uint8_t *)&in.tcp)[13] = flags;
	else
		((uint16_t *)&in.tcp)[2] = htons(sizeof(in.tcp));
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)))
		err(1, "BPF_PROG_TEST_RUN");
	*tuple = (struct tuple){ { out.ip.saddr, out.tcp.source }, { out.ip.daddr, out.tcp.dest } };
	return (int)attr.test.retval == PASS;
}

static bool is_here(uint32_t address)
{
	return (ntohl(address) & 0xffffff00) == here;
}

/* A client's packet on its way to its backend. */
static bool call(struct tuple *tuple, int protocol, uint8_t flags)
{
	return run(arrive, tuple, protocol, flags) &&
	       (is_here(tuple->to.address) || run(depart, tuple, protocol, flags));
}

/* A backend's on its way to the client. */
static bool answer(struct tuple *tuple, int protocol, uint8_t flags)
{
	return (is_here(tuple->from.address) || run(arrive, tuple, protocol, flags)) &&
	       run(depart, tuple, protocol, flags);
}

/* Client number `i` of those of 10.200.0.0, or of 10.128.0.0 and on. */
static struct tuple nth(uint32_t base, uint32_t i, const char *to)
{
	return (struct tuple){ { htonl(base + (i >> 4)), htons(33000 + i * 7 % 30000) },
			       { inet_addr(to), htons(PORT) } };
}

static void open_flows(const char *to, unsigned int count)
{
	unsigned int opened = 0;

	for (lives = 0; lives < count && lives < MOST; lives++) {
		struct flow *flow = &live[lives];
		struct tuple reply;

		flow->sent = flow->got = nth(0x0ac80000, lives, to);
		opened += call(&flow->got, IPPROTO_TCP, SYN);
		reply = back(flow->got);
		answer(&reply, IPPROTO_TCP, SYN | ACK);
	}
	printf("%u\n", opened);
}

/* How many clients hear from what they called. */
static unsigned int answers(void)
{
	unsigned int heard = 0;

	for (unsigned int i = 0; i < lives; i++) {
		struct tuple tuple = back(live[i].got);

		heard += answer(&tuple, IPPROTO_TCP, ACK) && same(tuple.from, live[i].sent.to) &&
			 same(tuple.to, live[i].sent.from);
	}
	return heard;
}

/* How many packets of clients come where those before came. */
static unsigned int calls(void)
{
	unsigned int reached = 0;

	for (unsigned int i = 0; i < lives; i++) {
		struct tuple tuple = live[i].sent;

		reached += call(&tuple, IPPROTO_TCP, ACK) && same(tuple.from, live[i].got.from) &&
			   same(tuple.to, live[i].got.to);
	}
	return reached;
}

static void flood(const char *kind, const char *to, unsigned int count, unsigned int every)
{
	int protocol = *kind == 'd' ? IPPROTO_UDP : IPPROTO_TCP;
	static uint32_t met;

	for (unsigned int i = 0; i < count; i++) {
		struct tuple tuple = nth(0x0a800000, met++, to);

		if (call(&tuple, protocol, SYN) && *kind != 'u') {
			tuple = back(tuple);
			answer(&tuple, protocol, SYN | ACK);
		}
		if (every && i % every == every - 1)
			calls();
	}
	puts("done");
}

int main(int argc, char **argv)
{
	char line[256], kind[32], address[64];
	unsigned int count, every;

	if (argc != 4)
		return 2;
	arrive = open_pin(argv[1]);
	depart = open_pin(argv[2]);
	here = ntohl(inet_addr(argv[3]));
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "open %63s %u", address, &count) == 2)
			open_flows(address, count);
		else if (sscanf(line, "flood %31s %63s %u %u", kind, address, &count, &every) == 4)
			flood(kind, address, count, every);
		else if (!strncmp(line, "answers", 7))
			printf("%u\n", answers());
		else if (!strncmp(line, "calls", 5))
			printf("%u\n", calls());
		else
			errx(2, "no command: %s", line);
	}
	return 0;
}
