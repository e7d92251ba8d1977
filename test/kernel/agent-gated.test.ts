// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { AgentStatus } from '../../src/agent/status.ts'
import type { ApiServer } from '../live/api-server.ts'
import { create, pathOf } from '../live/seed.ts'
import { describeLive } from '../live/suite.ts'
import type { AgentProcess, LogLine } from './agent-process.ts'
import { AgentRig, endpointsOf } from './agent-rig.ts'
import { inside, run } from './balancing.ts'
import { describeKernel } from './suite.ts'
import type { World } from './world.ts'

const NAMESPACE = 'shop'
const VIP = '10.96.9.1'
const NODE_PORT = 30_091
const SERVICE = `${pathOf('Service', NAMESPACE)}/web`
const isApplied = ({ msg }: LogLine) => msg === 'applied'

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: { type: 'NodePort', clusterIP: VIP, ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }] },
}
const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: endpointsOf(['p12']),
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
}

describeKernel('agent --mode gated', () => {
  describeLive('with a real API server', () => {
    let rig: AgentRig
    let world: World
    let api: ApiServer
    let config: string
    let folder: string
    let agent: AgentProcess | undefined

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'balancing-gated-'))
      rig = await AgentRig.start()
      ;({ world, api, kubeconfig: config } = rig)
      await rig.createNamespace(NAMESPACE)
      await create(api, slice)
    }, 180_000)
    afterAll(async () => {
      await rig?.close()
      rmSync(folder, { recursive: true })
    })
    afterEach(async () => {
      await agent?.end('SIGKILL')
      agent = undefined
      rig.join()
    })

    const exposure = () => join(folder, 'exposure')
    const start = () => {
      agent = rig.agent('n1', ['--node', 'n1', '--exposure', exposure()])
      return agent
    }
    /** What CI does: the exposure of the cluster as it is now becomes the reviewed one. */
    const review = async () => {
      const rendered = join(folder, 'exposure.yaml')
      for (const args of [
        ['render', '--only', 'exposure', '--kubeconfig', config, '--out', rendered],
        ['split', rendered, '--out', exposure()],
      ]) {
        const { code, stderr } = await run(args)
        expect([code, stderr]).toEqual([0, expect.any(String)])
      }
    }
    const set = (...pods: string[]) =>
      api.request('PATCH', `${pathOf('EndpointSlice', NAMESPACE)}/web-1`, { endpoints: endpointsOf(pods) })
    const calls = [
      { family: 4 as const, mode: 'tcp' as const, address: VIP, port: 80, tries: 4 },
      { family: 4 as const, mode: 'tcp' as const, address: '192.168.50.1', port: NODE_PORT, tries: 4 },
    ]
    /** What clients get at the cluster IP, and at the node port. */
    const answers = async () =>
      (await world.dial('n1', calls)).map(({ identities, errors }) => ({ ...identities, ...errors }))
    const become = (...wanted: Record<string, number>[]) =>
      expect.poll(answers, { interval: 20, timeout: 20_000 }).toEqual(wanted)
    const status = async (): Promise<AgentStatus> =>
      JSON.parse((await run(['agent', 'status', ...inside(world), '-o', 'json'])).stdout)
    const refused = { ECONNREFUSED: 4 }
    const by = (pod: string) => ({ [`${pod}:8080`]: 4 })

    it('a node port is served when it is reviewed; endpoints follow at once; a broken exposure leaves the last good one', async () => {
      await review()
      const { logged } = start()
      await logged(isApplied)
      await create(api, service)
      await become(by('p12'), refused)
      expect(await status()).toMatchObject({
        mode: 'gated',
        notReady: [],
        exposure: {
          gate: 'external',
          source: `directory ${exposure()}`,
          pending: [{ service: 'shop/web', risk: 'policy', summary: expect.stringContaining('80:30091/TCP') }],
          absent: [],
        },
      })
      await review()
      await become(by('p12'), by('p12'))
      expect(await status()).toMatchObject({ notReady: [], exposure: { pending: [], rejected: null } })
      appendFileSync(join(exposure(), 'namespace-shop.yaml'), '# edited\n')
      const { msg } = await logged(({ code }) => code === 'other-file')
      expect(msg).toContain('namespace-shop.yaml is not the file that the index names')
      await set('p23')
      await become(by('p23'), by('p23'))
      const { state, notReady, exposure: reviewed } = await status()
      expect([state, notReady]).toEqual([
        'in-sync',
        [expect.stringMatching(/^the exposure is rejected: .*index\.yaml:/)],
      ])
      expect(reviewed?.rejected).toMatchObject({ code: 'other-file' })
    })

    it('starts without the API server and without the exposure from what it took last', async () => {
      rig.cut()
      rmSync(exposure(), { recursive: true })
      const { logged } = start()
      await logged(({ code }) => code === 'api-unreachable')
      await become(by('p23'), by('p23'))
      rig.join()
      await set('p12')
      await become(by('p12'), by('p12'))
      expect(await status()).toMatchObject({
        notReady: [expect.stringContaining('is no directory')],
        exposure: { taken: null, pending: [], rejected: { code: 'no-directory' } },
      })
    })

    it('a hold keeps the exposure that counts, also after a restart, until the release', async () => {
      await review()
      const ask = async (...args: string[]) => {
        const { code, stdout } = await run(['agent', ...args, ...inside(world)])
        expect(code).toBe(0)
        return stdout
      }
      const first = start()
      await first.logged(isApplied)
      expect(await ask('hold', '--reason', 'incident 4711')).toMatch(/^held {6}since .* by .*: incident 4711$/m)
      await api.request('PATCH', SERVICE, { spec: { ports: [{ port: 80, nodePort: 30_092 }] } })
      await become(by('p12'), refused)
      await review()
      const { exposure: waits } = await expect
        .poll(status, { timeout: 10_000 })
        .toMatchObject({ notReady: [], exposure: { held: { waiting: expect.any(String) } } })
        .then(status)
      expect(waits?.pending).toMatchObject([{ service: 'shop/web' }])
      await first.end('SIGKILL')
      await start().logged(isApplied)
      await expect
        .poll(status, { timeout: 10_000 })
        .toMatchObject({ exposure: { held: { reason: 'incident 4711', waiting: waits?.held?.waiting } } })
      await become(by('p12'), refused)
      expect(await ask('release')).not.toContain('held')
      await expect.poll(status, { timeout: 10_000 }).toMatchObject({ exposure: { held: null, pending: [] } })
      await api.request('PATCH', SERVICE, { spec: { ports: [{ port: 80, nodePort: NODE_PORT }] } })
      await review()
    })

    it('what the API takes away goes at once, and a deleted Service is absent', async () => {
      await review()
      const { logged } = start()
      await logged(isApplied)
      await become(by('p12'), by('p12'))
      await api.request('PATCH', SERVICE, { spec: { type: 'ClusterIP', ports: [{ port: 80, nodePort: null }] } })
      await become(by('p12'), refused)
      expect((await status()).exposure?.pending).toEqual([])
      await api.request('DELETE', SERVICE)
      // Nothing else is at the address.
      await expect.poll(async () => Object.keys((await answers())[0]!), { timeout: 20_000 }).not.toContain('p12:8080')
      expect((await status()).exposure?.absent).toEqual(['shop/web'])
    })
  })
})
