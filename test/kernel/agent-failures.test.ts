// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Service } from '../../src/spec/spec.ts'
import { pathOf } from '../live/seed.ts'
import { describeLive } from '../live/suite.ts'
import type { AgentProcess, LogLine } from './agent-process.ts'
import { AgentRig, processesBelow } from './agent-rig.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker } from './talk.ts'
import { makeTool } from './tool.ts'

const SHOP = '10.96.9.1'
const DNS = '10.96.9.3'

const isApplied = ({ msg }: LogLine) => msg === 'applied'
const isFlush = ({ msg }: LogLine) => msg === 'flushed'
const isDamage = ({ msg }: LogLine) => msg === 'what serves is damaged, and is repaired'

/** The failure matrix of docs/agent.md, as far as it takes a kernel and an API server (test/agent/failure-matrix.test.ts). */
describeKernel('what can fail beside an agent', () => {
  describeLive('with a real API server', () => {
    let rig: AgentRig
    let folder: string
    let agents: AgentProcess[] = []
    beforeAll(async () => {
      rig = await AgentRig.start()
      folder = mkdtempSync(join(tmpdir(), 'balancing-failures-'))
      await rig.serve('shop', { address: SHOP }, 'p12')
      await rig.serve('dns', { address: DNS, port: 53, protocol: 'UDP' }, 'p12')
    }, 180_000)
    afterAll(async () => {
      await rig?.close()
      rmSync(folder, { recursive: true, force: true })
    })
    afterEach(async () => {
      for (const agent of agents) await agent.end('SIGKILL')
      agents = []
      rig.join()
    })

    const start = (flags: readonly string[] = [], env?: NodeJS.ProcessEnv) => {
      const agent = rig.agent('n1', ['--node', 'n1', ...flags], env)
      agents.push(agent)
      return agent
    }
    const started = async (flags?: readonly string[], env?: NodeJS.ProcessEnv) => {
      const agent = start(flags, env)
      await agent.logged(line => isApplied(line) && line.reason === 'the lists are whole')
      return agent
    }
    const answers = async (from = 'n1') => {
      const call = { family: 4 as const, mode: 'tcp' as const, address: SHOP, port: 80, tries: 4 }
      return (await rig.world.dial(from, [call]))[0]!.identities
    }
    const reaches = (pod: string, from?: string) =>
      expect.poll(() => answers(from), { interval: 10, timeout: 20_000 }).toEqual({ [`${pod}:8080`]: 4 })
    const status = () => run(['status', ...inside(rig.world), '--exit-code'], { netns: rig.world.netns('n1') })
    const tool = (body: string) => makeTool(folder, body)

    it('a UDP backend that leaves: the connected sockets that had it are destroyed', async () => {
      const agent = await started()
      const talker = startTalker(rig.world, 'n1')
      try {
        const ask = async () => (await talker.talk('s send', 's hear')).join(' ')
        await talker.talk('s open 4 udp', `s connect ${DNS} 53`)
        expect(await ask()).toBe(`ok p12:8080 ${DNS}:53`)
        await rig.set('dns', 'p23')
        await agent.logged(({ msg, sockets }) => msg === 'destroyed stale sockets' && sockets === 1)
        expect(await ask()).toBe('EDESTADDRREQ ECONNABORTED')
        await talker.talk(`s connect ${DNS} 53`)
        expect(await ask()).toBe(`ok p23:8080 ${DNS}:53`)
      } finally {
        talker.end()
      }
    })

    it('a bpftool that is killed between two plans: the next one is right', async () => {
      await rig.set('shop', 'p12')
      const agent = await started()
      for (const pod of ['p23', 'p12']) {
        for (const pid of processesBelow(agent.pid, 'batch file -')) process.kill(pid, 'SIGKILL')
        await rig.set('shop', pod)
        await reaches(pod)
      }
      expect((await agent.end('SIGTERM')).code).toBe(0)
    })

    it('a bpftool that is missing: at the start exit 4, later what was applied serves until it is back', async () => {
      await rig.set('shop', 'p12')
      const path = tool('exec bpftool "$@"')
      const agent = await started([], { BALANCING_BPFTOOL: path })
      renameSync(path, `${path}.away`)
      for (const pid of processesBelow(agent.pid, 'batch file -')) process.kill(pid, 'SIGKILL')
      await rig.set('shop', 'p23')
      await agent.logged(({ level }) => level === 'error')
      expect(await answers()).toEqual({ 'p12:8080': 4 })
      const flags = ['agent', '--kubeconfig', rig.kubeconfig, '--node', 'n1', ...inside(rig.world)]
      const refused = await run(flags, { env: { BALANCING_BPFTOOL: path } })
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('error[bpftool-missing]')])
      renameSync(`${path}.away`, path)
      await reaches('p23')
    })

    it('maps that are full: a larger generation is built beside', async () => {
      const agent = await started()
      for (const [i, name] of ['wide1', 'wide2'].entries()) await rig.serveWide(name, `10.96.10.${i + 1}`, 600)
      const line = await agent.logged(line => isApplied(line) && line.generation !== undefined)
      expect(line.reason).toMatch(/^frontends needs \d+ entries and holds 1024$/)
      await rig.set('shop', 'p12')
      await reaches('p12')
      for (const name of ['wide1', 'wide2']) await rig.api.request('DELETE', `${pathOf('Service', 'agent')}/${name}`)
    })

    it('a disk that is full: it serves on, says so, and writes the checkpoint when there is room', async () => {
      const disk = join(folder, 'disk')
      mkdirSync(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', disk])
      try {
        const agent = await started(['--checkpoint', disk])
        try {
          writeFileSync(join(disk, 'filler'), Buffer.alloc(1 << 20))
        } catch {
          // It is full now.
        }
        await rig.serve('later', { address: '10.96.9.7' }, 'p34')
        expect(await agent.logged(({ code }) => code === 'not-recorded')).toMatchObject({ level: 'warning' })
        await rig.set('shop', 'p23')
        await reaches('p23')
        rmSync(join(disk, 'filler'))
        expect((await agent.end('SIGTERM')).code).toBe(0)
        const shown = await run(['history', '--state-dir', disk, '--pin-dir', `${rig.world.pins}/balancing`])
        expect([shown.code, shown.stdout.trim().split('\n').length > 1]).toEqual([0, true])
        rig.cut()
        rig.reboot()
        await start(['--checkpoint', disk]).logged(isApplied)
        expect(await answers()).toEqual({ 'p23:8080': 4 })
      } finally {
        for (const agent of agents) await agent.end('SIGKILL')
        execFileSync('umount', [disk])
        await rig.api.request('DELETE', `${pathOf('EndpointSlice', 'agent')}/later-1`)
        await rig.api.request('DELETE', `${pathOf('Service', 'agent')}/later`)
      }
    })

    it('a checkpoint that was edited, or is of another node: nothing of it is applied', async () => {
      const state = join(folder, 'state')
      const first = await started(['--checkpoint', state])
      expect((await first.end('SIGTERM')).code).toBe(0)
      rig.cut()
      rig.reboot()
      const other = rig.agent('n1', ['--node', 'n2', '--checkpoint', state])
      agents.push(other)
      const idle = await other.logged(({ msg }) => msg === 'nothing serves yet')
      expect(idle.checkpoint).toMatch(/^the spec under .* is of n1$/)
      await other.end('SIGKILL')
      const specs = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.yaml'))
      for (const name of specs) appendFileSync(join(state, name), '# edited\n')
      const agent = start(['--checkpoint', state])
      const line = await agent.logged(({ msg }) => msg === 'nothing serves yet')
      expect(line.checkpoint).toMatch(/is no longer the spec of revision .*: it was changed$/)
      rig.join()
      await agent.logged(isApplied)
      await reaches('p23')
    })

    it('a Node object that is deleted while its agent runs: the node serves on and follows endpoints', async () => {
      await rig.set('shop', 'p12')
      const agent = await started()
      await rig.api.request('DELETE', '/api/v1/nodes/n1')
      await rig.set('shop', 'p23')
      await reaches('p23')
      await rig.createNode(1)
      await rig.set('shop', 'p12')
      await reaches('p12')
      expect(agent.log.filter(({ level }) => level === 'error')).toEqual([])
    })

    it('an API server of another cluster: refused, and what was applied serves', async () => {
      rig.reboot()
      const kubernetes = (address: string): Service => {
        return { ...service(9, 'p12'), namespace: 'default', name: 'kubernetes', clusterIPs: [address] }
      }
      await apply(
        rig.world,
        specWith({ ...service(1, 'p12'), clusterIPs: [SHOP] }, kubernetes('10.99.0.1')),
        '--allow-other-cluster',
      )
      await rig.set('shop', 'p23')
      const agent = start()
      await agent.logged(({ code }) => code === 'other-cluster')
      await rig.set('shop', 'p24')
      await agent.logged(({ code }) => code === 'other-cluster', agent.log.length)
      expect(await answers()).toEqual({ 'p12:8080': 4 })
      await agent.end('SIGTERM')
      await run(['cleanup', ...inside(rig.world)], { netns: rig.world.netns('n1') })
    })

    it('pins that are removed: all is built anew, and the lock is that of the new directory', async () => {
      await rig.set('shop', 'p12')
      const agent = await started()
      const from = agent.log.length
      rig.unpin()
      await agent.logged(isDamage, from)
      await agent.logged(isApplied, from)
      await rig.set('shop', 'p23')
      await reaches('p23')
      const second = ['agent', '--kubeconfig', rig.kubeconfig, '--node', 'n1', '--lock-timeout', '0']
      const refused = await run([...second, ...inside(rig.world)], { netns: rig.world.netns('n1') })
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining(`process ${agent.pid} `)])
    })

    it('SIGKILL at any moment: the next start repairs', async () => {
      for (let round = 0; round < 6; round++) {
        const agent = start()
        await sleep(150 + 250 * round)
        await rig.set('shop', round % 2 === 0 ? 'p12' : 'p34')
        await sleep(20 * Math.random())
        await agent.end('SIGKILL')
      }
      await rig.set('shop', 'p24')
      const last = await started()
      await reaches('p24')
      expect((await last.end('SIGTERM')).code).toBe(0)
      expect((await status()).code).toBe(0)
      expect(readdirSync(`${rig.world.pins}/balancing`)).toHaveLength(1)
    })

    it('--external: a host outside the cluster follows endpoints, and repairs what was detached', async () => {
      rig.reboot()
      await rig.set('shop', 'p12')
      const agent = rig.agent('x1', ['--external'])
      agents.push(agent)
      await agent.logged(isApplied)
      await reaches('p12', 'x1')
      await rig.set('shop', 'p23')
      await agent.logged(isFlush)
      await reaches('p23', 'x1')
      const from = agent.log.length
      const shown = execFileSync('bpftool', ['-j', 'cgroup', 'show', rig.world.cgroup], { encoding: 'utf8' })
      const [{ id, attach_type }] = JSON.parse(shown)
      execFileSync('bpftool', ['cgroup', 'detach', rig.world.cgroup, attach_type, 'id', String(id)])
      await agent.logged(isDamage, from)
      await agent.logged(isApplied, from)
      await reaches('p23', 'x1')
    })
  })
})
