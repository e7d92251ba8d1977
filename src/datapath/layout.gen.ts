// Generated from the BTF of bpf/*.bpf.o by scripts/layout.ts (make layout). Do not edit.

export const maps = {
  address_filter: { type: 'array', key: 'u32', value: 'filter_line', keySize: 4, valueSize: 64, maxEntries: 1024, flags: 0 },
  addresses: { type: 'hash', key: 'ip', value: 'address', keySize: 16, valueSize: 4, maxEntries: 1, flags: 1 },
  affinity: { type: 'lru_hash', key: 'affinity_key', value: 'affinity', keySize: 32, valueSize: 40, maxEntries: 1, flags: 0 },
  datagram_peers: {
    type: 'lru_hash',
    key: 'datagram_key',
    value: 'datagram_peer',
    keySize: 32,
    valueSize: 40,
    maxEntries: 8192,
    flags: 0,
  },
  frontends: { type: 'hash', key: 'frontend_key', value: 'frontend', keySize: 20, valueSize: 184, maxEntries: 1, flags: 1 },
  identity: { type: 'array', key: 'u32', value: 'identity', keySize: 4, valueSize: 16, maxEntries: 1, flags: 0 },
  members: { type: 'hash', key: 'member', value: 'u8', keySize: 32, valueSize: 1, maxEntries: 1, flags: 1 },
  pages: { type: 'hash', key: 'page_key', value: 'page', keySize: 16, valueSize: 136, maxEntries: 1, flags: 1 },
  peers: { type: 'sk_storage', key: 'u32', value: 'peer', keySize: 4, valueSize: 56, maxEntries: 0, flags: 1 },
  revision: { type: 'array', key: 'u32', value: 'revision', keySize: 4, valueSize: 80, maxEntries: 1, flags: 0 },
  seat_owners: { type: 'array', key: 'u32', value: 'seat_owner', keySize: 4, valueSize: 8, maxEntries: 8192, flags: 0 },
  seats: { type: 'array', key: 'u32', value: 'seat', keySize: 4, valueSize: 64, maxEntries: 8192, flags: 0 },
  source_ranges: { type: 'lpm_trie', key: 'range_key', value: 'range', keySize: 28, valueSize: 16, maxEntries: 1, flags: 1 },
} as const

export const structs = {
  address: {
    size: 4,
    fields: { flags: { offset: 0, type: 'u32' } },
  },
  affinity: {
    size: 40,
    fields: {
      block: { offset: 0, type: 'u64' },
      last_used: { offset: 8, type: 'u64' },
      address: { offset: 16, type: 'ip' },
      port: { offset: 32, type: 'be16' },
      pad: { offset: 34, type: 'u16' },
      pad2: { offset: 36, type: 'u32' },
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
    fields: { address: { offset: 0, type: 'be32' }, port: { offset: 4, type: 'be16' }, pad: { offset: 6, type: 'u16' } },
  },
  backend6: {
    size: 20,
    fields: { address: { offset: 0, type: 'ip' }, port: { offset: 16, type: 'be16' }, pad: { offset: 18, type: 'u16' } },
  },
  connected_socket: {
    size: 72,
    fields: {
      socket: { offset: 0, type: 'u64' },
      source: { offset: 8, type: 'ip' },
      dialled: { offset: 24, type: 'ip' },
      backend: { offset: 40, type: 'ip' },
      source_port: { offset: 56, type: 'be16' },
      dialled_port: { offset: 58, type: 'be16' },
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
  datagram_peer: {
    size: 40,
    fields: {
      guard_socket: { offset: 0, type: 'u64' },
      source_ranges: { offset: 8, type: 'u64' },
      dialled: { offset: 16, type: 'ip' },
      dialled_port: { offset: 32, type: 'be16' },
      pad: { offset: 34, type: 'u16' },
      pad2: { offset: 36, type: 'u32' },
    },
  },
  filter_line: {
    size: 64,
    fields: { words: { offset: 0, type: 'u64', count: 8 } },
  },
  frontend: {
    size: 184,
    fields: {
      guard_address: { offset: 0, type: 'be32' },
      guard_port: { offset: 4, type: 'be16' },
      guard_protocol: { offset: 6, type: 'u8' },
      pad: { offset: 7, type: 'u8' },
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
  identity: {
    size: 16,
    fields: {
      netns: { offset: 0, type: 'u64' },
      generation: { offset: 8, type: 'u32' },
      taking_over: { offset: 12, type: 'u32' },
    },
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
    size: 136,
    fields: { guard_block: { offset: 0, type: 'u64' }, slots: { offset: 8, type: 'slots' } },
  },
  page_key: {
    size: 16,
    fields: { block: { offset: 0, type: 'u64' }, page: { offset: 8, type: 'u32' }, pad: { offset: 12, type: 'u32' } },
  },
  peer: {
    size: 56,
    fields: {
      dialled: { offset: 0, type: 'ip' },
      backend: { offset: 16, type: 'ip' },
      dialled_port: { offset: 32, type: 'be16' },
      backend_port: { offset: 34, type: 'be16' },
      version: { offset: 36, type: 'u16' },
      admitted: { offset: 38, type: 'u16' },
      source_ranges: { offset: 40, type: 'u64' },
      generation: { offset: 48, type: 'u32' },
      turn: { offset: 52, type: 'u32' },
    },
  },
  range: {
    size: 16,
    fields: { guard_set: { offset: 0, type: 'u64' }, allows: { offset: 8, type: 'u32' }, pad: { offset: 12, type: 'u32' } },
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
  seat: {
    size: 64,
    fields: { socket: { offset: 0, type: 'u64' }, peer: { offset: 8, type: 'peer' } },
  },
  seat_owner: {
    size: 8,
    fields: { turn: { offset: 0, type: 'u32' }, shared: { offset: 4, type: 'u32' } },
  },
  slots: {
    size: 128,
    fields: { bytes: { offset: 0, type: 'u8', count: 128 } },
  },
} as const

export const enums = {
  address_flags: { ADDRESS_VIP: 1, ADDRESS_THIS_NODE: 2, ADDRESS_OTHER_NODE: 4 },
  client_kind: { CLIENT_NETNS: 1, CLIENT_ADDRESS: 2 },
  filter_hash: { FILTER_MULTIPLIER: 2654435761 },
  filter_shape: { FILTER_BITS: 19, FILTER_LINE_BITS: 9, FILTER_LINES: 1024 },
  frontend_flags: {
    FRONTEND_INTERNAL_DROP: 1,
    FRONTEND_EXTERNAL_DROP: 2,
    FRONTEND_EXTERNAL_LOCAL: 4,
    FRONTEND_LOOPBACK: 8,
    FRONTEND_HOME_IN: 16,
    FRONTEND_HOME_OUT: 32,
  },
  seat_count: { SEATS: 8192 },
  slot_counts: { SLOT_BYTES: 128, SLOTS4: 16, SLOTS6: 6 },
} as const

/** A hash of all of the above: equal means that an image can be read. */
export const layoutHash = 'a54f4e82c9e24858'

/** Hashes of single maps, by what is in them: type, flags, key, value, and all that these are made of. */
export const mapLayouts = {
  address_filter: 'e324d38b06dd813d',
  addresses: '430e5668dd32d2e0',
  affinity: 'c6fcfafb96ef4f01',
  datagram_peers: 'c5bbf1de098d0453',
  frontends: 'cd8b16f2c737b712',
  identity: 'feab9314beb61380',
  members: '4dfdf94333adc671',
  pages: '51ed48ab1299b2bb',
  peers: '5df2c6e39204c3c8',
  revision: '3a7a141b6fd46949',
  seat_owners: 'b37ed400f005271e',
  seats: '0adb44a14c763b54',
  source_ranges: '2e5cbebe34cb2466',
} as const
