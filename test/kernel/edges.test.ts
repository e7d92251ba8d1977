// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { enums } from '../../src/datapath/layout.gen.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { makeTwin } from './builds.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12'), service(2, 'p23'))
const BOTH = ['--device', 'eth0', '--device', 'edge1']

/** The programs at the edges of n1, a node in a network namespace of its own. */
describeKernel('edges', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-edges-'))
  })
  beforeEach(() => addDevice())
  afterEach(async () => {
    rmSync(`${world.pins}/foreign`, { force: true })
    const { code, stderr } = await run(['cleanup', '--force', ...inside(world)], { netns: world.netns('n1') })
    const left = [names('eth0'), names('edge1')].flatMap(found => Object.values(found))
    onNode('ip', 'link', 'del', 'edge1')
    expect([code, stderr, left.filter(name => name !== 'foreign')]).toEqual([0, '', []])
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const onNode = (...command: string[]) =>
    execFileSync('nsenter', [`--net=/run/netns/${world.netns('n1')}`, ...command], { encoding: 'utf8' })

  function addDevice(): void {
    onNode('ip', 'link', 'add', 'edge1', 'type', 'veth', 'peer', 'name', 'other1')
    onNode('ip', 'address', 'add', '172.16.0.1/24', 'dev', 'edge1')
    onNode('ip', 'link', 'set', 'edge1', 'up')
  }

  /** The program and its id in each direction of a device. */
  function filters(device: string): Record<string, { name: string; id: number }> {
    const found = ['ingress', 'egress'].map(direction => {
      const shown = JSON.parse(onNode('tc', '-j', 'filter', 'show', 'dev', device, direction))
      return [direction, shown.find((f: { options?: { prog?: object } }) => f.options?.prog)?.options.prog]
    })
    return Object.fromEntries(found.flatMap(([direction, p]) => (p ? [[direction, { name: p.name, id: p.id }]] : [])))
  }

  const names = (device: string) =>
    Object.fromEntries(Object.entries(filters(device)).map(([direction, { name }]) => [direction, name]))
  const ATTACHED = { ingress: 'arrive', egress: 'depart' }

  const hasQdisc = (device: string) => onNode('tc', 'qdisc', 'show', 'dev', device).includes('clsact')

  const generations = () => readdirSync(`${world.pins}/balancing`).sort()
  const manifest = () => readlinkSync(`${world.pins}/balancing/${generations().at(-1)}/contents`)
  const recorded = () =>
    [...manifest().matchAll(/tc\/\d+\/(\S+)\/(ingress|egress)/g)].map(([, d, way]) => `${d} ${way}`)

  async function status() {
    const { stdout } = await run(['status', '-o', 'json', ...inside(world)], { netns: world.netns('n1') })
    return JSON.parse(stdout)
  }

  const applyRaw = (...flags: string[]) => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(SPEC))
    return run(['apply', '-f', path, '--node', 'n1', ...inside(world), ...flags], { netns: world.netns('n1') })
  }

  /** As on a node where nothing says which devices are edges. */
  const byDefault = (...place: string[]) => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(SPEC))
    const options = { netns: world.netns('n1'), env: { BALANCING_DEVICE: '' } }
    return run(['apply', '-f', path, ...place, ...inside(world)], options)
  }

  it('get programs in both directions, egress first in the manifest; the second apply has nothing to do', async () => {
    const first = await apply(world, SPEC, ...BOTH)
    expect(first).toContain(
      '  + edge eth0 (192.168.50.1, fd00:50::1) gained: packets that arrive there are translated\n  + edge edge1 (172.16.0.1) gained',
    )
    expect([names('eth0'), names('edge1')]).toEqual([ATTACHED, ATTACHED])
    expect(recorded()).toEqual(['eth0 egress', 'edge1 egress', 'eth0 ingress', 'edge1 ingress'])
    expect(await apply(world, SPEC, ...BOTH)).toContain('no changes')
    const { syncState, edges } = await status()
    expect([syncState, edges.map((e: { device: string; state: string }) => `${e.device} ${e.state}`)]).toEqual([
      'in-sync',
      ['eth0 attached', 'edge1 attached'],
    ])
  })

  it('are, with auto, those that the facts of the node give; backends that none leads to are named', async () => {
    await apply(world, SPEC, '--device', 'auto')
    expect([names('eth0'), names('edge1')]).toEqual([ATTACHED, {}])
    const { stderr } = await applyRaw('--device', 'edge1', '--dry-run')
    expect(stderr).toContain(
      'note: routes to 1 backend elsewhere (10.244.2.13) lead by eth0, which is no edge: their answers to clients outside are lost; give --device eth0 too',
    )
    const { code, stderr: usage } = await applyRaw('--device', 'auto', '--device', 'eth0')
    expect([code, usage]).toEqual([2, expect.stringContaining('auto stands alone')])
  })

  it('are, without the flag, those that the facts give: an apply that found sockets only gains them, without --force', async () => {
    await apply(world, SPEC, '--device', 'none')
    const { code, stdout, stderr } = await byDefault('--node', 'n1')
    expect([code, stderr, names('eth0'), names('edge1')]).toEqual([0, '', ATTACHED, {}])
    expect(stdout).toMatch(/^ {2}\+ edge eth0 \(192\.168\.50\.1, fd00:50::1\) gained/)
    expect((await byDefault('--node', 'n1')).stdout).toContain('no changes')
  })

  it.each([
    [
      'of another node',
      ['--node', 'n2'],
      'no device here has an address that the spec gives the node n2; --device names edges',
    ],
    ['of a host outside', ['--external'], 'a host outside the cluster has edges by name only; --device names edges'],
  ])('are none, without the flag, for the spec %s, and apply says why', async (_, place, why) => {
    const { code, stderr } = await byDefault(...place)
    expect([code, stderr, names('eth0')]).toEqual([0, `note: sockets only: ${why}\n`, {}])
  })

  it('stay, without the flag, while the facts give none: the last edge goes by --device none only', async () => {
    await apply(world, SPEC, '--device', 'auto')
    const { code, stdout, stderr } = await byDefault('--node', 'n2', '--force')
    const why = 'no device here has an address that the spec gives the node n2'
    expect([code, stderr, names('eth0')]).toEqual([
      0,
      expect.stringContaining(`note: eth0 stays an edge: ${why}; --device none serves sockets only\n`),
      ATTACHED,
    ])
    expect(stdout).not.toContain('lost')
  })

  it('are refused, without the flag, where the device that the facts give has no room; nothing is changed', async () => {
    await apply(world, SPEC, '--device', 'none')
    const [before, manifested] = [generations(), manifest()]
    onNode('tc', 'qdisc', 'add', 'dev', 'eth0', 'ingress')
    try {
      const { code, stderr } = await byDefault('--node', 'n1')
      expect([code, stderr]).toEqual([
        4,
        'error[device-occupied] the device eth0 has the qdisc ingress, which leaves no room for clsact\n' +
          '  hint: tc qdisc del dev eth0 ingress, if nothing needs it; --device none serves sockets only\n',
      ])
      expect([generations(), manifest()]).toEqual([before, manifested])
    } finally {
      onNode('tc', 'qdisc', 'del', 'dev', 'eth0', 'ingress')
    }
  })

  it('translate the packets of a client outside, until they cease to be edges', async () => {
    const spec = specWith(service(1, 'p12'), service(2, 'p23'))
    for (const [i, { ports }] of spec.services.entries()) ports[0]!.nodePort = 30_080 + i
    const call = { family: 4, address: '192.168.50.1', mode: 'tcp', tries: 4, timeoutMs: 1000 } as const
    const ask = async () => {
      const outcomes = await world.dial(
        'x1',
        [30_080, 30_081].map(port => ({ ...call, port })),
        '-',
      )
      return outcomes.map(({ identities, errors }) => ({ ...identities, ...errors }))
    }
    await apply(world, spec, '--device', 'eth0')
    expect(await ask()).toEqual([{ 'p12:8080': 4 }, { 'p23:8080': 4 }])
    await apply(world, spec, '--device', 'none')
    expect(await ask()).toEqual([{ ECONNREFUSED: 4 }, { ECONNREFUSED: 4 }])
  })

  it('count what packets met, for status; doctor warns when ports ran out', async () => {
    const spec = specWith(service(1))
    spec.services[0]!.ports[0]!.nodePort = 30_080
    await apply(world, spec, '--device', 'none')
    expect((await status()).edgeCounts).toBeNull()
    await apply(world, spec, '--device', 'eth0')
    const none = { refused: 0, unanswered: 0, dropped: 0, moved: 0, otherPort: 0, portsExhausted: 0, restored: 0 }
    expect((await status()).edgeCounts).toEqual(none)
    await world.dial('x1', [{ family: 4, address: '192.168.50.1', port: 30_080, mode: 'tcp', timeoutMs: 3000 }], '-')
    const { edgeCounts } = await status()
    expect(edgeCounts).toEqual({ ...none, refused: expect.any(Number) })
    expect(edgeCounts.refused).toBeGreaterThan(0)
    const doctor = async () => {
      const { stdout } = await run(['doctor', '-o', 'json', ...inside(world)], { netns: world.netns('n1') })
      const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; found: string }[] }
      const found = checks.find(({ name }) => name === 'free-ports')!
      return `${found.result} ${found.found}`
    }
    expect(await doctor()).toBe('ok no packet was dropped for want of a port')
    const counts = `${world.pins}/balancing/${generations().at(-1)}/maps/edge_counts`
    const key = [enums.edge_count.COUNT_PORTS_EXHAUSTED, 0, 0, 0].map(String)
    const onEach = ['2', ...Array(7).fill('0')]
    execFileSync('bpftool', ['map', 'update', 'pinned', counts, 'key', ...key, 'value', ...onEach])
    const { portsExhausted } = (await status()).edgeCounts
    expect(portsExhausted).toBeGreaterThan(0)
    expect(await doctor()).toBe(
      `warn ${portsExhausted} packets dropped since the programs were loaded, because all ports that were tried towards the backend are taken`,
    )
    const { stdout } = await run(['status', ...inside(world)], { netns: world.netns('n1') })
    expect(stdout).toContain(
      `packets   refused ${edgeCounts.refused}, over the limit 0; dropped 0, for want of a port ${portsExhausted}; moved 0; from another port 0; got a record back 0\n`,
    )
  })

  it('come and go within a generation; the first and the last one build a generation', async () => {
    await apply(world, SPEC)
    expect([generations(), recorded(), names('eth0')]).toEqual([['g1'], [], {}])
    const first = await apply(world, SPEC, '--device', 'eth0')
    expect(first).toContain('new maps and programs: edges change which programs are needed')
    expect(generations()).toEqual(['g2'])
    const before = filters('eth0')
    expect(await apply(world, SPEC, ...BOTH)).toMatch(/^ {2}\+ edge edge1/)
    expect([generations(), filters('eth0'), names('edge1')]).toEqual([['g2'], before, ATTACHED])
    expect(await apply(world, SPEC, '--device', 'edge1')).toMatch(/^ {2}! edge eth0 lost/)
    expect([generations(), names('eth0'), recorded()]).toEqual([['g2'], {}, ['edge1 egress', 'edge1 ingress']])
    expect([hasQdisc('eth0'), hasQdisc('edge1')]).toEqual([false, true])
    expect(await apply(world, SPEC, '--device', 'none')).toContain('! edge edge1 lost')
    expect([generations(), names('edge1'), recorded()]).toEqual([['g3'], {}, []])
    expect(hasQdisc('edge1')).toBe(false)
  })

  it('are taken over by another build: programs are replaced, flows and their secret stay', async () => {
    await apply(world, SPEC, ...BOTH)
    const secret = () =>
      execFileSync(
        'bpftool',
        [
          '-j',
          'map',
          'lookup',
          'pinned',
          `${world.pins}/balancing/${generations()[0]}/maps/flow_secret`,
          'key',
          '0',
          '0',
          '0',
          '0',
        ],
        { encoding: 'utf8' },
      )
    const flows = () =>
      JSON.parse(
        execFileSync(
          'bpftool',
          ['-j', 'map', 'show', 'pinned', `${world.pins}/balancing/${generations()[0]}/maps/flows`],
          { encoding: 'utf8' },
        ),
      ).id
    const before = { filters: filters('eth0'), secret: secret(), flows: flows() }
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(SPEC))
    const binary = makeTwin(mkdtempSync(join(folder, 'twin-')))
    const { code, stdout } = await run(['apply', '-f', path, '--node', 'n1', ...BOTH, ...inside(world)], {
      binary,
      netns: world.netns('n1'),
    })
    expect([code, stdout]).toEqual([0, expect.stringContaining('programs of another build')])
    expect([generations(), names('eth0'), names('edge1')]).toEqual([['g2'], ATTACHED, ATTACHED])
    expect(filters('eth0').ingress!.id).not.toBe(before.filters.ingress!.id)
    expect([secret(), flows()]).toEqual([before.secret, before.flows])
    expect(before.secret).not.toMatch(/"value":\["0x00"(,"0x00")*\]/)
  })

  it('that lost programs are named by status, and apply attaches them again', async () => {
    await apply(world, SPEC, ...BOTH)
    const reason = async () => {
      const { syncState, damage } = await status()
      return [syncState, ...damage.map((d: { message: string }) => d.message)]
    }
    onNode('tc', 'filter', 'del', 'dev', 'eth0', 'egress')
    expect(await reason()).toEqual(['damaged', 'edge eth0 lacks the program depart'])
    expect(await apply(world, SPEC, ...BOTH)).toMatch(
      /^ {2}\* edge eth0 \(192.168.50.1, fd00:50::1\) repaired: its programs are attached again/,
    )
    onNode('tc', 'qdisc', 'del', 'dev', 'eth0', 'clsact')
    expect(await reason()).toEqual(['damaged', 'edge eth0 has no programs'])
    expect((await applyRaw('--device', 'eth0', '--device', 'edge1')).code).toBe(0)
    onNode('ip', 'link', 'del', 'edge1')
    expect(await reason()).toEqual(['damaged', 'edge edge1 is gone: there is no such device'])
    addDevice()
    expect(await reason()).toEqual(['damaged', 'edge edge1 has no programs: the device was made anew'])
    expect(await apply(world, SPEC, ...BOTH)).toContain('* edge edge1 (172.16.0.1) repaired')
    expect([generations(), names('eth0'), names('edge1'), await reason()]).toEqual([
      ['g1'],
      ATTACHED,
      ATTACHED,
      ['in-sync'],
    ])
  })

  it.each([
    [
      'a device that does not exist',
      [],
      ['--device', 'eth0', '--device', 'nope'],
      'error[no-device] there is no device nope in this network namespace',
    ],
    [
      'the loopback device',
      [],
      ['--device', 'lo'],
      'error[unsupported-device] the device lo cannot be an edge: it is the loopback device',
    ],
    [
      'a device with the older qdisc',
      ['tc qdisc add dev edge1 ingress'],
      BOTH,
      'error[device-occupied] the device edge1 has the qdisc ingress',
    ],
    [
      'a foreign filter at our place',
      [
        'tc qdisc add dev edge1 clsact',
        'tc filter add dev edge1 egress pref 49152 handle 7 bpf da object-pinned FOREIGN',
      ],
      BOTH,
      'error[device-occupied] the foreign filter foreign (id ',
    ],
  ])('refuse %s (4), and nothing changes', async (_, before, flags, message) => {
    await apply(world, SPEC)
    const pin = `${world.pins}/foreign`
    loadForeign(pin)
    for (const line of before) onNode('sh', '-c', line.replace('FOREIGN', pin))
    for (const more of [[], ['--dry-run']]) {
      const { code, stderr } = await applyRaw(...flags, ...more)
      expect([code, stderr]).toEqual([4, expect.stringContaining(message)])
    }
    expect([generations(), names('eth0'), recorded()]).toEqual([['g1'], {}, []])
  })

  it('share a qdisc with foreign filters: those in front are named, and stay', async () => {
    const pin = `${world.pins}/foreign`
    loadForeign(pin)
    onNode('tc', 'qdisc', 'add', 'dev', 'edge1', 'clsact')
    for (const pref of ['1', '50000'])
      onNode(
        'tc',
        'filter',
        'add',
        'dev',
        'edge1',
        'ingress',
        'pref',
        pref,
        'handle',
        '1',
        'bpf',
        'da',
        'object-pinned',
        pin,
      )
    await apply(world, SPEC, ...BOTH)
    const { stderr } = await applyRaw(...BOTH, '--force')
    expect(stderr).toMatch(
      /^note: the filter foreign \(id \d+, tc ingress of edge1, pref 1\): packets meet it before our programs/m,
    )
    const { stdout } = await run(['status', ...inside(world)], { netns: world.netns('n1') })
    expect(stdout).toMatch(
      /^foreign {3}the filter foreign \(id \d+, tc ingress of edge1, pref 1\), before our programs$/m,
    )
    expect(stdout).not.toContain('pref 50000')
    await run(['cleanup', ...inside(world)], { netns: world.netns('n1') })
    expect(filters('edge1')).toEqual({ ingress: { name: 'foreign', id: expect.any(Number) } })
    expect(hasQdisc('edge1')).toBe(true)
    onNode('tc', 'qdisc', 'del', 'dev', 'edge1', 'clsact')
    rmSync(pin)
  })

  it('are found when their device has another name now, and when all pins are gone', async () => {
    await apply(world, SPEC, ...BOTH)
    onNode('ip', 'link', 'set', 'edge1', 'name', 'edge2')
    const cleaned = await run(['cleanup', ...inside(world)], { netns: world.netns('n1') })
    expect([cleaned.code, cleaned.stdout]).toEqual([0, expect.stringContaining('detached 13 programs')])
    onNode('ip', 'link', 'set', 'edge2', 'name', 'edge1')
    expect(filters('edge1')).toEqual({})

    await apply(world, SPEC, ...BOTH)
    rmSync(`${world.pins}/balancing`, { recursive: true })
    const refused = await applyRaw(...BOTH)
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('error[orphaned-programs]')])
    expect((await applyRaw(...BOTH, '--force')).code).toBe(0)
    expect([generations(), names('eth0'), names('edge1')]).toEqual([['g1'], ATTACHED, ATTACHED])
    expect((await status()).orphanedPrograms).toEqual([])
  })

  it('are told by diff, kept by rollback, and a plan names them itself', async () => {
    await apply(world, SPEC)
    const [spec, plan] = [join(folder, 'spec.yaml'), join(folder, 'plan.json')]
    writeFileSync(spec, printYaml(SPEC))
    const options = { netns: world.netns('n1') }
    const diffed = await run(
      ['diff', spec, '--node', 'n1', '--device', 'eth0', '--out', plan, ...inside(world)],
      options,
    )
    expect([diffed.code, diffed.stdout]).toEqual([
      1,
      expect.stringContaining('+ edge eth0 (192.168.50.1, fd00:50::1) gained'),
    ])
    const planned = await run(['apply', plan, '--node', 'n1', ...inside(world)], options)
    expect([planned.code, planned.stderr, names('eth0')]).toEqual([0, '', ATTACHED])
    expect((await run(['diff', spec, '--node', 'n1', '--device', 'eth0', ...inside(world)], options)).code).toBe(0)
    await apply(world, specWith(service(1, 'p12')), '--device', 'eth0')
    const rolledBack = await run(['rollback', ...inside(world)], { ...options, env: { BALANCING_DEVICE: '' } })
    expect([rolledBack.code, names('eth0')]).toEqual([0, ATTACHED])
    const json = await run(
      ['apply', spec, '--node', 'n1', '--device', 'edge1', '-o', 'json', ...inside(world)],
      options,
    )
    expect(JSON.parse(json.stdout).edges).toEqual({
      devices: ['edge1'],
      pods: [],
      gained: ['edge1'],
      lost: ['eth0'],
      repaired: [],
      xdp: [],
      withoutXdp: { edge1: expect.stringContaining('veth pair') },
    })
  })

  it('doctor says what keeps packets from pods, and what to do', async () => {
    /** Of the first check that is not ok. */
    let advice: string | undefined
    const check = async () => {
      const { stdout } = await run(['doctor', '-o', 'json', ...inside(world)], { netns: world.netns('n1') })
      const { checks } = JSON.parse(stdout) as { checks: Finding[] }
      const ofEdges = [
        'foreign-filters',
        'ip-forward',
        'forward-policy',
        'reverse-path',
        'bridge-netfilter',
        'backend-routes',
        'cilium',
        'calico',
      ]
      const bad = checks.filter(({ name, result }) => ofEdges.includes(name) && result !== 'ok')
      advice = bad[0]?.advice
      return bad.map(({ name, result, found }) => `${result} ${name}: ${found}`)
    }
    await apply(world, SPEC, '--device', 'none')
    onNode('sysctl', '-qw', 'net.ipv4.ip_forward=0')
    expect(await check()).toEqual([])
    await apply(world, SPEC, ...BOTH)
    expect(await check()).toEqual(['fail ip-forward: net.ipv4.ip_forward is 0: packets from outside reach no pod'])
    onNode('sysctl', '-qw', 'net.ipv4.ip_forward=1')
    onNode('sysctl', '-qw', 'net.ipv4.conf.edge1.forwarding=0')
    expect(await check()).toEqual([
      'fail ip-forward: net.ipv4.conf.edge1.forwarding is 0: packets from outside reach no pod',
    ])
    onNode('sysctl', '-qw', 'net.ipv4.conf.edge1.forwarding=1', 'net.ipv6.conf.all.forwarding=0')
    expect(await check()).toEqual([
      'fail ip-forward: net.ipv6.conf.all.forwarding is 0: packets from outside reach no pod',
    ])
    onNode('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
    onNode('ip', 'link', 'add', 'side1', 'type', 'veth', 'peer', 'name', 'side2')
    onNode('ip', 'link', 'set', 'side1', 'up')
    onNode('ip', 'route', 'replace', '10.244.2.13', 'dev', 'side1')
    const unserved =
      'routes to 1 backend elsewhere (10.244.2.13) lead by side1, which is no edge: their answers to clients outside are lost; give --device side1 too'
    expect(await check()).toEqual([`warn backend-routes: ${unserved}`])
    const told = await run(['status', ...inside(world)], { netns: world.netns('n1') })
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining(`\nno edge   ${unserved}\n`)])
    onNode('ip', 'link', 'del', 'side1')
    onNode(
      'nft',
      'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }; add rule ip filter FORWARD oifname "docker0" accept',
    )
    expect(await check()).toEqual([
      expect.stringContaining('warn forward-policy: FORWARD in ip filter drops what no rule accepts'),
    ])
    onNode('nft', 'add rule ip filter FORWARD ip daddr 10.244.0.0/16 accept')
    expect(await check()).toEqual([])
    onNode('nft', 'delete table ip filter')
    onNode('sysctl', '-qw', 'net.ipv4.conf.eth0.rp_filter=1')
    expect(await check()).toEqual([])
    onNode('ip', 'route', 'add', 'default', 'dev', 'edge1', 'table', '2')
    expect(await check()).toEqual([expect.stringContaining('warn reverse-path: eth0 filters strictly')])
    onNode('ip', 'route', 'del', 'default', 'dev', 'edge1', 'table', '2')
    expect(await withFilter('foreign', check)).toEqual([
      expect.stringMatching(/^warn foreign-filters: the filter foreign \(id \d+, tc ingress of edge1, pref 7\)/),
    ])
    expect(advice).toMatch(/^find out who attached it/)
    for (const [name, proxy] of [
      ['cil_from_netdev', 'cilium'],
      ['cali_tc_main', 'calico'],
    ] as const) {
      const found = await withFilter(name, check)
      expect(found).toEqual([
        expect.stringMatching(`^warn foreign-filters: the filter ${name} `),
        expect.stringMatching(`^warn ${proxy}: the filter ${name} .*: both translate the same packets$`),
      ])
      expect(advice).toMatch(/^let one of both serve packets from outside/)
    }
  })

  /** With a filter of this name in front of ours at edge1. */
  async function withFilter<T>(name: string, work: () => Promise<T>): Promise<T> {
    const [pin, place] = [`${world.pins}/foreign`, ['dev', 'edge1', 'ingress', 'pref', '7']]
    rmSync(pin, { force: true })
    loadForeign(pin, name)
    onNode('tc', 'filter', 'add', ...place, 'handle', '1', 'bpf', 'da', 'object-pinned', pin)
    try {
      return await work()
    } finally {
      onNode('tc', 'filter', 'del', ...place)
    }
  }

  function loadForeign(pin: string, name = 'foreign'): void {
    const object = join(folder, 'foreign.o')
    const source = `__attribute__((section("tc"), used)) int ${name}(void *ctx) { return -1; }`
    execFileSync('clang', ['-O2', '-g', '-target', 'bpf', '-x', 'c', '-', '-c', '-o', object], { input: source })
    execFileSync('bpftool', ['prog', 'load', object, pin, 'type', 'classifier'])
  }
})
