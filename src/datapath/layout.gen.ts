// SPDX-License-Identifier: Apache-2.0
// Generated from the BTF of bpf/*.bpf.o by scripts/layout.ts (make layout). Do not edit.

export const maps = {
  address_filter: { type: 'array', key: 'u32', value: 'filter_line', keySize: 4, valueSize: 64, maxEntries: 1024, flags: 0 },
  addresses: { type: 'hash', key: 'ip', value: 'address', keySize: 16, valueSize: 8, maxEntries: 1, flags: 1 },
  affinity: { type: 'lru_hash', key: 'affinity_key', value: 'affinity', keySize: 32, valueSize: 40, maxEntries: 1, flags: 0 },
  datagram_revnat: {
    type: 'lru_hash',
    key: 'datagram_key',
    value: 'datagram_revnat',
    keySize: 32,
    valueSize: 40,
    maxEntries: 8192,
    flags: 0,
  },
  devices: { type: 'hash', key: 'u32', value: 'device', keySize: 4, valueSize: 40, maxEntries: 1, flags: 1 },
  edge_counts: { type: 'percpu_array', key: 'u32', value: 'u64', keySize: 4, valueSize: 8, maxEntries: 7, flags: 0 },
  epoch: { type: 'array', key: 'u32', value: 'epoch', keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 },
  flow_counts: { type: 'percpu_array', key: 'u32', value: 'flow_counts', keySize: 4, valueSize: 24, maxEntries: 1, flags: 0 },
  flow_filter: { type: 'array', key: 'u32', value: 'flow_filter', keySize: 4, valueSize: 2097152, maxEntries: 1, flags: 0 },
  flow_secret: { type: 'array', key: 'u32', value: 'flow_secret', keySize: 4, valueSize: 80, maxEntries: 1, flags: 0 },
  flows: { type: 'lru_hash', key: 'flow_key', value: 'flow', keySize: 8, valueSize: 72, maxEntries: 262144, flags: 0 },
  fragments: { type: 'lru_hash', key: 'fragment_key', value: 'fragment', keySize: 40, valueSize: 8, maxEntries: 8192, flags: 0 },
  frontends: { type: 'hash', key: 'frontend_key', value: 'frontend', keySize: 20, valueSize: 176, maxEntries: 1, flags: 1 },
  generation_info: { type: 'array', key: 'u32', value: 'generation_info', keySize: 4, valueSize: 24, maxEntries: 1, flags: 0 },
  hot_flows: { type: 'array', key: 'u32', value: 'hot_set', keySize: 4, valueSize: 128, maxEntries: 65536, flags: 1024 },
  members: { type: 'hash', key: 'member', value: 'u8', keySize: 32, valueSize: 1, maxEntries: 1, flags: 1 },
  pages: { type: 'hash', key: 'page_key', value: 'page', keySize: 16, valueSize: 120, maxEntries: 1, flags: 1 },
  port_filter: { type: 'array', key: 'u32', value: 'filter_line', keySize: 4, valueSize: 64, maxEntries: 1024, flags: 0 },
  refusals: { type: 'percpu_array', key: 'u32', value: 'refusals', keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 },
  revision: { type: 'array', key: 'u32', value: 'revision', keySize: 4, valueSize: 80, maxEntries: 1, flags: 0 },
  slot_owners: { type: 'array', key: 'u32', value: 'slot_owner', keySize: 4, valueSize: 8, maxEntries: 8192, flags: 0 },
  socket_revnat: { type: 'sk_storage', key: 'u32', value: 'revnat_entry', keySize: 4, valueSize: 56, maxEntries: 0, flags: 1 },
  socket_slots: { type: 'array', key: 'u32', value: 'socket_slot', keySize: 4, valueSize: 64, maxEntries: 8192, flags: 0 },
  source_ranges: { type: 'lpm_trie', key: 'range_key', value: 'range', keySize: 28, valueSize: 8, maxEntries: 1, flags: 1 },
} as const

export const structs = {
  address: {
    size: 8,
    fields: { flags: { offset: 0, type: 'u32' }, check: { offset: 4, type: 'u32' } },
  },
  affinity: {
    size: 40,
    fields: {
      block: { offset: 0, type: 'u64' },
      last_used: { offset: 8, type: 'u64' },
      address: { offset: 16, type: 'ip' },
      port: { offset: 32, type: 'be16' },
      pad: { offset: 34, type: 'u16' },
      check: { offset: 36, type: 'u32' },
    },
  },
  affinity_key: {
    size: 32,
    fields: {
      service: { offset: 0, type: 'u64' },
      client: { offset: 8, type: 'ip' },
      kind: { offset: 24, type: 'u32', enum: 'client_kind' },
      family: { offset: 28, type: 'u32' },
    },
  },
  backend4: {
    size: 8,
    fields: { address: { offset: 0, type: 'be32' }, port: { offset: 4, type: 'be16' }, check: { offset: 6, type: 'u16' } },
  },
  backend6: {
    size: 20,
    fields: { address: { offset: 0, type: 'ip' }, port: { offset: 16, type: 'be16' }, check: { offset: 18, type: 'u16' } },
  },
  connected_socket: {
    size: 72,
    fields: {
      socket: { offset: 0, type: 'u64' },
      source: { offset: 8, type: 'ip' },
      original: { offset: 24, type: 'ip' },
      backend: { offset: 40, type: 'ip' },
      source_port: { offset: 56, type: 'be16' },
      original_port: { offset: 58, type: 'be16' },
      backend_port: { offset: 60, type: 'be16' },
      pad: { offset: 62, type: 'u16' },
      netns: { offset: 64, type: 'u32' },
      pad2: { offset: 68, type: 'u32' },
    },
  },
  datagram_key: {
    size: 32,
    fields: {
      socket: { offset: 0, type: 'u64' },
      backend: { offset: 8, type: 'ip' },
      backend_port: { offset: 24, type: 'be16' },
      pad: { offset: 26, type: 'u16' },
      pad2: { offset: 28, type: 'u32' },
    },
  },
  datagram_revnat: {
    size: 40,
    fields: {
      check: { offset: 0, type: 'u64' },
      source_ranges: { offset: 8, type: 'u64' },
      original: { offset: 16, type: 'ip' },
      original_port: { offset: 32, type: 'be16' },
      pad: { offset: 34, type: 'u16' },
      pad2: { offset: 36, type: 'u32' },
    },
  },
  device: {
    size: 40,
    fields: {
      nat4: { offset: 0, type: 'ip' },
      nat6: { offset: 16, type: 'ip' },
      flags: { offset: 32, type: 'u32' },
      check: { offset: 36, type: 'u32' },
    },
  },
  epoch: {
    size: 8,
    fields: { epoch: { offset: 0, type: 'u64' } },
  },
  filter_line: {
    size: 64,
    fields: { words: { offset: 0, type: 'u64', count: 8 } },
  },
  flow: {
    size: 72,
    fields: {
      check: { offset: 0, type: 'u64' },
      to: { offset: 8, type: 'ip' },
      from: { offset: 24, type: 'ip' },
      to_port: { offset: 40, type: 'be16' },
      from_port: { offset: 42, type: 'be16' },
      client_port: { offset: 44, type: 'be16' },
      flags: { offset: 46, type: 'u16' },
      block: { offset: 48, type: 'u64' },
      epoch: { offset: 56, type: 'u32' },
      written: { offset: 60, type: 'u32' },
      arrived_by: { offset: 64, type: 'u32' },
      pad: { offset: 68, type: 'u32' },
    },
  },
  flow_counts: {
    size: 24,
    fields: { made: { offset: 0, type: 'u64' }, deleted: { offset: 8, type: 'u64' }, begun: { offset: 16, type: 'u64' } },
  },
  flow_filter: {
    size: 2097152,
    fields: { marks: { offset: 0, type: 'u8', count: 2097152 } },
  },
  flow_key: {
    size: 8,
    fields: { hash: { offset: 0, type: 'u64' } },
  },
  flow_secret: {
    size: 80,
    fields: { words: { offset: 0, type: 'u32', count: 20 } },
  },
  fragment: {
    size: 8,
    fields: {
      source_port: { offset: 0, type: 'be16' },
      destination_port: { offset: 2, type: 'be16' },
      check: { offset: 4, type: 'u32' },
    },
  },
  fragment_key: {
    size: 40,
    fields: {
      source: { offset: 0, type: 'ip' },
      destination: { offset: 16, type: 'ip' },
      id: { offset: 32, type: 'be32' },
      protocol: { offset: 36, type: 'u32' },
    },
  },
  frontend: {
    size: 176,
    fields: {
      check: { offset: 0, type: 'u64' },
      internal_block: { offset: 8, type: 'u64' },
      external_block: { offset: 16, type: 'u64' },
      source_ranges: { offset: 24, type: 'u64' },
      service: { offset: 32, type: 'u64' },
      internal_count: { offset: 40, type: 'u32' },
      external_count: { offset: 44, type: 'u32' },
      affinity_seconds: { offset: 48, type: 'u32' },
      flags: { offset: 52, type: 'u32' },
      slots: { offset: 56, type: 'slots' },
    },
  },
  frontend_key: {
    size: 20,
    fields: {
      address: { offset: 0, type: 'ip' },
      port: { offset: 16, type: 'be16' },
      protocol: { offset: 18, type: 'u8' },
      pad: { offset: 19, type: 'u8' },
    },
  },
  generation_info: {
    size: 24,
    fields: {
      host_netns: { offset: 0, type: 'u64' },
      generation: { offset: 8, type: 'u32' },
      in_handover: { offset: 12, type: 'u32' },
      host_only: { offset: 16, type: 'u32' },
      unused: { offset: 20, type: 'u32' },
    },
  },
  hot_set: {
    size: 128,
    fields: { words: { offset: 0, type: 'u64', count: 16 } },
  },
  ip: {
    size: 16,
    fields: { word: { offset: 0, type: 'be32', count: 4 } },
  },
  member: {
    size: 32,
    fields: {
      block: { offset: 0, type: 'u64' },
      address: { offset: 8, type: 'ip' },
      port: { offset: 24, type: 'be16' },
      pad: { offset: 26, type: 'u16' },
      pad2: { offset: 28, type: 'u32' },
    },
  },
  page: {
    size: 120,
    fields: { slots: { offset: 0, type: 'slots' } },
  },
  page_key: {
    size: 16,
    fields: { block: { offset: 0, type: 'u64' }, page: { offset: 8, type: 'u32' }, pad: { offset: 12, type: 'u32' } },
  },
  range: {
    size: 8,
    fields: { verdict: { offset: 0, type: 'u64' } },
  },
  range_key: {
    size: 28,
    fields: {
      prefix_length: { offset: 0, type: 'u32' },
      set_high: { offset: 4, type: 'u32' },
      set_low: { offset: 8, type: 'u32' },
      address: { offset: 12, type: 'ip' },
    },
  },
  refusals: {
    size: 8,
    fields: { full_at: { offset: 0, type: 'u64' } },
  },
  revision: {
    size: 80,
    fields: {
      spec: { offset: 0, type: 'u8', count: 32 },
      programs: { offset: 32, type: 'u8', count: 32 },
      layout: { offset: 64, type: 'u64' },
      serving: { offset: 72, type: 'u32' },
      pad: { offset: 76, type: 'u32' },
    },
  },
  revnat_entry: {
    size: 56,
    fields: {
      original: { offset: 0, type: 'ip' },
      backend: { offset: 16, type: 'ip' },
      original_port: { offset: 32, type: 'be16' },
      backend_port: { offset: 34, type: 'be16' },
      admitted: { offset: 36, type: 'u32' },
      source_ranges: { offset: 40, type: 'u64' },
      generation: { offset: 48, type: 'u32' },
      check: { offset: 52, type: 'u32' },
    },
  },
  slot_owner: {
    size: 8,
    fields: { claim: { offset: 0, type: 'u32' }, stored_epoch: { offset: 4, type: 'u32' } },
  },
  slots: {
    size: 120,
    fields: { bytes: { offset: 0, type: 'u8', count: 120 } },
  },
  socket_slot: {
    size: 64,
    fields: { socket: { offset: 0, type: 'u64' }, entry: { offset: 8, type: 'revnat_entry' } },
  },
} as const

export const enums = {
  address_flags: { ADDRESS_CLUSTER_IP: 1, ADDRESS_THIS_NODE: 2, ADDRESS_OTHER_NODE: 4, ADDRESS_EXTERNAL: 8 },
  client_kind: { CLIENT_NETNS: 1, CLIENT_ADDRESS: 2 },
  device_flags: { DEVICE_RAW_IP: 1, DEVICE_POD: 2, DEVICE_OTHER_PROXY: 4 },
  edge_count: {
    COUNT_REFUSED: 0,
    COUNT_UNANSWERED: 1,
    COUNT_DROPPED: 2,
    COUNT_MOVED: 3,
    COUNT_COLLISIONS: 4,
    COUNT_PORTS_EXHAUSTED: 5,
    COUNT_RESTORED: 6,
    EDGE_COUNTS: 7,
  },
  filter_hash: { FILTER_MULTIPLIER: 2654435761, FILTER_MIXER: 3266489909, PORT_MULTIPLIER: 2246822507 },
  filter_shape: { FILTER_BITS: 19, FILTER_LINE_BITS: 9, FILTER_LINES: 1024, FILTER_SECOND_SHIFT: 7 },
  flow_filter_shape: { FLOW_FILTER_BITS: 21, FLOW_FILTER_BYTES: 2097152 },
  flow_flags: { FLOW_MASQUERADE: 1, FLOW_CLIENT_FIRST: 2, FLOW_RETURN: 4, FLOW_CLOSING: 8, FLOW_UDP: 16 },
  flow_side: { SIDE_ARRIVAL: 1, SIDE_PAIR: 2 },
  frontend_flags: {
    FRONTEND_INTERNAL_DROP: 1,
    FRONTEND_EXTERNAL_DROP: 2,
    FRONTEND_EXTERNAL_LOCAL: 4,
    FRONTEND_LOOPBACK: 8,
    FRONTEND_HOST_ALLOWED: 16,
    FRONTEND_HOST_DENIED: 32,
  },
  hot_flows_shape: { HOT_SETS: 65536, HOT_SET_WORDS: 16 },
  listed_flow: { LISTED_UDP: 1, LISTED_IPV6: 2, LISTED_PAIR: 4, LISTED_RETURN: 8 },
  refusal_limits: { REFUSALS_PER_SECOND: 1000, REFUSALS_AT_ONCE: 100 },
  slot_counts: { SLOT_BYTES: 120, SLOTS4: 15, SLOTS6: 6 },
  socket_slot_count: { SOCKET_SLOTS: 8192 },
} as const

/** A hash of all of the above: equal means that an image can be read. */
export const layoutHash = '6a82195c0d2110d7'

/** Hashes of single maps, by what is in them: type, flags, key, value, and all that these are made of. */
export const mapLayouts = {
  address_filter: 'e324d38b06dd813d',
  addresses: '288b32595d6a4f84',
  affinity: 'f690613ea7a9f4be',
  datagram_revnat: '434087a60fbe6445',
  devices: 'e133eb23a5c91232',
  edge_counts: '89d69f5e3b0479ba',
  epoch: '28db05f2ddfe2c24',
  flow_counts: '1feaac04726f034f',
  flow_filter: '956503f1f5c6d865',
  flow_secret: 'd61b73e5f84c7a7d',
  flows: 'f1886ef75e2b97d3',
  fragments: '844f9cdf2a2250bc',
  frontends: 'd1adfce0e65ae32c',
  generation_info: 'b6444ecc60126fef',
  hot_flows: '511390d93ce9c2e1',
  members: '4dfdf94333adc671',
  pages: 'e9ea6a3019fd4833',
  port_filter: 'e324d38b06dd813d',
  refusals: '2082c6ce635c6b75',
  revision: '3a7a141b6fd46949',
  slot_owners: 'b1df0b1bb5f1b086',
  socket_revnat: '7e5c97f64e333ffa',
  socket_slots: '913abfde3c0718dc',
  source_ranges: 'db0e08535c78e1d4',
} as const
