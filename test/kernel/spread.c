// SPDX-License-Identifier: Apache-2.0
/*
 * Calls one Service very often and prints which backend each call got, a line each:
 *
 *	spread CGROUP NETNS FAMILY MODE ADDRESS PORT CALLS	("-" stays where it is)
 *
 * MODE udp connects one socket again and again and asks for its peer, which the cgroup must not hide; sendto sends a
 * datagram from a new socket each time. Every backend must be local to NETNS, on port 8080: datagrams come here. What is
 * printed is the last byte of a backend's address.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include "party.h"

enum { BACKEND_PORT = 8080 };

static union endpoint service;
static socklen_t length;

static int open_socket(void)
{
	int fd = socket(service.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static int last_byte(const union endpoint *at)
{
	return at->any.sa_family == AF_INET ? ntohl(at->v4.sin_addr.s_addr) & 0xff
					    : at->v6.sin6_addr.s6_addr[15];
}

static int connect_once(int fd)
{
	union endpoint peer;
	socklen_t size = sizeof(peer);

	if (connect(fd, &service.any, length) || getpeername(fd, &peer.any, &size))
		err(1, "connect");
	return last_byte(&peer);
}

/* A socket that hears what is sent to any backend, and is told to whom. */
static int open_sink(void)
{
	int fd = open_socket(), one = 1;
	int is_v4 = service.any.sa_family == AF_INET;
	union endpoint any = { .any.sa_family = service.any.sa_family };

	any.v4.sin_port = htons(BACKEND_PORT);
	if (setsockopt(fd, is_v4 ? SOL_IP : SOL_IPV6, is_v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, &one,
		       sizeof(one)) ||
	    bind(fd, &any.any, length))
		err(1, "port %d", BACKEND_PORT);
	return fd;
}

static int hear(int sink)
{
	char byte, control[128];
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *info;

	if (recvmsg(sink, &message, 0) != 1)
		err(1, "recvmsg");
	info = CMSG_FIRSTHDR(&message);
	if (info && info->cmsg_level == SOL_IP)
		return ntohl(((struct in_pktinfo *)CMSG_DATA(info))->ipi_addr.s_addr) & 0xff;
	if (info && info->cmsg_level == SOL_IPV6)
		return ((struct in6_pktinfo *)CMSG_DATA(info))->ipi6_addr.s6_addr[15];
	errx(1, "a datagram without its destination");
}

static int send_once(int sink)
{
	int fd = open_socket();

	if (sendto(fd, "?", 1, 0, &service.any, length) != 1)
		err(1, "sendto");
	close(fd);
	return hear(sink);
}

int main(int argc, char **argv)
{
	int fd, is_connected;

	if (argc != 8)
		errx(2, "usage: spread CGROUP NETNS FAMILY MODE ADDRESS PORT CALLS");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a cgroup cannot go while somebody is in it */
	enter(argv[1], argv[2]);
	length = read_endpoint(argv[3], argv[5], atoi(argv[6]), &service);
	if (!length)
		errx(2, "not an address: %s", argv[5]);
	is_connected = !strcmp(argv[4], "udp");
	fd = is_connected ? open_socket() : open_sink();
	for (int calls = 0; calls < atoi(argv[7]); calls++)
		printf("%d\n", is_connected ? connect_once(fd) : send_once(fd));
	return 0;
}
