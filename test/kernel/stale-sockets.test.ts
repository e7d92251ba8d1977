// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { Bpftool } from '../../src/bpf/bpftool/bpftool.ts'
import { kernelKnows } from '../../src/bpf/features.ts'
import { GenerationPins } from '../../src/bpf/generation/pins.ts'
import { SocketLists } from '../../src/bpf/sockets/connected.ts'
import { destroySockets } from '../../src/bpf/sockets/destroy-sockets.ts'
import { SocketDestroyer } from '../../src/bpf/sockets/socket-destroyer.ts'
import type { ConnectedSocket } from '../../src/datapath/connected.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Endpoint, Service } from '../../src/spec/spec.ts'
import { inside, type Ran, run } from './balancing.ts'
import { PROGRAMS } from './capable.ts'
import { claimSlots, inheritMemory } from './slots.ts'
import { pod, service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { KILL_COMMAND, makeTool } from './tool.ts'
import { createWorld, type World } from './world.ts'

const v6Of = (address: string) => address.replace(/^10\.244\.(\d)\.(\d+)$/, 'fd00:244:$1::$2')
const vip6 = (n: number) => `fd00:96::${n}`

/** A Service of both families on 53/UDP, and on node port 30000 + n. */
function udp(n: number, ...endpoints: Endpoint[]): Service {
  const both = [...endpoints, ...endpoints.map(e => ({ ...e, address: v6Of(e.address) }))]
  return {
    ...service(n),
    clusterIPs: [vip(n), vip6(n)],
    ports: [{ name: 'dns', port: 53, protocol: 'UDP', nodePort: 30000 + n, except: [] }],
    endpoints: [{ ports: [{ name: 'dns', number: 8080 }], endpoints: both }],
  }
}

/** A cookie that no socket has. */
const STRANGER = 0x5ea7

const DRAINING = { ready: false, serving: true, terminating: true }

/** A kind of socket, what it dials, and how it writes where an answer came from. */
const KINDS = [
  { family: 4, vip, node: '192.168.50.1', other: '192.168.50.2', print: (a: string) => a },
  { family: 6, vip: vip6, node: 'fd00:50::1', other: 'fd00:50::2', print: (a: string) => `[${a}]` },
  { family: 46, vip, node: '192.168.50.1', other: '192.168.50.2', print: (a: string) => `[::ffff:${a}]` },
] as const

describeKernel('connected UDP whose backend goes away', () => {
  let world: World
  let folder: string
  let talkers: Talker[]
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-stale-sockets-'))
  })
  beforeEach(() => {
    talkers = []
  })
  afterEach(async () => {
    for (const talker of talkers) talker.end()
    await run(['cleanup', ...inside(world)])
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const talkerIn = (party: string): Talker => {
    const talker = startTalker(world, party)
    talkers.push(talker)
    return talker
  }
  /** Opens a socket, connects it, and says who answers. */
  const open = async (talker: Talker, name: string, family: number, address: string, port = 53) => {
    await talker.talk(`${name} open ${family} udp`, `${name} connect ${address} ${port}`)
    return ask(talker, name)
  }
  /** What a socket hears: who answers a datagram and from where, or the errno of either call. */
  const ask = async (talker: Talker, name: string) => {
    const [sent, heard] = await talker.talk(`${name} send`, `${name} hear`)
    return sent === 'ok' ? heard! : `${sent} ${heard}`
  }
  /** What the application of a destroyed socket is told, once: the socket is no longer connected. */
  const ENDED = 'EDESTADDRREQ ECONNABORTED'
  const destroyed = (n: string) => `destroyed ${n} whose backend is gone\n`

  const applyWith = (env: NodeJS.ProcessEnv, services: Service[], ...flags: string[]): Promise<Ran> => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(specWith(...services)))
    // nsenter would be looked for in that PATH.
    const place = env.PATH === undefined ? { netns: world.netns('n1') } : {}
    return run(['apply', '-f', path, '--node', 'n1', ...inside(world), ...flags], { env, ...place })
  }
  /** Applies without a warning; what it says. */
  const apply = async (...services: Service[]): Promise<string> => {
    const { code, stdout, stderr } = await applyWith({}, services, '--force')
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  it.each(KINDS)('over IPv$family: an error at once, in every namespace, and then the new backend', async kind => {
    const { family, print } = kind
    await apply(udp(1, pod('p21')))
    const clients = ['p11', 'p12', 'n1'].map(talkerIn)
    for (const client of clients) {
      expect(await open(client, 's', family, kind.vip(1))).toBe(`p21:8080 ${print(kind.vip(1))}:53`)
    }
    expect(await apply(udp(1, pod('p31')))).toContain(destroyed('3 connected UDP sockets'))
    for (const client of clients) {
      expect(await ask(client, 's')).toBe(ENDED)
      await client.talk(`s connect ${kind.vip(1)} 53`)
      expect(await ask(client, 's')).toBe(`p31:8080 ${print(kind.vip(1))}:53`)
    }
    expect(await apply(udp(1, pod('p31')))).toMatch(/^no changes/)
    for (const client of clients) expect(await ask(client, 's')).toBe(`p31:8080 ${print(kind.vip(1))}:53`)
  })

  it('without ss, and without a pin that stays', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    await open(client, 's', 4, vip(1))
    const silent = { PATH: `${dirname(makeSs(''))}:${process.env.PATH}` }
    const { code, stdout, stderr } = await applyWith(silent, [udp(1, pod('p31'))])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(destroyed('1 connected UDP socket'))
    expect(existsSync(new GenerationPins(`${world.pins}/balancing`, 1).destroyer)).toBe(false)
  })

  it('the lock is free while sockets are destroyed, and another apply leaves those of its own alone', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    await open(client, 'old', 4, vip(1))
    const gate = join(folder, 'gate')
    const slow = { PATH: `${dirname(makeSs(waitFor(gate)))}:${process.env.PATH}`, ...withoutDestroyer() }
    const first = applyWith(slow, [udp(1, pod('p31'))])
    await expect.poll(() => existsSync(`${gate}.reached`), { timeout: 20_000 }).toBe(true)
    // The backend comes back while the first apply waits: a socket that connects now is not stale.
    const { code, stderr } = await applyWith({}, [udp(1, pod('p21'))], '--force', '--lock-timeout', '1')
    expect([code, stderr]).toEqual([0, ''])
    expect(await open(client, 'new', 4, vip(1))).toContain('p21:8080')
    writeFileSync(gate, '')
    expect((await first).stdout).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 'old')).toBe(ENDED)
    expect(await ask(client, 'new')).toContain('p21:8080')
  })

  it('an application that waits for an answer is woken by apply', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    await open(client, 's', 4, vip(1))
    let applied = false
    const waiting = (async () => {
      // EAGAIN after half a second. The one wait that may still end so began before the socket went.
      for (let late = 0; late <= 1; late += Number(applied)) {
        const [heard] = await client.talk('s hear')
        if (heard !== 'EAGAIN') return heard
      }
      return 'EAGAIN'
    })()
    await apply(udp(1, pod('p31')))
    applied = true
    expect(await waiting).toBe('ECONNABORTED')
  })

  it.each(KINDS)('over IPv$family: a node port, of this node and of another', async ({ family, node, other }) => {
    await apply(udp(1, pod('p21')), udp(2, pod('p21')))
    const client = talkerIn('p11')
    expect(await open(client, 'here', family, node, 30001)).toContain('p21:8080')
    expect(await open(client, 'there', family, other, 30001)).toContain('p21:8080')
    expect(await open(client, 'kept', family, node, 30002)).toContain('p21:8080')
    expect(await apply(udp(1, pod('p31')), udp(2, pod('p21')))).toContain(destroyed('2 connected UDP sockets'))
    expect(await ask(client, 'here')).toBe(ENDED)
    expect(await ask(client, 'there')).toBe(ENDED)
    expect(await ask(client, 'kept')).toContain('p21:8080')
  })

  it.each(KINDS)('over IPv$family: what still serves is left alone, and what came past us', async kind => {
    const { family } = kind
    const direct = family === 6 ? v6Of('10.244.2.11') : '10.244.2.11'
    await apply(udp(1, pod('p21')), udp(2, pod('p21')), udp(3, pod('p21')), udp(4, pod('p22')))
    const client = talkerIn('p11')
    expect(await open(client, 'stale', family, kind.vip(1))).toContain('p21:8080')
    expect(await open(client, 'draining', family, kind.vip(2))).toContain('p21:8080')
    expect(await open(client, 'elsewhere', family, kind.vip(3))).toContain('p21:8080')
    expect(await open(client, 'other', family, kind.vip(4))).toContain('p22:8080')
    expect(await open(client, 'direct', family, direct, 8080)).toContain('p21:8080')
    await open(client, 'turned', family, kind.vip(1))
    await client.talk(`turned connect ${direct} 8080`)
    const said = await apply(
      udp(1, pod('p31')),
      // Others are ready, so no new client gets it.
      udp(2, { ...pod('p21'), ...DRAINING }, pod('p31')),
      { ...udp(3, pod('p21'), pod('p11')), internalTrafficPolicy: 'Local' },
      udp(4, pod('p22')),
    )
    expect(said).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 'stale')).toBe(ENDED)
    for (const name of ['draining', 'elsewhere', 'direct', 'turned']) {
      expect(await ask(client, name), name).toContain('p21:8080')
    }
    expect(await ask(client, 'other')).toContain('p22:8080')
  })

  it.each(KINDS)('over IPv$family: sockets that found their slot taken', async kind => {
    const { family } = kind
    const direct = family === 6 ? v6Of('10.244.2.11') : '10.244.2.11'
    await apply(udp(1, pod('p21')), udp(2, pod('p21')))
    claimSlots(world, STRANGER)
    const client = talkerIn('p11')
    expect(await open(client, 'stale', family, kind.vip(1))).toContain('p21:8080')
    expect(await open(client, 'kept', family, kind.vip(2))).toContain('p21:8080')
    expect(await open(client, 'direct', family, direct, 8080)).toContain('p21:8080')
    await open(client, 'turned', family, kind.vip(1))
    await client.talk(`turned connect ${direct} 8080`)
    // Finds its slot free when it connects again, and to the same backend.
    await open(client, 'slotted', family, kind.vip(1))
    claimSlots(world, 0)
    await client.talk(`slotted connect ${kind.vip(2)} 53`)
    expect(await apply(udp(1, pod('p31')), udp(2, pod('p21')))).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 'stale')).toBe(ENDED)
    for (const name of ['kept', 'direct', 'turned', 'slotted']) {
      expect(await ask(client, name), name).toContain('p21:8080')
    }
  })

  it('a socket in the memory of one that was closed is not taken for it', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    await open(client, 's', 4, vip(1))
    inheritMemory(world)
    expect(await apply(udp(1, pod('p31')))).not.toContain('destroyed')
    expect(await ask(client, 's')).toContain('p21:8080')
  })

  it('a closed socket is in no list, though its memory may still be there', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    const names = Array.from({ length: 300 }, (_, i) => `s${i}`)
    await client.talk(...names.flatMap(name => [`${name} open 4 udp`, `${name} connect ${vip(1)} 53`]))
    const lists = await SocketLists.open(new Bpftool(), new GenerationPins(`${world.pins}/balancing`, 1), PROGRAMS)
    if (typeof lists === 'string') expect.fail(lists)
    expect(lists.read()).toHaveLength(300)
    await client.talk(...names.map(name => `${name} open 4 udp`))
    expect(lists.read()).toEqual([])
    lists.close()
  })

  it('a socket that has connected elsewhere since it was listed is left alone', async () => {
    await apply(udp(1, pod('p21')), udp(2, pod('p22')))
    const client = talkerIn('p11')
    for (const name of ['stays', 'moves']) await open(client, name, 4, vip(1))
    const pins = new GenerationPins(`${world.pins}/balancing`, 1)
    const lists = await SocketLists.open(new Bpftool(), pins, PROGRAMS)
    const sockets = typeof lists === 'string' ? lists : lists.read()
    if (typeof lists === 'string' || typeof sockets === 'string') expect.fail(String(sockets))
    lists.close()
    const destroyer = await SocketDestroyer.load(new Bpftool(), pins, PROGRAMS, sockets)
    await client.talk(`moves connect ${vip(2)} 53`)
    if (typeof destroyer === 'string') return expect(kernelKnows('bpf_sock_destroy'), destroyer).toBe(false)
    const [{ netns }] = sockets as [ConnectedSocket]
    expect(await destroySockets(`/run/netns/${world.netns('p11')}`, netns, sockets, destroyer)).toBeUndefined()
    destroyer.close()
    expect(await ask(client, 'stays')).toBe(ENDED)
    expect(await ask(client, 'moves')).toContain('p22:8080')
  })

  it('what is no connected UDP is left alone', async () => {
    const tcp = { ...service(9, 'p21'), ports: [{ name: 'http', port: 53, protocol: 'TCP' as const, except: [] }] }
    await apply(udp(1, pod('p21')), tcp)
    const client = talkerIn('p11')
    await client.talk('tcp open 4 tcp', `tcp connect ${vip(9)} 53`)
    expect(await client.talk('tcp hear')).toEqual([expect.stringContaining('p21:8080')])
    await client.talk('loose open 4 udp', `loose sendto ${vip(1)} 53`)
    expect(await client.talk('loose hear')).toEqual([expect.stringContaining('p21:8080')])
    await open(client, 'freed', 4, vip(1))
    await client.talk('freed unconnect')
    expect(await apply(udp(1, pod('p31')), { ...tcp, endpoints: [] })).not.toContain('destroyed')
    expect(await client.talk('tcp peer')).toEqual([`${vip(9)}:53`])
    for (const name of ['loose', 'freed']) {
      await client.talk(`${name} sendto ${vip(1)} 53`)
      expect(await client.talk(`${name} hear`), name).toEqual([expect.stringContaining('p31:8080')])
    }
  })

  it('a socket whose last connect() found no way has what it had before', async () => {
    const nowhere = { ...pod('p21'), address: '203.0.113.1' }
    await apply(udp(1, pod('p21')), udp(2, nowhere))
    const client = talkerIn('n1')
    await open(client, 's', 4, vip(1))
    expect(await client.talk(`s connect ${vip(2)} 53`)).toEqual(['ENETUNREACH'])
    expect(await apply(udp(1, pod('p21')), udp(2, pod('p31')))).not.toContain('destroyed')
    expect(await ask(client, 's')).toContain('p21:8080')
  })

  it('a Service that goes leaves its clients to whoever has the backend; when nobody has it, it is gone', async () => {
    await apply(udp(1, pod('p21')), udp(2, pod('p21')))
    const client = talkerIn('p11')
    await open(client, 's', 4, vip(1))
    expect(await apply(udp(2, pod('p21')))).not.toContain('destroyed')
    expect(await ask(client, 's')).toContain('p21:8080')
    expect(await apply(udp(2, pod('p31')))).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 's')).toBe(ENDED)
  })

  it.each([
    ['is not ready', { ready: false, serving: false, terminating: false }],
    ['is terminating and does not serve', { ready: false, serving: false, terminating: true }],
  ])('a backend that %s is gone, also when it was the last', async (_, state) => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p12')
    await open(client, 's', 4, vip(1))
    expect(await apply(udp(1, { ...pod('p21'), ...state }))).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 's')).toBe(ENDED)
    expect(await client.talk(`s connect ${vip(1)} 53`)).toEqual(['ECONNREFUSED'])
  })

  it('bound sockets, and sockets that share both their ends', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) {
      await client.talk(
        `${name} open 4 udp`,
        `${name} set reuseport`,
        `${name} bind 10.244.1.11 4000`,
        `${name} connect ${vip(1)} 53`,
      )
    }
    await client.talk('e open 46 udp', 'e set reuseport', 'e bind 10.244.1.11 4001', `e connect ${vip(1)} 53`)
    expect(await apply(udp(1, pod('p31')))).toContain(destroyed('5 connected UDP sockets'))
    expect(await client.talk(...[...names, 'e'].map(name => `${name} hear`))).toEqual(Array(5).fill('ECONNABORTED'))
  })

  it('as long as it helps, where only one socket goes at a time', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    for (const name of ['a', 'b', 'c']) await open(client, name, 4, vip(1))
    const oneByOne = { ...withoutDestroyer(), PATH: `${dirname(makeSs(ONLY_THE_FIRST))}:${process.env.PATH}` }
    const { code, stdout, stderr } = await applyWith(oneByOne, [udp(1, pod('p31'))])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(destroyed('3 connected UDP sockets'))
  })

  it('after the programs were replaced by a new generation', async () => {
    const many = Array.from({ length: 1100 }, (_, i) => service(100 + i, 'p23'))
    await apply(udp(1, pod('p21')), udp(2, pod('p22')))
    const client = talkerIn('p11')
    await open(client, 'one', 4, vip(1))
    await open(client, 'two', 4, vip(2))
    const grown = await apply(udp(1, pod('p31')), udp(2, pod('p22')), ...many)
    expect(grown).toContain('new maps and programs')
    expect(grown).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 'one')).toBe(ENDED)
    await client.talk(`one connect ${vip(1)} 53`)
    expect(await apply(udp(1, pod('p24')), udp(2, pod('p32')), ...many)).toContain(destroyed('2 connected UDP sockets'))
    expect(await ask(client, 'one')).toBe(ENDED)
    expect(await ask(client, 'two')).toBe(ENDED)
  })

  it('an apply that was killed before it could: the next one does it, though it has nothing to write', async () => {
    await apply(udp(1, pod('p21')))
    const client = talkerIn('p11')
    await open(client, 's', 4, vip(1))
    const env = { BALANCING_BPFTOOL: makeTool(folder, KILLED_AFTER_WRITING) }
    expect((await applyWith(env, [udp(1, pod('p31'))])).code).toBeUndefined()
    expect(await ask(client, 's')).toContain('p21:8080')
    expect(await apply(udp(1, pod('p31')))).toMatch(/^destroyed 1 connected UDP socket .*\nno changes/)
    expect(await ask(client, 's')).toBe(ENDED)
  })

  it.each([
    ['in one walk', () => ({})],
    ['by ss', () => withoutDestroyer()],
  ])('1,200 sockets in two namespaces, every other of them stale, %s', async (_, env) => {
    await apply(udp(1, pod('p21')), udp(2, pod('p21')))
    const names = Array.from({ length: 600 }, (_, i) => `s${i}`)
    const clients = ['p11', 'p12'].map(talkerIn)
    for (const client of clients) {
      const calls = names.flatMap((name, i) => [`${name} open 4 udp`, `${name} connect ${vip(1 + (i % 2))} 53`])
      expect(new Set(await client.talk(...calls))).toEqual(new Set(['ok']))
    }
    const { stdout } = await applyWith(env(), [udp(1, pod('p31')), udp(2, pod('p21'))], '--force')
    expect(stdout).toContain(destroyed('600 connected UDP sockets'))
    for (const client of clients) {
      const peers = await client.talk(...names.map(name => `${name} peer`))
      expect(peers).toEqual(names.map((_, i) => (i % 2 === 0 ? 'ENOTCONN' : `${vip(2)}:53`)))
    }
  })

  /** A client whose socket is in a network namespace of its own; which it leaves. */
  const emigrant = async (): Promise<{ client: Talker; name: string; number: number }> => {
    const name = `${world.id}-left`
    const client = talkerIn('p11')
    execFileSync('ip', ['netns', 'add', name])
    const input = 'link set lo up\naddress add 10.99.0.1/32 dev lo\nroute add default dev lo\n'
    execFileSync('ip', ['-n', name, '-batch', '-'], { input })
    await client.talk(`- enter ${name}`, 's open 4 udp', `s connect ${vip(1)} 53`)
    return { client, name, number: statSync(`/run/netns/${name}`).ino }
  }

  it('a namespace that has a process and no name', async () => {
    await apply(udp(1, pod('p21')))
    const { client, name } = await emigrant()
    execFileSync('ip', ['netns', 'delete', name])
    expect(await apply(udp(1, pod('p31')))).toContain(destroyed('1 connected UDP socket'))
    expect(await client.talk('s hear')).toEqual(['ECONNABORTED'])
  })

  it('a namespace that has a name and no process', async () => {
    await apply(udp(1, pod('p21')))
    const { client, name } = await emigrant()
    await client.talk(`- enter ${world.netns('p11')}`)
    expect(await apply(udp(1, pod('p31')))).toContain(destroyed('1 connected UDP socket'))
    expect(await client.talk('s hear')).toEqual(['ECONNABORTED'])
    execFileSync('ip', ['netns', 'delete', name])
  })

  it('a namespace that no path leads into is named, and the sockets of the others are destroyed', async () => {
    await apply(udp(1, pod('p21')))
    const hidden = await emigrant()
    await hidden.client.talk(`- enter ${world.netns('p11')}`)
    execFileSync('ip', ['netns', 'delete', hidden.name])
    const client = talkerIn('p12')
    await open(client, 's', 4, vip(1))
    const { code, stdout, stderr } = await applyWith({}, [udp(1, pod('p31'))])
    expect([code, stderr]).toEqual([0, stays(`net:[${hidden.number}]`, NO_PATH)])
    expect(stdout).toContain(destroyed('1 connected UDP socket'))
    expect(await ask(client, 's')).toBe(ENDED)
  })

  it('a node that cannot do it serves, says what is lost, and does it once it can', async () => {
    const lost = (why: string) => `connected UDP sockets keep a backend that is gone: ${why}\n`
    const status = async (env = {}) => (await run(['status', ...inside(world)], { env })).stdout
    const netns = `/run/netns/${world.netns('p11')}`

    const noTools = { PATH: pathWith('bpftool', 'flock', 'cat', 'readlink', 'dirname', 'timeout') }
    const noNsenter = 'nsenter cannot be started: No such file or directory'
    const first = await applyWith(noTools, [udp(1, pod('p21'))])
    expect([first.code, first.stderr]).toEqual([0, `note: ${lost(noNsenter)}`])
    const client = talkerIn('p11')
    await open(client, 's', 4, vip(1))
    const blind = await applyWith(noTools, [udp(1, pod('p31'))])
    expect([blind.code, blind.stderr]).toEqual([0, stays(netns, noNsenter)])
    expect(await status(noTools)).toContain(`degraded  destroy-sockets: ${lost(noNsenter)}`)
    expect(await status()).not.toContain('degraded')

    // A kernel that cannot end sockets: ss says nothing.
    const noDestroy = { ...withoutDestroyer(), PATH: `${dirname(makeSs(''))}:${process.env.PATH}` }
    const cannot = 'the kernel destroys no sockets (CONFIG_INET_DIAG_DESTROY, CONFIG_INET_UDP_DIAG)'
    const silent = await applyWith(noDestroy, [udp(1, pod('p31'))])
    expect([silent.code, silent.stderr]).toEqual([0, stays(netns, cannot)])
    // A kernel since 6.5 could: it does not need ss.
    if (!kernelKnows('bpf_sock_destroy'))
      expect(await status(noDestroy)).toContain(`degraded  destroy-sockets: ${lost(cannot)}`)

    // A kernel that cannot list them.
    rmSync(`${world.pins}/balancing/g1/lists/socket_slots`)
    const noList = { BALANCING_BPFTOOL: makeTool(folder, NO_ITERATORS) }
    const unlisted = await applyWith(noList, [udp(1, pod('p31'))])
    expect([unlisted.code, unlisted.stderr]).toEqual([0, `note: ${lost('no iterators here')}`])
    expect(await status()).toContain(`degraded  destroy-sockets: ${lost('they cannot be listed; apply says why')}`)

    expect(await ask(client, 's')).toContain('p21:8080')
    expect(await apply(udp(1, pod('p31')))).toContain(destroyed('1 connected UDP socket'))
    expect(await status()).not.toContain('degraded')
  })

  const stays = (netns: string, why: string) =>
    `warning: 1 connected UDP socket in ${netns} cannot be destroyed, though the backend is gone: ${why}\n`

  /** As on a kernel before 6.5. */
  const withoutDestroyer = () => ({ BALANCING_BPFTOOL: makeTool(folder, NO_DESTROYER) })

  /** An ss that is a shell script. */
  function makeSs(body: string): string {
    const path = join(mkdtempSync(join(folder, 'tool-')), 'ss')
    writeFileSync(path, `#!/bin/sh\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }

  /** A PATH with these commands only. */
  function pathWith(...commands: string[]): string {
    const bin = join(folder, 'bin')
    mkdirSync(bin, { recursive: true })
    for (const command of commands)
      symlinkSync(execFileSync('which', [command], { encoding: 'utf8' }).trim(), join(bin, command))
    return bin
  }
})

const NO_PATH = 'no process and no mount in sight leads into this network namespace'

/** Ends the first of the sockets that it is told of: `( ( ends ) or ( ends ) … )`. */
const ONLY_THE_FIRST = `words="$*"
PATH=\${PATH#*:} exec ss \${words%%")"*} ")" ")"`

/** An ss that waits for a file. */
const waitFor = (gate: string) => `touch ${gate}.reached
while ! [ -e ${gate} ]; do sleep 0.05; done
PATH=\${PATH#*:} exec ss "$@"`

/** Kills apply (its parent) when it has written and begins to read back. */
const KILLED_AFTER_WRITING = `[ "$2" = batch ] || exec bpftool "$@"
lines=$(cat)
case "$lines" in *'map update'*) written=1 ;; *'map lookup'*) [ -e $0.written ] && { ${KILL_COMMAND}; exit 1; } ;; esac
printf '%s\\n' "$lines" | bpftool "$@"
status=$?
[ -z "$written" ] || touch $0.written
exit $status`

const NO_DESTROYER = `case "$*" in *"iter pin"*destroy_sockets*) ;; *) exec bpftool "$@" ;; esac
echo '{"error":"no such function: bpf_sock_destroy"}'
exit 255`

const NO_ITERATORS = `[ "$2" = iter ] || exec bpftool "$@"
echo '{"error":"no iterators here"}'
exit 255`
