// SPDX-License-Identifier: Apache-2.0
import type { Agent, Pace } from '../../agent/agent.ts'
import { FixedSpec } from '../../agent/desired.ts'
import { HeldDataplane } from '../../agent/held-dataplane.ts'
import { HealthPorts } from '../../agent/http/health-ports.ts'
import { serveAgent } from '../../agent/http/servers.ts'
import type { Log } from '../../agent/log.ts'
import type { Metrics } from '../../agent/metrics/metrics.ts'
import { Progress } from '../../agent/progress.ts'
import type { Sample } from '../../agent/sample.ts'
import { ShadowDataplane } from '../../agent/shadow-dataplane.ts'
import { Status } from '../../agent/status.ts'
import { serveRequests, statusSocket } from '../../agent/status-socket.ts'
import { watchDevices } from '../../host/devices/watch-devices.ts'
import { notifyReady } from '../../host/notify-ready.ts'
import { readCheckpoint } from '../../node/checkpoint.ts'
import { ALL_WAIVERS, type Waiver } from '../../node/guards/guards.ts'
import { holdNode } from '../../node/lock-node.ts'
import { devicesOf } from '../flag/devices.ts'
import { addressesOf } from '../flag/listen.ts'
import { patternsOf } from '../flag/pods.ts'
import { targetOf } from '../flag/target.ts'
import { xdpChoiceOf } from '../flag/xdp.ts'
import { chosenNode } from '../input/spec-file.ts'
import { logTo, noticesTo } from '../output/agent-log.ts'
import { VERSION } from '../version.ts'
import { type AgentOptions, historyOfAgent, modeOf } from './agent-options.ts'
import { gatedAgent } from './gated.ts'
import { liveAgent, tellLocked } from './live.ts'
import { pinnedAgent } from './pinned.ts'

/** How often what is attached is looked at, in milliseconds. */
const LOOK_MS = 10_000

/** How often what metrics show of the edges is read, in milliseconds. */
const COUNT_MS = 60_000

/** What an API server says is done, as kube-proxy would; only the spec of another cluster, or of none, is refused. */
const REFUSED_LIVE: readonly Waiver[] = ['other-cluster', 'empty-spec']

const MAKERS = { live: liveAgent, gated: gatedAgent, pinned: pinnedAgent }

/** Runs an agent until SIGTERM or SIGINT. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const log = logTo(options.logLevel)
  if (options.dryRun) return serve(options, shadowOf(options, log), log, stop.signal)
  await using node = await holdNode(targetOf(options), options.lockTimeout).catch(async (failure: unknown) => {
    await tellLocked(options, failure, log)
    throw failure
  })
  const dataplane = new HeldDataplane(node, settingsOf(options), noticesTo(log))
  await serve(options, dataplane, log, stop.signal)
}

async function serve(
  options: AgentOptions,
  dataplane: HeldDataplane | ShadowDataplane,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const node = chosenNode(options)
  const mode = modeOf(options)
  const addresses = addressesOf(options)
  let running: Agent | undefined
  const metrics = addresses.metrics && (await metricsOf(() => running?.sample()))
  const status = new Status(mode, node, metrics?.observers)
  const pace: Pace = { resync: options.resync, look: LOOK_MS, ...(metrics && { count: COUNT_MS }) }
  const progress = new Progress()
  const ports = new HealthPorts(
    () => progress.isHealthy,
    (service, port, reason) => {
      log('warning', `the healthCheckNodePort of ${service} cannot be served: ${reason}`, { code: 'health-port', port })
      status.portFailed(service, port, reason)
    },
  )
  const followed = options.dryRun ? { follow: () => {} } : ports
  const [agent, watch] = await MAKERS[mode](options, { dataplane, node, pace, status, progress, ports: followed, log })
  running = agent
  const shown = {
    metrics,
    health: () => agent.health(),
    notReady: () => agent.notReady(),
    configuration: configurationOf(options, node),
  }
  const ended = new AbortController()
  let watching: Promise<unknown> | undefined
  const hush = options.dryRun
    ? () => {}
    : await serveRequests(statusSocket(historyOfAgent(options).directory), request => agent.answer(request))
  const unserve = serveAgent(shown, addresses, log)
  try {
    const checkpoint = readCheckpoint(historyOfAgent(options), node)
    await agent.start(typeof checkpoint === 'string' ? checkpoint : new FixedSpec(checkpoint.spec, node))
    const unheard = await notifyReady()
    if (unheard !== undefined) log('warning', `systemd cannot be told that the agent is ready: ${unheard}`)
    const ending = AbortSignal.any([signal, ended.signal])
    const devices = options.dryRun ? undefined : watchDevices(name => agent.deviceChanged(name), ending)
    watching = Promise.all([watch(ending), devices])
    await agent.run(signal)
  } finally {
    ended.abort()
    unserve()
    ports.close()
    hush()
    await watching
  }
}

/** The library is loaded only where something may ask for metrics. */
async function metricsOf(sample: () => Sample | undefined): Promise<Metrics> {
  const { createMetrics } = await import('../../agent/metrics/metrics.ts')
  return createMetrics(sample, VERSION)
}

/** What /configz shows: the flags, without what a URL may hold beside its origin. */
function configurationOf({ apiserver = [], ...options }: AgentOptions, node: string | null): object {
  const servers = apiserver.map(url => (URL.canParse(url) ? new URL(url).origin : url))
  return { kind: 'AgentConfiguration', build: VERSION, ...options, mode: modeOf(options), apiserver: servers, node }
}

function settingsOf(options: AgentOptions) {
  const refused = modeOf(options) !== 'pinned' ? REFUSED_LIVE : [...ALL_WAIVERS].filter(code => code !== 'no-history')
  return {
    history: historyOfAgent(options),
    node: chosenNode(options),
    build: VERSION,
    devices: devicesOf(options, 'facts'),
    xdp: xdpChoiceOf(options),
    pods: patternsOf(options),
    sockets: options.sockets ?? 'all',
    waived: new Set([...ALL_WAIVERS].filter(code => !refused.includes(code))),
  }
}

function shadowOf(options: AgentOptions, log: Log): ShadowDataplane {
  const { history, node, devices, xdp, pods, sockets } = settingsOf(options)
  const choice = { devices, xdp, pods, sockets, isLenient: true as const }
  return new ShadowDataplane(targetOf(options), history, node, choice, noticesTo(log))
}
