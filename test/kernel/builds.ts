// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = new URL('../..', import.meta.url).pathname

/** A change of a source file: what to find, and what to put there. */
export type Edit = readonly [file: string, find: RegExp, replacement: string]

/** Every frontend is larger: no image of the one can be read by the other. */
export const WIDER_FRONTENDS: readonly Edit[] = [
  ['bpf/abi.h', /(struct frontend \{[^}]*)\}/, '$1\t__u64 pad_of_later[8];\n}'],
]

/** Every record of what sockets and clients did is larger: nothing that is remembered can be read by the other. */
export const WIDER_MEMORY: readonly Edit[] = ['affinity', 'revnat_entry', 'datagram_revnat'].map(name => [
  'bpf/abi.h',
  new RegExp(`(struct ${name} \\{[^}]*)\\}`),
  '$1\t__u64 pad_of_later;\n}',
])

/** A program at another hook, with a config map and a state map of its own. */
export const ONE_PROGRAM_MORE: readonly Edit[] = [
  [
    'bpf/state_maps.h',
    /#endif\s*$/,
    `struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} novelties SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} diary SEC(".maps");

#endif
`,
  ],
  [
    'bpf/cgroup.bpf.c',
    /$/,
    `
SEC("cgroup/sock_create")
int notice(struct bpf_sock *sk)
{
	__u32 key = sk->protocol;
	__u64 *found = bpf_map_lookup_elem(&novelties, &key), one = 1;

	bpf_map_update_elem(&diary, &key, found ? found : &one, BPF_ANY);
	return 1;
}
`,
  ],
  ['src/datapath/image.ts', /'revision',\n\]/, "'revision',\n  'novelties',\n]"],
  ['src/datapath/image.ts', /'affinity',\n/, "'affinity',\n  'diary',\n"],
  ['src/datapath/image.ts', /\['affinity'\],\n/, "['affinity'],\n  ['diary'],\n"],
  ['src/bpf/generation/programs.ts', /\n\} as const/, "\n  notice: 'sock_create',\n} as const"],
]

/** As builds before XDP was attached: it writes no record of it, and does not know the map of hot flows. */
export const WITHOUT_XDP: readonly Edit[] = [
  [
    'src/node/edges/xdp-devices.ts',
    /const devices = new Map\(edges\.flatMap.*\n/,
    'const devices = new Map<string, Device>()\n',
  ],
  ['src/node/edges/xdp-devices.ts', /return mode && \{ mode, refusals \}/, 'return undefined'],
  ['src/bpf/generation/manifest.ts', /, \.\.\.XDP_RECORD_PINS\]/, ']'],
  ['src/datapath/image.ts', / {2}'hot_flows',\n/, ''],
  ['src/datapath/image.ts', / {2}\['hot_flows'\],\n/, ''],
  ['src/bpf/generation/programs.ts', /\['work'\]/, "['work', 'hot_flows']"],
]

/**
 * Programs whose readers and claimants are slow: each step of a copy, and each look at a claim, waits for some microseconds,
 * in which other processors write.
 */
const SLOW_READERS: readonly Edit[] = [
  [
    'bpf/abi.h',
    /#endif\s*$/,
    `static long (*const wait_loop)(__u32, void *, void *, __u64) = (void *)181; /* bpf_loop */
__attribute__((unused)) static long wait_once(__u32 i, void *unused)
{
	return 0;
}
#define WAIT() (void)wait_loop(4000, wait_once, 0, 0)

#endif
`,
  ],
  [
    'bpf/frontend.h',
    /(\t\*policy = \(struct policy\)\{[^}]*?)\t\t\.external_block/,
    '\tWAIT();\n$1\t\t.external_block',
  ],
  [
    'bpf/frontend.h',
    /\t\t\.internal_count = frontend->internal_count,\n([^}]*\};\n)/,
    '$1\tbarrier();\n\tWAIT();\n\tpolicy->internal_count = frontend->internal_count;\n',
  ],
  [
    'bpf/backends.h',
    /\t\tfrom \+= slot;\n\t\tto->address\.word\[3\] = from->address;\n/,
    '\t\tfrom += slot;\n\t\tWAIT();\n\t\tto->address.word[3] = *(volatile __u32 *)&from->address;\n\t\tWAIT();\n',
  ],
  ['bpf/datagrams.h', /\t\*copy = \*found;\n/, '\tWAIT();\n\t*copy = *found;\n'],
  ['bpf/socket_slots.h', /(\t__sync_fetch_and_add\(&owner->claim, claim\);\n)/, '$1\tWAIT();\n'],
  ['bpf/socket_slots.h', /(\treturn true;\n)(\t__sync_fetch_and_add\(&owner->claim, -claim\);)/, '$1\tWAIT();\n$2'],
]

/** All sockets share two slots. */
const TWO_SLOTS: Edit = ['bpf/abi.h', /SOCKET_SLOTS = 8192/, 'SOCKET_SLOTS = 2']

/** An object of the programs whose readers are slow and whose sockets have two slots, made in `folder`. */
export function makeSlowObject(folder: string): string {
  cpSync(join(ROOT, 'bpf'), join(folder, 'bpf'), { recursive: true })
  for (const [file, find, replacement] of [...SLOW_READERS, TWO_SLOTS]) edit(join(folder, file), find, replacement)
  const object = join(folder, 'cgroup.bpf.o')
  compileObject(join(folder, 'bpf/cgroup.bpf.c'), object)
  return object
}

function compileObject(source: string, object: string): void {
  const include = `-I/usr/include/${execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim()}-linux-gnu`
  execFileSync('clang', ['-O2', '-g', '-Wall', '-target', 'bpf', include, '-c', source, '-o', object])
}

/** The command of another build, made in `folder` from this checkout and these edits as `make build` makes ours. */
export function makeBuild(folder: string, edits: readonly Edit[]): string {
  for (const part of ['bpf', 'src', 'schema', 'scripts', 'bin', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const [file, find, replacement] of edits) edit(join(folder, file), find, replacement)
  mkdirSync(join(folder, 'dist/bpf'), { recursive: true })
  symlinkSync(process.execPath, join(folder, 'dist/node'))
  const objects = [
    'abi',
    'cgroup',
    'edge',
    'list_flows',
    'list_socket_slots',
    'list_socket_revnat',
    'destroy_sockets',
  ].map(name => {
    const object = join(folder, `dist/bpf/${name}.bpf.o`)
    const source = join(folder, `bpf/${name}.bpf.c`)
    compileObject(source, object)
    return object
  })
  const layout = objects.filter(object => !object.endsWith('destroy_sockets.bpf.o'))
  const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  writeFileSync(join(folder, 'src/datapath/layout.gen.ts'), node('scripts/layout.ts', ...layout))
  node('scripts/build.ts')
  return join(folder, 'bin/balancing')
}

/** The command of a build of the same layout whose programs are another file: this build's, and a byte behind it. */
export function makeTwin(folder: string): string {
  for (const part of ['bin', 'dist']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  appendFileSync(join(folder, 'dist/bpf/cgroup.bpf.o'), '\n')
  return join(folder, 'bin/balancing')
}

function edit(path: string, find: RegExp, replacement: string): void {
  const text = readFileSync(path, 'utf8')
  const edited = text.replace(find, replacement)
  if (edited === text) throw new Error(`${path} has nothing like ${find}`)
  writeFileSync(path, edited)
}
