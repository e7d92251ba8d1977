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
	ADDRESS_EXTERNAL =
		8, /* an external IP or load balancer address: sockets pass its unknown ports */
};

/* addresses: ip -> address. What an address is, asked only when no frontend matched. */
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
	SLOT_BYTES = 120,
	SLOTS4 = 15, /* SLOT_BYTES / sizeof(struct backend4) */
	SLOTS6 = 6,  /* SLOT_BYTES / sizeof(struct backend6) */
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
 * All that decides for a frontend, in one element: one update flips it whole. A block id is a hash of the backend list, so an
 * equal id means an equal list. The internal block stands in `slots` when it fits; every other block is in `pages`, and so is
 * a block that fits and in which backends are looked for (see members). With this size an element and the 8 bytes that the
 * kernel adds to it fill 256 (kernel 6.18: 48 of header, 24 of key).
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

/*
 * members: member -> 1: is a remembered backend still in the list? That is asked of the blocks of Services with affinity and,
 * with edges, of the external blocks of UDP frontends. Here are those that do not fit a page; of the others the page is read.
 */
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
 * address_filter: a Bloom filter over the keys of `addresses`, the addresses of `frontends`, and the node ports on loopback
 * addresses. A clear bit means "none of ours", so a miss costs one array access and no lookup. What is folded has two bits in
 * one word: the first has as its number the FILTER_BITS high bits of the hash, the second as its place the 6 bits above
 * FILTER_SECOND_SHIFT. hash = (x ^ x >> 15) * FILTER_MIXER, where x = fold * FILTER_MULTIPLIER (32 bit), and fold is the XOR
 * of the address's words in host order; of a loopback address, XORed with the port. Without the second step 50,000
 * consecutive addresses have the bits of 88 % of 172.16.0.0/20, with it 3 %.
 */
enum filter_shape {
	FILTER_BITS = 19,
	FILTER_LINE_BITS = 9, /* bits in a line, as a power of two: one cache line */
	FILTER_LINES = 1024,
	FILTER_SECOND_SHIFT = 7,
};

enum filter_hash {
	FILTER_MULTIPLIER = 0x9E3779B1,
	FILTER_MIXER = 0xC2B2AE35,
	PORT_MULTIPLIER = 0x85EBCA6B,
};

struct filter_line {
	__u64 words[8];
};

/*
 * port_filter: the same filter over destinations, asked only at edges: of frontends with an address of their own, and of
 * each node port at each address of this node. What it hashes is the fold of the address XOR
 * (port << 8 | protocol) * PORT_MULTIPLIER (32 bit, port in host order). With edges only; without, it is empty.
 */

enum device_flags {
	DEVICE_RAW_IP = 1, /* packets have no link-layer header */
	DEVICE_POD = 2,	   /* the host's side of a pod's device: the internal list applies */
	DEVICE_OTHER_PROXY =
		4, /* another proxy serves beside us: a TCP packet without a record may be of its flow */
};

/* devices: ifindex -> device. The edges, asked for new flows only. */
struct device {
	struct ip nat4; /* the source that packets to a backend elsewhere get; zero: none */
	struct ip nat6;
	__u32 flags; /* enum device_flags */
	__u32 check; /* of ifindex and all fields above */
};

/*
 * epoch: 0 -> epoch. Changes with every change of a frontend: the sum of the check values of all frontends, modulo 2^64.
 * It is 0 while frontends change, and written after all that a frontend leads to, right before `revision`. No record is current
 * by an epoch of 0. With edges only; without, it is 0.
 */
struct epoch {
	__u64 epoch;
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
	__u32 host_only;   /* 1: only sockets of the host network namespace are translated */
	__u32 unused;
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

/* ---- state maps of the edges: there only with edges ---- */

enum flow_side {
	SIDE_ARRIVAL = 1, /* the key is a packet as it arrives at an edge */
	SIDE_PAIR = 2,	  /* the key is a client and a backend, the lower of both first */
};

enum flow_flags {
	FLOW_MASQUERADE = 1,   /* the source is replaced where the packet leaves by an edge */
	FLOW_CLIENT_FIRST = 2, /* of a pair: the client is the lower of both */
	FLOW_RETURN = 4,       /* of an arrival: from a backend to the address of an edge */
	FLOW_CLOSING = 8,      /* of a return: one side has sent FIN or RST */
	FLOW_UDP = 16,	       /* the protocol, which is otherwise only in the hash */
};

/*
 * flows (LRU): flow_key -> flow. `hash` and `check` come from two independent universal hashes (NH of RFC 4418) of a tuple
 * {source, destination, source port, destination port, protocol, side} under a secret of this node (flow_secret): two
 * tuples share both with a chance of at most 2^-64, and a sender cannot search for them. `check` covers the fields too, so
 * a copy of memory that the kernel has given to another record fails it. A record is replaced, never written to.
 *
 * An element fills two cache lines (kernel 6.18: 48 bytes of header); the first ends with key and check.
 *
 *   of an arrival: `to` is the new destination;
 *     `client_port` is the source port that another one with this backend forced upon the client, or 0
 *   of a pair: `to` is the original destination; `from` is what the source becomes when it is masqueraded, or zero;
 *     `client_port` is the client's own port when another was forced upon it, or 0;
 *     `arrived_by` is the interface index of the edge that the client's packets came by
 */
struct flow_key {
	__u64 hash;
};

struct flow {
	__u64 check;
	struct ip to;
	struct ip from;
	__be16 to_port;
	__be16 from_port;
	__be16 client_port;
	__u16 flags;   /* enum flow_flags */
	__u64 block;   /* external block that the backend was chosen from */
	__u32 epoch;   /* both halves of the epoch that it was chosen in, XORed */
	__u32 written; /* when, in units of 2^30 ns of the monotonic clock */
	__u32 arrived_by;
	__u32 pad;
};

/* flow_secret: 0 -> flow_secret. Zero until the program `begin_flows` has run. Handed over with `flows`. */
struct flow_secret {
	__u32 words[20];
};

/*
 * flow_counts (per CPU): 0 -> flow_counts. What programs did to `flows`, since it was empty. The kernel reports no
 * eviction: evicted is what was made, was not deleted, and is not there. Handed over with `flows`.
 */
struct flow_counts {
	__u64 made;    /* records put under a key that had none */
	__u64 deleted; /* records that a program removed */
	__u64 begun;   /* ns since boot, when `flows` was empty; 0 on all processors but one */
};

/*
 * flow_filter: 0 -> flow_filter. Two bytes for each hash of a backend's address, of an address that a client called, and of
 * the latter with port and protocol, set before the record of the flow is: bytes, because storing one is atomic. It is
 * never cleared. Handed over with `flows`.
 */
enum flow_filter_shape {
	FLOW_FILTER_BITS = 21,
	FLOW_FILTER_BYTES = 2097152,
};

struct flow_filter {
	__u8 marks[FLOW_FILTER_BYTES];
};

/* fragments (LRU): fragment_key -> fragment. The ports that only the first fragment of a packet has. */
struct fragment_key {
	struct ip source;
	struct ip destination;
	__be32 id;	/* that of IPv4 in the last two bytes */
	__u32 protocol; /* IPPROTO_* */
};

struct fragment {
	__be16 source_port;
	__be16 destination_port;
	__u32 check; /* of key and ports */
};

/*
 * hot_flows: the low bits of a hash -> hot_set. What XDP needs of the arrivals that it met lately (hot_flows.h). Handed over.
 */
enum hot_flows_shape {
	HOT_SETS = 65536,
	HOT_SET_WORDS = 16, /* two cache lines */
};

struct hot_set {
	__u64 words[HOT_SET_WORDS];
};

/* refusals (per CPU): 0 -> refusals. A token bucket. */
enum refusal_limits {
	REFUSALS_PER_SECOND = 1000, /* of a processor */
	REFUSALS_AT_ONCE = 100,
};

struct refusals {
	__u64 full_at; /* ns of the monotonic clock: when the bucket is full again */
};

/* edge_counts (per CPU): edge_count -> how often. Rare cases only. */
enum edge_count {
	COUNT_REFUSED,	       /* packets that were answered with port unreachable */
	COUNT_UNANSWERED,      /* packets that were to be, over the limit */
	COUNT_DROPPED,	       /* packets that policy or source ranges forbid */
	COUNT_MOVED,	       /* UDP flows that got another backend */
	COUNT_COLLISIONS,      /* clients that got another source port */
	COUNT_PORTS_EXHAUSTED, /* packets dropped because all tried ports were taken */
	COUNT_RESTORED, /* packets of flows in use that put back a pair, or an arrival of TCP */
	EDGE_COUNTS,
};

/* ---- lists: read by apply, and of flows by status ---- */

/* What the list of flows has of a record: a byte. With neither PAIR nor RETURN it is of an arrival, which each flow has one of. */
enum listed_flow {
	LISTED_UDP = 1,
	LISTED_IPV6 = 2,
	LISTED_PAIR = 4,
	LISTED_RETURN = 8,
};

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
