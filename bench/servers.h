/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers: on a port of every address, a TCP listener and a UDP responder, for both families.
 */
#ifndef BENCH_SERVERS_H
#define BENCH_SERVERS_H

#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct server {
	int port;
	int tcp, udp;
};

static inline int bound_socket(int type, int port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const struct timeval patience = { 2, 0 };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	int no = 0, yes = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    bind(fd, (void *)&any, sizeof(any)))
		err(1, "a server on port %d", port);
	return fd;
}

/* In the network namespace and the cgroup of the caller: no program that is measured may be attached to that. */
static inline struct server serve(int port)
{
	struct server server = { port, bound_socket(SOCK_STREAM, port),
				 bound_socket(SOCK_DGRAM, port) };
	int room = 1 << 24, yes = 1;

	if (listen(server.tcp, 1024) ||
	    setsockopt(server.udp, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(server.udp, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes)) ||
	    setsockopt(server.udp, IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof(yes)))
		err(1, "a server on port %d", port);
	return server;
}

/* Takes datagrams that must come; answers each, from where it was sent to, if asked to. */
static inline void take_datagrams(const struct server *server, int count, bool answer)
{
	struct sockaddr_in6 from;
	char datum, control[64];
	struct iovec part = { &datum, 1 };

	for (int i = 0; i < count; i++) {
		struct msghdr message = {
			&from, sizeof(from), &part, 1, control, sizeof(control), 0
		};

		if (recvmsg(server->udp, &message, 0) < 0)
			err(1, "%d of %d datagrams came to port %d", i, count, server->port);
		/* What came in as IPV6_PKTINFO goes out as it: only the interface must be left open. */
		((struct in6_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&message)))->ipi6_ifindex = 0;
		if (answer && sendmsg(server->udp, &message, 0) < 0)
			err(1, "an answer");
	}
}

/* Takes the server's end of a connection that must come. */
static inline int take_connection(const struct server *server)
{
	int fd = accept4(server->tcp, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		err(1, "no connection came to port %d", server->port);
	return fd;
}

#endif
