// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHECKS } from '../../src/doctor/checks.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { printYaml } from '../../src/spec/print.ts'
import { describeWith } from '../cli/needs.ts'
import { apply, inside, type Ran } from './balancing.ts'
import { mountOf } from './capable.ts'
import { runOn } from './machine.ts'
import { service, specWith, vip } from './specs.ts'
import { loadStranger } from './strangers.ts'
import { describeKernel } from './suite.ts'
import { makeTool } from './tool.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12'))

describeKernel('doctor', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-doctor-'))
    writeFileSync(join(folder, 'spec.yaml'), printYaml(SPEC))
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  type Machine = Parameters<typeof runOn>[0] & { flags?: () => string[]; env?: () => NodeJS.ProcessEnv }

  const examine = (machine: Machine): Ran & { checks: Map<string, Finding> } => {
    const ran = runOn(machine, ['doctor', '-o', 'json', ...(machine.flags ?? (() => inside(world)))()], machine.env?.())
    if (ran.stdout === '') throw new Error(`doctor ended with ${ran.code}: ${ran.stderr}`)
    const { checks } = JSON.parse(ran.stdout) as { checks: Finding[] }
    return { ...ran, checks: new Map(checks.map(check => [check.name, check])) }
  }
  const applyOn = (machine: Machine, ...more: string[]) => {
    const flags = (machine.flags ?? (() => inside(world)))()
    return runOn(
      machine,
      ['apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', ...more, ...flags],
      machine.env?.(),
    )
  }
  /** What is not ok, but for what follows from the want of something else. */
  const complaints = (checks: Map<string, Finding>) =>
    [...checks.values()].filter(c => c.result !== 'ok' && c.result !== 'unknown').map(c => c.name)

  describeWith('nft', 'on a machine with everything', () => {
    it('finds nothing wrong, a line for each check', () => {
      const { code, checks, stderr } = examine({})
      expect([complaints(checks), code, stderr]).toEqual([[], 0, ''])
      expect([...checks.keys()]).toEqual(CHECKS.map(check => check.name))
      const text = runOn({}, ['doctor', ...inside(world)]).stdout.split('\n')
      expect(text[0]).toBe(`${CHECKS.length} ok`)
      expect(text.slice(1, -1).map(line => line.split(/\s+/)[1])).toEqual([...checks.keys()])
    })
  })

  const pins = () => `${world.pins}/balancing`
  const state = () => inside(world).at(-1)!
  const only = (flag: '--cgroup' | '--pin-dir') => {
    const flags = inside(world)
    return flags.slice(flags.indexOf(flag), flags.indexOf(flag) + 2)
  }
  const nothingAt = (path: string) => `mount --bind "$(mktemp -d -p ${folder})" ${path}`
  const cannotRun = (command: string) => `mount --bind /dev/null "$(command -v ${command})"`
  const tool = (body: string) => () => ({ BALANCING_BPFTOOL: makeTool(folder, body) })

  describe('fails where apply refuses, in the same words', () => {
    const NO_CGROUP2 = `while umount -l "$(awk '/ - cgroup2 /{print $5; exit}' /proc/self/mountinfo)" 2>/dev/null; do :; done`
    // A cgroup of the test, seen as a container sees its own: as the root of a mount, in a namespace.
    const inContainer = (): Machine => ({
      script: `echo $$ > ${world.cgroup}/cgroup.procs
exec unshare -C -m sh -ec 'umount -l ${mountOf('cgroup2')}; mount -t cgroup2 none ${mountOf('cgroup2')}; exec "$@"' sh "$@"`,
    })
    const drop = (caps: string) => ['setpriv', '--bounding-set', caps, '--inh-caps', caps]
    it.each<[string, RegExp, () => Machine]>([
      ['permission', /this needs root, or the capability CAP_SYS_ADMIN/, () => ({ wrapper: drop('-all') })],
      ['permission', /CAP_SYS_ADMIN/, () => ({ wrapper: drop('-all,+bpf,+net_admin,+perfmon') })],
      ['kernel', /does not describe itself/, () => ({ script: nothingAt('/sys/kernel/btf') })],
      [
        'bpffs',
        /is not on a BPF file system/,
        () => ({ flags: () => [...only('--cgroup'), '--pin-dir', '/tmp/pins'] }),
      ],
      ['bpffs', /is not on a BPF file system/, () => ({ script: 'umount -l /sys/fs/bpf' })],
      [
        'bpffs',
        /\/sys\/fs\/bpf\S* cannot be (written to|made)/,
        () => ({ script: 'mount -o remount,ro,bind /sys/fs/bpf' }),
      ],
      ['bpffs', /open to other users \(mode 0777\)/, () => ({ script: `mkdir ${pins()} && chmod 777 ${pins()}` })],
      ['permission', /this is a user namespace of its own/, () => ({ namespaces: ['-U', '-r'] })],
      [
        'cgroup2',
        /is not the root of the node's cgroup2 hierarchy/,
        () => ({ ...inContainer(), flags: () => only('--pin-dir') }),
      ],
      ['cgroup2', /cgroup2 is not mounted/, () => ({ script: NO_CGROUP2, flags: () => only('--pin-dir') })],
      ['cgroup2', /\/tmp is not a cgroup2 dir/, () => ({ flags: () => [...only('--pin-dir'), '--cgroup', '/tmp'] })],
      ['bpftool', /bpftool 5\.10 is too old/, () => ({ env: tool(`echo '{"version":"5.10.92"}'`) })],
      ['bpftool', /cannot be started/, () => ({ env: () => ({ BALANCING_BPFTOOL: '/nowhere/bpftool' }) })],
      ['programs', /the compiled programs are missing/, () => ({ script: nothingAt(`${process.cwd()}/dist/bpf`) })],
      ['flock', /flock cannot be started/, () => ({ script: cannotRun('flock') })],
      [
        'applied',
        /holds what this balancing did not make: theirs/,
        () => ({ script: `mkdir -m 700 ${pins()} && mkdir ${pins()}/theirs` }),
      ],
    ])('%s: %s', (name, sentence, machine) => {
      const { code, checks } = examine(machine())
      expect(checks.get(name)).toMatchObject({ result: 'fail', found: expect.stringMatching(sentence) })
      expect(checks.get(name)!.advice).toMatch(/\w/)
      expect(complaints(checks)).toContain(name)
      expect(code).toBe(4)
      const refused = applyOn(machine())
      for (const path of [pins(), state()]) rmSync(path, { recursive: true, force: true })
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringMatching(sentence)])
    })
  })

  const ownBpffs = () => `mkdir -p ${folder}/own && mount -t bpf -o mode=0700 none ${folder}/own`

  describe('warns', () => {
    const old = ['setarch', '--uname-2.6', 'prlimit', '--memlock=65536:65536']
    const withoutResource = ['setpriv', '--bounding-set', '-sys_resource', '--inh-caps', '-sys_resource']
    /** A script by which the kernel's description lacks a name. */
    const withoutInBtf = (name: string): string => {
      const description = readFileSync('/sys/kernel/btf/vmlinux')
      const at = description.indexOf(`\0${name}\0`)
      if (at >= 0) description.write('X', at + 1)
      writeFileSync(join(folder, name), description)
      return `mount --bind ${folder}/${name} /sys/kernel/btf/vmlinux`
    }
    const withoutAdmin = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
    it.each<[string, RegExp, () => Machine]>([
      [
        'bpffs',
        /every user can make .*\/open\/balancing before apply does/,
        () => ({
          script: `mkdir -p ${folder}/open && mount -t bpf none ${folder}/open`,
          flags: () => [...only('--cgroup'), '--pin-dir', `${folder}/open/balancing`],
        }),
      ],
      [
        'bpffs',
        /not mounted on the node, but here alone: the pins vanish with this container/,
        () => ({ script: ownBpffs(), flags: () => [...only('--cgroup'), '--pin-dir', `${folder}/own/balancing`] }),
      ],
      ['destroy-sockets', /keep a backend that is gone: .*ss/, () => ({ script: cannotRun('ss') })],
      ['destroy-sockets', /keep a backend that is gone: nsenter/, () => ({ script: cannotRun('nsenter') })],
      [
        'destroy-sockets',
        /keep a backend that is gone: this process lacks CAP_NET_ADMIN/,
        // As on a kernel before 6.5: a later one needs that capability for nothing here.
        () => ({ wrapper: withoutAdmin, script: withoutInBtf('bpf_sock_destroy') }),
      ],
      ['locked-memory', /counts maps as locked memory/, () => ({ wrapper: [...old, ...withoutResource] })],
      ['pid-namespace', /PID namespace of its own/, () => ({ namespaces: ['-p', '-f', '--mount-proc'] })],
      [
        'network-namespace',
        /not the network namespace of the node/,
        () => ({ namespaces: ['-n'], script: 'ip link set lo up' }),
      ],
    ])('%s: %s', (name, sentence, machine) => {
      const { code, checks } = examine(machine())
      expect(checks.get(name)).toMatchObject({ result: 'warn', found: expect.stringMatching(sentence) })
      expect(checks.get(name)!.advice).toMatch(/\w/)
      expect([complaints(checks).filter(n => n !== 'network-namespace' || n === name), code]).toEqual([[name], 0])
    })

    it('bpffs: as apply does, and not where the mounts of the node are not to be seen', () => {
      const flags = () => [...inside(world), '--pin-dir', `${folder}/own/balancing`]
      const spec = ['apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', '--dry-run', ...flags()]
      const container = { script: ownBpffs(), namespaces: ['-p', '-f', '--mount-proc'] }
      const warning = /^warning: the BPF file system of \S+ is not mounted on the node, but here alone/m
      expect(runOn({ script: ownBpffs() }, spec)).toMatchObject({ code: 0, stderr: expect.stringMatching(warning) })
      expect(runOn(container, spec)).toMatchObject({ code: 0, stderr: expect.not.stringMatching(warning) })
      expect(examine({ ...container, flags }).checks.get('bpffs')).toMatchObject({ result: 'ok' })
    })

    it('kernel: a feature that it lacks, in words', () => {
      const { checks, code } = examine({ script: withoutInBtf('BPF_FUNC_user_ringbuf_drain') })
      const found = expect.stringContaining('it lacks errno: calls that are refused fail with EPERM')
      expect([checks.get('kernel'), code]).toEqual([
        { name: 'kernel', result: 'warn', found, advice: expect.anything() },
        0,
      ])
    })
  })

  describe('of a history that is no use', () => {
    const readOnly = () =>
      `mkdir -p -m 700 ${state()} && mount --bind ${state()} ${state()} && mount -o remount,ro,bind ${state()}`
    const cases: [RegExp, () => Machine][] = [
      [/cannot be written to|cannot write to/, () => ({ script: readOnly() })],
      [
        /000001\.json:1:1|this entry of the history is damaged/,
        () => ({ script: `mkdir -p -m 700 ${state()} && echo x > ${state()}/000001.json` }),
      ],
      [/ENOTDIR/, () => ({ flags: () => [...inside(world), '--state-dir', '/dev/null'] })],
    ]
    const judge = (machine: Machine) => {
      const { code, checks } = examine(machine)
      return [checks.get('history'), code]
    }
    const finding = (result: string, sentence: RegExp) => ({
      name: 'history',
      result,
      found: expect.stringMatching(sentence),
      advice: expect.stringMatching(/\w/),
    })
    afterEach(() => {
      runOn({}, ['cleanup', ...inside(world)])
      rmSync(state(), { recursive: true, force: true })
    })

    it.each(cases)('warns where nothing serves, as apply does: %s', (sentence, machine) => {
      expect(judge(machine())).toEqual([finding('warn', sentence), 0])
      const tried = applyOn(machine(), '--dry-run')
      expect([tried.code, tried.stderr]).toEqual([0, expect.stringMatching(sentence)])
      const { code, stderr } = applyOn(machine())
      expect([code, stderr]).toEqual([0, expect.stringMatching(sentence)])
    })

    it.each(cases)('fails where something serves, and apply refuses: %s', async (sentence, machine) => {
      await apply(world, specWith(service(1, 'p13')))
      expect(judge(machine())).toEqual([finding('fail', sentence), 4])
      for (const more of [[], ['--dry-run']]) {
        const { code, stderr } = applyOn(machine(), ...more)
        expect([code, stderr]).toEqual([4, expect.stringMatching(sentence)])
      }
    })

    it.each([false, true])('is nothing of a dry run, which leaves no trace: a directory is there: %s', isThere => {
      if (isThere) mkdirSync(state(), { recursive: true, mode: 0o700 })
      const before = existsSync(state()) ? readdirSync(state()) : readdirSync(dirname(state()))
      expect(applyOn({}, '--dry-run')).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') })
      expect(existsSync(state()) ? readdirSync(state()) : readdirSync(dirname(state()))).toEqual(before)
    })
  })

  describe('what was applied', () => {
    const bpftool = (...args: string[]) => execFileSync('bpftool', args, { encoding: 'utf8' })
    const attached = () => JSON.parse(bpftool('-j', 'cgroup', 'show', world.cgroup).trim() || '[]')
    const judge = () => {
      const { checks, code } = examine({})
      return [checks.get('applied')!.result, checks.get('applied')!.found, code]
    }
    afterEach(() => {
      runOn({}, ['cleanup', ...inside(world)])
      for (const { id, attach_type } of attached())
        bpftool('cgroup', 'detach', world.cgroup, attach_type, 'id', String(id))
      rmSync(pins(), { recursive: true, force: true })
    })

    it('serves', async () => {
      await apply(world, SPEC)
      expect(judge()).toEqual(['ok', expect.stringMatching(/^revision [0-9a-f]{12} is served$/), 0])
    })

    it('has lost a pin', async () => {
      await apply(world, SPEC)
      rmSync(`${pins()}/g1/programs/connect4`)
      expect(judge()).toEqual(['fail', 'programs or maps are missing: connect4', 4])
    })

    it('has lost all pins', async () => {
      await apply(world, SPEC)
      rmSync(pins(), { recursive: true })
      expect(judge()).toEqual(['fail', expect.stringMatching(/^programs of balancing at .* have lost their pins/), 4])
    })

    it('is attached nowhere', async () => {
      await apply(world, SPEC)
      for (const { id, attach_type } of attached())
        bpftool('cgroup', 'detach', world.cgroup, attach_type, 'id', String(id))
      expect(judge()).toEqual([
        'fail',
        expect.stringMatching(/^no program is attached: the cgroup was removed, or all programs/),
        4,
      ])
    })

    it('has drifted', async () => {
      await apply(world, SPEC)
      const frontends = ['pinned', `${pins()}/g1/maps/frontends`]
      const [{ key }] = JSON.parse(bpftool('-j', 'map', 'dump', ...frontends))
      bpftool('map', 'delete', ...frontends, 'key', 'hex', ...key.map((byte: string) => byte.slice(2)))
      expect(judge()).toEqual(['warn', expect.stringMatching(/^1 entry differs from revision [0-9a-f]{12}/), 0])
    })

    it('is attached to another cgroup', async () => {
      await apply(world, SPEC)
      mkdirSync(`${world.cgroup}/other`)
      const { checks } = examine({ flags: () => [...only('--pin-dir'), '--cgroup', `${world.cgroup}/other`] })
      expect(checks.get('applied')).toMatchObject({ result: 'fail', found: expect.stringContaining('are attached to') })
    })

    it('has the beginnings of an unfinished apply beside it', async () => {
      await apply(world, SPEC)
      mkdirSync(`${pins()}/g7`)
      expect(judge()).toEqual(['warn', `an apply was not finished: ${pins()}/g7`, 0])
    })
  })

  describe('programs of others', () => {
    const attach = (name: string, ...flags: string[]) => {
      loadStranger(name, `${world.pins}/${name}`)
      const words = ['cgroup', 'attach', world.cgroup, 'connect4', 'pinned', `${world.pins}/${name}`, ...flags]
      execFileSync('bpftool', words)
    }
    const detach = (name: string) => {
      execFileSync('bpftool', ['cgroup', 'detach', world.cgroup, 'connect4', 'pinned', `${world.pins}/${name}`])
      rmSync(`${world.pins}/${name}`)
    }

    it.each([
      ['foreign-programs', 'somebody', 'find out who'],
      ['cilium', 'cil_sock4_connect', 'kubeProxyReplacement=false'],
      ['cilium', 'sock4_connect', 'kubeProxyReplacement=false'],
      ['calico', 'calico_connect_v4', 'bpfConnectTimeLoadBalancing to Disabled'],
      ['calico', 'cali_ctlb_v4', 'bpfConnectTimeLoadBalancing to Disabled'],
    ])('%s: %s beside ours', (check, name, advice) => {
      attach(name, 'multi')
      const { checks, code } = examine({})
      detach(name)
      expect(checks.get(check)).toMatchObject({ result: 'warn', advice: expect.stringContaining(advice) })
      expect(checks.get(check)!.found).toContain(`${name} (id `)
      expect([complaints(checks), code]).toEqual([[check], 0])
    })

    it('foreign-programs: one that leaves no room', () => {
      attach('somebody')
      const { checks, code } = examine({})
      const refused = applyOn({})
      detach('somebody')
      expect(checks.get('foreign-programs')).toMatchObject({
        result: 'fail',
        advice: expect.stringContaining('"multi"'),
      })
      expect([code, refused.code]).toEqual([4, 4])
      expect(refused.stderr).toContain(checks.get('foreign-programs')!.found)
    })
  })

  describeWith('ip', 'a cluster IP at a device of the node', () => {
    afterEach(() => {
      runOn({}, ['cleanup', ...inside(world)])
    })
    // A device that is down, as that of the DNS cache; the dummy device of other kernels is one of any kind here.
    const withDevice = (name: string, address: string) =>
      examine({
        namespaces: ['-n'],
        script: `ip link add ${name} type veth && ip address add ${address} dev ${name}`,
      }).checks.get('cluster-ip-here')!

    it('is that of a node-local DNS cache: the check says which Service to leave out', async () => {
      expect(withDevice('nodelocaldns', `${vip(1)}/32`)).toMatchObject({ result: 'ok' })
      await apply(world, SPEC)
      const found = withDevice('nodelocaldns', `${vip(1)}/32`)
      expect(found.result).toBe('warn')
      expect(found.found).toContain(`${vip(1)} of default/s00001 is an address of nodelocaldns: `)
      expect(found.advice).toContain('balancing.elf.io/exclude: "true"')
    })

    it.each([
      ['kube-ipvs0', `${vip(1)}/32`],
      ['nodelocaldns', '169.254.20.10/32'],
    ])('is no matter at %s with %s', async (name, address) => {
      await apply(world, SPEC)
      expect(withDevice(name, address)).toMatchObject({ result: 'ok' })
    })

    it('is unknown without ip', () => {
      const { checks, code } = examine({ script: cannotRun('ip') })
      expect([checks.get('cluster-ip-here'), code]).toEqual([
        expect.objectContaining({ result: 'unknown', found: expect.stringContaining('ip cannot be started') }),
        0,
      ])
    })
  })

  describeWith('nft', 'pods of a mesh', () => {
    let pod: ChildProcess | undefined
    afterEach(async () => {
      if (pod?.pid === undefined) return
      const ended = new Promise(resolve => pod!.once('exit', resolve))
      process.kill(-pod.pid, 'SIGKILL')
      await ended
      pod = undefined
    })
    /** A process with a network namespace of its own, and rules in it, below the cgroup that is served. */
    const startPod = (rules: string, env: NodeJS.ProcessEnv = {}) => {
      const script = `echo $$ > ${world.cgroup}/cgroup.procs; (${rules}) >&2; echo ready; exec sleep 600`
      // In a process group of its own, which is ended as a whole.
      const options = { detached: true, env: { ...process.env, ...env } }
      pod = spawn('unshare', ['-n', 'sh', '-ec', script], { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
      return new Promise((resolve, reject) => {
        pod!.stdout!.once('data', resolve)
        pod!.once('exit', reject)
      })
    }
    const redirect = (tool: string, chain: string) =>
      `${tool} -t nat -N ${chain}; ${tool} -t nat -A ${chain} -p tcp -j REDIRECT --to-ports 15001`
    const sidecars = (machine: Machine = {}) => {
      const { checks, code } = examine(machine)
      expect(code).toBe(0)
      return checks.get('sidecars')!
    }

    it.each([
      ['ISTIO_REDIRECT', redirect('iptables-nft', 'ISTIO_REDIRECT')],
      ['ISTIO_OUTPUT', redirect('ip6tables-nft', 'ISTIO_OUTPUT')],
      ['PROXY_INIT_REDIRECT', redirect('iptables-legacy', 'PROXY_INIT_REDIRECT')],
      ['KUMA_MESH_OUTBOUND_REDIRECT', redirect('iptables-nft', 'KUMA_MESH_OUTBOUND_REDIRECT')],
      ['CONSUL_PROXY_REDIRECT', redirect('iptables-nft', 'CONSUL_PROXY_REDIRECT')],
      ['PROXY_INIT_OUTPUT', redirect('ip6tables-legacy', 'PROXY_INIT_OUTPUT')],
      [
        'istio-redirect',
        `nft add table inet istio-proxy-nat; nft add chain inet istio-proxy-nat istio-redirect; nft add rule inet istio-proxy-nat istio-redirect meta l4proto tcp redirect to :15001`,
      ],
    ])('are named by a process and the chain: %s', async (chain, rules) => {
      await startPod(rules)
      const { result, found, advice } = sidecars()
      expect([result, advice]).toEqual(['warn', expect.stringContaining('--sockets host and --pods PATTERN')])
      expect(found).toContain(`of process ${pod!.pid} are redirected to a mesh sidecar (chain ${chain}): `)
      expect(found).toContain('SO_ORIGINAL_DST')
    })

    it.each([
      ['a chain without such a rule', 'iptables-nft -t nat -N ISTIO_REDIRECT'],
      ['redirects of others', redirect('iptables-nft', 'PORTS')],
      ['no rules', ':'],
    ])('are none with %s', async (_, rules) => {
      await startPod(rules)
      expect(sidecars()).toMatchObject({ result: 'ok', found: expect.stringContaining('1 other network namespace') })
    })

    it('do not matter below another cgroup', async () => {
      await startPod(redirect('iptables-nft', 'ISTIO_REDIRECT'))
      mkdirSync(`${world.cgroup}/served`, { recursive: true })
      const flags = () => [...only('--pin-dir'), '--cgroup', `${world.cgroup}/served`]
      expect(sidecars({ flags })).toMatchObject({ result: 'ok' })
    })

    it.each([
      ['hangs', 'sleep 100', 1, /nsenter did not end within 3 s and was killed/],
      [
        'is slow',
        `sleep 2.9; echo '{"nftables": []}'`,
        9,
        /^8 of 9 network namespaces have no redirect rules of a mesh; there/,
      ],
    ])('are looked for in a bounded time: nft %s', async (_, body, pods, sentence) => {
      await startPod('for i in $(seq 2 $PODS); do unshare -n sleep 600 & done', { PODS: String(pods) })
      const slow = makeTool(folder, `case "$*" in *ruleset) ${body} ;; *) echo '{"nftables": []}' ;; esac`)
      const started = performance.now()
      const { result, found } = sidecars({ script: `mount --bind ${slow} "$(command -v nft)"` })
      expect([result, found]).toEqual(['unknown', expect.stringMatching(sentence)])
      expect(performance.now() - started).toBeLessThan(20_000)
    })

    it('are unknown without nft, with the reason', async () => {
      await startPod(redirect('iptables-nft', 'ISTIO_REDIRECT'))
      const unread = expect.stringContaining('nft')
      expect(sidecars({ script: cannotRun('nft') })).toMatchObject({ result: 'unknown', found: unread })
    })
  })

  describeWith('nft', 'what other proxies leave behind', () => {
    let running: ChildProcess | undefined
    afterEach(() => {
      running?.kill('SIGKILL')
    })
    /** A process of this name, as the kernel names it. */
    const start = (name: string) => {
      copyFileSync('/bin/sleep', join(folder, name))
      running = spawn(join(folder, name), ['600'], { stdio: 'ignore' })
      return new Promise(resolve => running!.once('spawn', resolve))
    }
    const onRules = (script: string) => examine({ namespaces: ['-n'], script: `(${script}) >&2` }).checks
    const bpffs = (name: string) =>
      `mkdir -p ${folder}/bpf && mount -t bpf none ${folder}/bpf && mkdir -p ${folder}/bpf/${name}`
    const map = (path: string) => `bpftool map create ${folder}/bpf/${path} type array key 4 value 4 entries 1 name x`
    const table = 'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n'
    const servers = `${table}TCP  0A600001:01BB rr\n  -> 0A000001:192B      Masq    1      0          0\nUDP  0A60000A:0035 rr\n`

    it.each([
      ['kube-proxy-iptables', 'iptables-nft -t nat -N KUBE-SERVICES', 'KUBE-SERVICES in ip nat'],
      ['kube-proxy-iptables', 'ip6tables-nft -t nat -N KUBE-NODEPORTS', 'KUBE-NODEPORTS in ip6 nat'],
      ['kube-proxy-iptables', 'iptables-legacy -t nat -N KUBE-SERVICES', 'KUBE-SERVICES in ip nat (legacy)'],
      ['kube-proxy-iptables', 'ip6tables-legacy -t nat -N KUBE-SERVICES', 'KUBE-SERVICES in ip6 nat (legacy)'],
      ['kube-proxy-nftables', 'nft add table ip kube-proxy', 'the table ip kube-proxy'],
      ['kube-proxy-nftables', 'nft add table ip6 kube-proxy', 'the table ip6 kube-proxy'],
      ['kube-proxy-ipvs', 'ip link add kube-ipvs0 type veth', 'the interface kube-ipvs0'],
    ])('%s: %s', async (check, script, found) => {
      const left = onRules(script).get(check)!
      expect(left).toMatchObject({ result: 'warn', found: `${found}, and no kube-proxy runs here` })
      expect(left.advice).toContain('kube-proxy --cleanup')
      await start('kube-proxy')
      const present = onRules(script).get(check)!
      expect(present).toMatchObject({ result: 'ok', found: expect.stringContaining(`${found}: kube-proxy runs`) })
      expect(present.found).toContain(String(running!.pid))
    })

    it('kube-proxy-ipvs: virtual servers', () => {
      mkdirSync(join(folder, 'net'))
      writeFileSync(join(folder, 'net', 'ip_vs'), servers)
      writeFileSync(join(folder, 'net', 'dev'), readFileSync('/proc/net/dev'))
      const { checks } = examine({ script: `mount --bind ${folder}/net /proc/$$/net` })
      expect(checks.get('kube-proxy-ipvs')).toMatchObject({
        result: 'warn',
        found: expect.stringMatching(/^2 virtual servers of IPVS, and no kube-proxy runs here$/),
      })
    })

    it('chains of kubelet are none of kube-proxy', () => {
      const checks = onRules('for c in KUBE-KUBELET-CANARY KUBE-FIREWALL; do iptables-nft -t nat -N $c; done')
      expect(checks.get('kube-proxy-iptables')!.result).toBe('ok')
    })

    it.each([
      ['nft', 'kube-proxy-iptables', ':'],
      ['nft', 'kube-proxy-nftables', ':'],
      ['iptables-legacy-save', 'kube-proxy-iptables', 'iptables-legacy -t nat -N KUBE-SERVICES'],
    ])('without %s %s is unknown, with the reason', (command, check, script) => {
      const { checks, code } = examine({ namespaces: ['-n'], script: `${script} >&2; ${cannotRun(command)}` })
      expect(checks.get(check)).toMatchObject({
        result: 'unknown',
        found: expect.stringContaining(`${command} cannot be`),
      })
      expect(code).toBe(0)
    })

    it.each([
      ['cilium', 'cilium-agent', () => `${bpffs('cilium/socketlb')}`, 'cilium/socketlb'],
      [
        'cilium',
        'cilium-agent',
        () => `${bpffs('tc/globals')} && ${map('tc/globals/cilium_x')}`,
        'tc/globals/cilium_x',
      ],
      ['cilium', 'cilium-agent', () => 'iptables-nft -t mangle -N CILIUM_PRE_mangle', '1 chain'],
      ['calico', 'calico-node', () => `${bpffs('calico_connect4')}`, 'calico_connect4'],
      [
        'calico',
        'calico-node',
        () => `${bpffs('tc/globals')} && ${map('tc/globals/cali_v4_nat')}`,
        'tc/globals/cali_v4',
      ],
      ['calico', 'calico-node', () => 'iptables-nft -t nat -N cali-PREROUTING', '1 chain'],
    ])('%s: what is left without a running %s: %s', async (check, agent, script, found) => {
      const left = onRules(script()).get(check)!
      expect(left).toMatchObject({ result: 'warn', found: expect.stringContaining(found), advice: expect.anything() })
      expect(left.found).toContain(`and no ${agent} runs here`)
      await start(agent)
      expect(onRules(script()).get(check)).toMatchObject({
        result: 'ok',
        found: expect.stringContaining(' runs (process '),
      })
    })
  })
})
