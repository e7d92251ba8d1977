/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the programs and `balancing apply` both know: keys, values, flags, capacities.
 *
 * The TypeScript side is generated from this file's BTF (make layout), so a field is added here and
 * nowhere else. Widths are fixed; __be16 and __be32 are in wire order, everything else in host order;
 * every byte is named, so that equal keys are equal bytes.
 */
#ifndef BALANCING_ABI_H
#define BALANCING_ABI_H

#include <linux/bpf.h>
#include <linux/types.h>

/* An IP address; IPv4 as ::ffff:a.b.c.d, so one map holds both families. */
struct ip {
	__be32 word[4];
};

/* ---- config maps: written by apply only ---- */

enum address_flags {
	ADDRESS_CLUSTER_IP = 1, /* a Service owns all of it: unknown ports are refused */
	ADDRESS_THIS_NODE = 2,	/* node ports answer on it; unknown ports pass */
	ADDRESS_OTHER_NODE = 4, /* the same, but its external policy Local is its own affair */
};

/*
 * addresses: ip -> address. What an address is, asked only when no frontend matched. External IPs and load balancer
 * addresses have no entry: of these a Service owns the ports that it claims, and all others pass.
 */
struct address {
	__u32 flags; /* enum address_flags */
	__u32 check; /* of address and flags */
};

/*
 * frontends: frontend_key -> frontend. A node port stands once per family, under the unspecified
 * address of that family (::ffff:0.0.0.0 or ::).
 */
struct frontend_key {
	struct ip address;
	__be16 port;
	__u8 protocol; /* IPPROTO_* */
	__u8 pad;
};

enum frontend_flags {
	FRONTEND_INTERNAL_DROP = 1,  /* no internal backend: drop; without it, reject */
	FRONTEND_EXTERNAL_DROP = 2,  /* no external backend: drop; without it, reject */
	FRONTEND_EXTERNAL_LOCAL = 4, /* external policy Local: each node decides for itself */
	FRONTEND_LOOPBACK = 8,	     /* a node port that answers on 127.0.0.1 or ::1 too */
	FRONTEND_HOST_ALLOWED = 16,  /* the node's own address is in the source ranges */
	FRONTEND_HOST_DENIED = 32,   /* it is not; a host that is no node has neither flag */
};

enum slot_counts {
	SLOT_BYTES = 128,
	SLOTS4 = 16, /* SLOT_BYTES / sizeof(struct backend4) */
	SLOTS6 = 6,  /* SLOT_BYTES / sizeof(struct backend6), rounded down */
};

struct backend4 {
	__be32 address;
	__be16 port;
	__u16 check; /* of block, address and port, the address as struct ip */
};

struct backend6 {
	struct ip address;
	__be16 port;
	__u16 check; /* as of backend4 */
};

/*
 * A run of backends of one family (the family of the frontend that leads here): SLOTS4 backend4 or
 * SLOTS6 backend6, unused room zero.
 */
struct slots {
	__u8 bytes[SLOT_BYTES];
};

/*
 * All that decides for a frontend, in one element: one update flips it whole. A block id is a hash of
 * the backend list, so an equal id means an equal list. The internal block stands in `slots` when it
 * fits; every other block is in `pages`. With this size an element fills 256 bytes (kernel 6.18:
 * 48 of header, 24 of key).
 *
 * The kernel may reuse a deleted or replaced element at once, while a reader still holds its address:
 * readers copy what they need, and prove the copy by its check value (hash.h): one for the policy, one in each slot.
 */
struct frontend {
	__u64 check; /* of the key and all fields but the slots */
	__u64 internal_block;
	__u64 external_block;
	__u64 source_ranges; /* set id; 0: open to all */
	__u64 service;	     /* hash of namespace/name:port, the owner of affinity records */
	__u32 internal_count;
	__u32 external_count;
	__u32 affinity_seconds; /* 0: none */
	__u32 flags;		/* enum frontend_flags */
	struct slots slots;
};

/* pages: page_key -> page. Page n of a block holds its backends n*SLOTS… and on. */
struct page_key {
	__u64 block;
	__u32 page;
	__u32 pad;
};

struct page {
	struct slots slots;
};

/* members: member -> 1, for blocks with affinity: is a remembered backend still in the list? */
struct member {
	__u64 block;
	struct ip address;
	__be16 port;
	__u16 pad;
	__u32 pad2;
};

/*
 * source_ranges (LPM): range_key -> range. The set's 64 bits come first, so prefix_length = 64 + prefix. Each set
 * has one more element, of prefix 0, that denies: finding nothing at all means that there is no such set.
 */
struct range_key {
	__u32 prefix_length;
	__u32 set_high;
	__u32 set_low;
	struct ip address;
};

struct range {
	__u64 verdict; /* the set when it allows, the complement of the set when it denies */
};

/*
 * address_filter: a Bloom filter with one hash over the keys of `addresses`, the addresses of `frontends`, and the node
 * ports on loopback addresses. A clear bit means "none of ours", so a miss costs one array access and no lookup.
 * Bit number = the FILTER_BITS high bits of fold * FILTER_MULTIPLIER (32 bit), where fold is the XOR of the
 * address's words in host order; of a loopback address, XORed with the port.
 */
enum filter_shape {
	FILTER_BITS = 19,
	FILTER_LINE_BITS = 9, /* bits in a line, as a power of two: one cache line */
	FILTER_LINES = 1024,
};

enum filter_hash {
	FILTER_MULTIPLIER = 0x9E3779B1,
};

struct filter_line {
	__u64 words[8];
};

/*
 * revision: 0 -> revision. Written last: it says that all of an image is in place.
 *
 * Builds of every layout read it, to know what they meet. So the map stays an array called `revision`, these
 * fields never move or change, new ones come after them, and a reader takes those that are not there as zero.
 */
struct revision {
	__u8 spec[32];	   /* SHA-256 of the exposure, in its canonical text */
	__u8 programs[32]; /* SHA-256 of the object that the programs came from */
	__u64 layout;  /* hash of the generated layout: another one cannot be read as an image */
	__u32 serving; /* how many service ports have a backend */
	__u32 pad;
};

/*
 * ---- state maps: written by the programs only ----
 *
 * A build of another layout takes a map over when key, value and all that they are made of are the same in both
 * (mapLayouts in the generated layout). A new meaning needs a new form: another name for the field or the map, say.
 */

enum client_kind {
	CLIENT_NETNS = 1,   /* a socket: the cookie of its network namespace */
	CLIENT_ADDRESS = 2, /* a packet: its source address */
};

/* affinity (LRU): affinity_key -> affinity. */
struct affinity_key {
	__u64 service;
	struct ip client; /* a netns cookie fills word 0 and 1 */
	enum client_kind kind;
	__u32 family; /* 4 or 6: of the frontend, and so of the backend */
};

struct affinity {
	__u64 block; /* the list it was chosen from; when another one applies now, `members` decides */
	__u64 last_used; /* ns of the monotonic clock, at the last new connection */
	struct ip address;
	__be16 port;
	__u16 pad;
	__u32 check; /* of key, block, address and port; 0.1.0 wrote 0 */
};

/* generation_info: 0 -> generation_info. What the programs of one generation know about themselves; never handed over. */
struct generation_info {
	__u64 host_netns; /* cookie of the network namespace where apply ran, the host's; 0: unknown */
	__u32 generation;  /* a number that other generations do not have */
	__u32 in_handover; /* 1 while the generation before may be attached too */
};

/* Socket reverse-NAT entry: the original destination of a socket's call, and the backend it got. */
struct revnat_entry {
	struct ip original;
	struct ip backend;
	__be16 original_port;
	__be16 backend_port; /* 0: the entry is void */
	__u32 admitted;	     /* hash of a set and a source that was found in it; 0: none */
	__u64 source_ranges; /* set that the socket's source must be in; 0: open to all */
	__u32 generation;    /* which programs wrote this */
	__u32 check;	     /* of the socket's cookie and the original destination */
};

enum socket_slot_count {
	SOCKET_SLOTS = 8192, /* a power of two */
};

/*
 * socket_slots: number -> socket_slot. Number and epoch of a socket are its cookie modulo and by SOCKET_SLOTS. The value of
 * the first slot begins 56 bytes into a cache line (kernel 6.18), so each entry is a line.
 */
struct socket_slot {
	__u64 socket; /* the kernel's address of the socket that wrote the entry; only the list follows it */
	struct revnat_entry entry;
};

/* slot_owners: number -> slot_owner. */
struct slot_owner {
	__u32 claim; /* sum of the claims of all sockets that claim the slot (socket_slots.h); 0: free */
	__u32 stored_epoch; /* sockets of later epochs have no entry in socket_revnat */
};

/* socket_revnat (socket storage): revnat_entry, of a socket that found its slot taken. */

/* datagram_revnat (LRU): what unconnected UDP sockets sent to before the latest, by the backend that answers. */
struct datagram_key {
	__u64 socket; /* its cookie */
	struct ip backend;
	__be16 backend_port;
	__u16 pad;
	__u32 pad2;
};

struct datagram_revnat {
	__u64 check;	     /* of the key and all fields below */
	__u64 source_ranges; /* as in struct revnat_entry */
	struct ip original;
	__be16 original_port;
	__u16 pad;
	__u32 pad2;
};

/* ---- lists of sockets: read by apply ---- */

/* A connected UDP socket whose original destination is a Service, and which still has the backend it got. */
struct connected_socket {
	__u64 socket; /* its cookie */
	struct ip source;
	struct ip original;
	struct ip backend;
	__be16 source_port;
	__be16 original_port;
	__be16 backend_port;
	__u16 pad;
	__u32 netns; /* inode number of its network namespace */
	__u32 pad2;
};

#endif
