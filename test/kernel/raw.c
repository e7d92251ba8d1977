// SPDX-License-Identifier: Apache-2.0
/*
 * Sends IP packets as they are, which the kernel routes; or, from a device, whole frames.
 *
 *	raw [DEVICE]
 *	stdin: the packets or frames, each a line of hex
 */
#include <err.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { BYTES = 2048 };

static void send_packet(int v4, int v6, const uint8_t *packet, size_t length)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	ssize_t sent;

	if (packet[0] >> 4 == 4) {
		memcpy(&to4.sin_addr, packet + offsetof(struct iphdr, daddr), 4);
		sent = sendto(v4, packet, length, 0, (struct sockaddr *)&to4, sizeof(to4));
	} else {
		memcpy(&to6.sin6_addr, packet + offsetof(struct ip6_hdr, ip6_dst), 16);
		sent = sendto(v6, packet, length, 0, (struct sockaddr *)&to6, sizeof(to6));
	}
	if (sent < 0)
		err(1, "a packet of %zu bytes", length);
}

static void send_frame(int link, const char *device, const uint8_t *frame, size_t length)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(device) };

	if (sendto(link, frame, length, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(1, "a frame of %zu bytes from %s", length, device);
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : NULL;
	int v4 = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	int v6 = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	int link = socket(AF_PACKET, SOCK_RAW, 0);
	static char line[2 * BYTES + 2];

	if (v4 < 0 || v6 < 0 || link < 0)
		err(1, "socket");
	while (fgets(line, sizeof(line), stdin)) {
		uint8_t packet[BYTES];
		size_t length = 0;

		while (length < BYTES && sscanf(line + 2 * length, "%2hhx", &packet[length]) == 1)
			length++;
		if (device)
			send_frame(link, device, packet, length);
		else
			send_packet(v4, v6, packet, length);
	}
	return 0;
}
