// SPDX-License-Identifier: Apache-2.0
/*
 * Carries packets between tun devices of two network namespaces, which exist:
 *
 *	tunnel NETNS NETNS DEVICE
 *
 * Prints "ready" when both have their carrier; ends when its stdin does, so it cannot outlive its parent.
 */
#define _GNU_SOURCE
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include "party.h"

static int open_device(const char *netns, const char *name)
{
	struct ifreq device = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd;

	enter("-", netns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	snprintf(device.ifr_name, sizeof(device.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &device))
		err(1, "%s of %s", name, netns);
	return fd;
}

/* A packet that the other device does not take is lost, as on any link. */
static void carry(int from, int to)
{
	static char packet[65536];
	ssize_t size = read(from, packet, sizeof(packet));

	if (size > 0 && write(to, packet, size) != size)
		warn("a packet of %zd bytes is lost", size);
}

int main(int argc, char **argv)
{
	struct pollfd ends[3] = { { .fd = STDIN_FILENO, .events = POLLIN } };

	if (argc != 4)
		errx(2, "usage: tunnel NETNS NETNS DEVICE");
	for (int i = 0; i < 2; i++)
		ends[i + 1] = (struct pollfd){ .fd = open_device(argv[i + 1], argv[3]),
					       .events = POLLIN };
	puts("ready");
	fflush(stdout);
	while (poll(ends, 3, -1) > 0 && !ends[0].revents) {
		if (ends[1].revents & POLLIN)
			carry(ends[1].fd, ends[2].fd);
		if (ends[2].revents & POLLIN)
			carry(ends[2].fd, ends[1].fd);
	}
	return 0;
}
