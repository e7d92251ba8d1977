// SPDX-License-Identifier: Apache-2.0
import { affinityEntries, tooSmall } from '../bpf/generation/capacity.ts'
import { type Generation, hasEdgePrograms, readableMaps } from '../bpf/generation/generation.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
import { programsFor } from '../bpf/generation/programs.ts'
import type { SocketScope } from '../bpf/generation/socket-scope.ts'
import { xdpOf } from '../bpf/hooks/xdp.ts'
import { readEdgeCounts } from '../bpf/maps/edge-counts.ts'
import { readFlowUse } from '../bpf/maps/flow-use.ts'
import type { LiveMaps } from '../bpf/maps/live.ts'
import { startReading } from '../bpf/maps/read-image.ts'
import { program } from '../bpf/maps/write-steps.ts'
import type { Edges } from '../compile/edges.ts'
import { staleIn } from '../compile/stale.ts'
import { countChanges, type Delta, deltaBetween } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import { type ApplyRequest, type ApplyResult, apply } from '../node/apply.ts'
import { saveCheckpoint } from '../node/checkpoint.ts'
import { damagesOf } from '../node/damage.ts'
import { type DestroyedSockets, destroyStaleSockets } from '../node/destroy-stale-sockets.ts'
import { announceEdges, changeEdges } from '../node/edges/change-edges.ts'
import { matchesPattern } from '../node/edges/device-pattern.ts'
import { type EdgeStatus, edgesOf } from '../node/edges/edge-status.ts'
import { type FoundChange, findEdgeChange } from '../node/edges/find-edge-change.ts'
import { type DeviceChoice, type EdgeChoice, PRESENT_EDGES, resolveEdges } from '../node/edges/resolve-edges.ts'
import type { XdpChoice } from '../node/edges/xdp-devices.ts'
import type { EventSink } from '../node/events.ts'
import type { Waiver } from '../node/guards/guards.ts'
import type { History } from '../node/history/history.ts'
import type { HeldNode } from '../node/lock-node.ts'
import { hashOfPrograms } from '../node/shipped-programs.ts'
import type { Plan } from '../plan/plan.ts'
import { planOf } from '../plan/plan-of.ts'
import { clusterIdentity } from '../spec/cluster-identity.ts'
import type { Spec } from '../spec/spec.ts'
import type { Dataplane, EdgeFigures } from './dataplane.ts'
import type { Desired } from './desired.ts'

/** What an agent asks for whenever it applies. */
interface Settings {
  history: History
  node: string | null
  build: string
  devices: DeviceChoice
  xdp: XdpChoice
  /** Patterns of the names of pods' devices. */
  pods: readonly string[]
  sockets: SocketScope
  waived: ReadonlySet<Waiver>
}

/** The generation that serves, and what it has room for. */
interface Serving {
  generation: Generation
  maps: LiveMaps
  hasRanges: boolean
  affinity: number
}

/** A locked node: it is changed by the use case of apply, and by plans that fit into the maps that serve. */
export class HeldDataplane implements Dataplane {
  readonly isShadow = false
  readonly #node: HeldNode
  readonly #settings: Settings
  readonly #events: EventSink
  /** Names of the devices that are edges, or were. */
  readonly #edges = new Set<string>()
  #serving: Serving | undefined
  #programs: string

  constructor(node: HeldNode, settings: Settings, events: EventSink) {
    this.#node = node
    this.#programs = hashOfPrograms(node.target.object)
    this.#settings = settings
    this.#events = events
  }

  get programs(): string {
    return this.#programs
  }

  async apply(spec: Spec): Promise<ApplyResult> {
    this.#serving = undefined
    const { history, ...settings } = this.#settings
    const request: ApplyRequest = { ...settings, isLenient: true, spec, by: 'agent', dryRun: false }
    await using locked = await this.#node.observe()
    this.#programs = locked.programs
    const result = await apply(locked, history, request, this.#events)
    this.#noteEdges(result.changeset.edges.edges)
    this.#serving = servingOf((await this.#node.inspect()).current)
    return result
  }

  async write(plan: Plan, { changes }: Delta, desired: Image): Promise<string | undefined> {
    if (plan.steps.length === 0) return undefined
    const serving = this.#serving
    if (!serving) return 'nothing is known of the maps'
    const reason = whyAnew(serving, plan, changes, desired)
    if (reason !== undefined) return reason
    const failed = await program(this.#node.bpf, serving.maps, plan.steps)
    if (failed) this.#serving = undefined
    return failed && `a write failed: ${failed.message}`
  }

  async adopt(): Promise<boolean> {
    this.#serving = servingOf((await this.#node.inspect()).current)
    return this.#serving !== undefined
  }

  async drift(desired: Image): Promise<number | undefined> {
    if (!this.#serving) return undefined
    const observed = await startReading(this.#node.bpf, this.#serving.maps)()
    return countChanges(deltaBetween(observed, desired))
  }

  async damage(desired: Desired, areEdgesFollowed: boolean): Promise<string | undefined> {
    const state = await this.#node.inspect()
    if (!state.current) return 'no generation serves'
    const { image } = desired
    const edges = areEdgesFollowed ? [] : await this.#edgesIn(state, desired)
    const present = { state, target: this.#node.target, programs: this.#programs }
    return damagesOf(present, programsFor(image), edges)[0]?.message
  }

  async #edgesIn(state: NodeState, desired: Desired): Promise<EdgeStatus[]> {
    const { edges, xdp } = await resolveEdges(PRESENT_EDGES, state, desired.spec(), this.#settings.node)
    return edgesOf(state, edges, xdp, desired.image)
  }

  watches(device: string): boolean {
    const { devices, pods } = this.#settings
    const isNamed = typeof devices === 'object' && devices.named.includes(device)
    return isNamed || this.#edges.has(device) || pods.some(pattern => matchesPattern(device, pattern))
  }

  async findEdgeChange(desired: Desired): Promise<FoundChange | undefined> {
    if (!this.#serving) return undefined
    const { node, ...settings } = this.#settings
    const choice: EdgeChoice = { ...settings, isLenient: true }
    const wanted = { choice, spec: desired.spec(), node, before: desired.edges }
    return findEdgeChange(this.#node.bpf, this.#serving.generation, wanted)
  }

  /** As an update in place does it: what programs read is written first. */
  async changeEdges({ change, generation }: FoundChange, desired: Desired): Promise<string | undefined> {
    const { edges, missing } = change
    if (generation.pins.path !== this.#serving?.generation.pins.path) return 'another generation serves'
    if (hasEdgePrograms(generation) !== edges.devices.length > 0) return 'edges change which programs are needed'
    if (xdpOf(missing).length > 0) return 'XDP programs are to be attached'
    this.#noteEdges(edges)
    announceEdges(generation, change)
    const delta = desired.moveTo(edges, this.#programs)
    return (
      (await this.write(planOf(delta), delta, desired.image)) ?? (await changeEdges(this.#node.bpf, generation, change))
    )
  }

  #noteEdges({ devices }: Edges): void {
    for (const { device, pod } of devices) if (!pod) this.#edges.add(device)
  }

  record(spec: Spec): boolean {
    const { history, node, build } = this.#settings
    const facts = { by: 'agent', node, build, programs: this.#programs, cluster: clusterIdentity(spec) }
    return saveCheckpoint(history, spec, facts, this.#events)
  }

  get served(): number | undefined {
    return this.#serving?.generation.revision?.serving
  }

  async edgeFigures(): Promise<EdgeFigures | undefined> {
    const { generation } = this.#serving ?? {}
    const map = generation?.maps.get('edge_counts')
    if (!generation || !map) return undefined
    const counts = await readEdgeCounts(this.#node.bpf, map)
    const flows = await readFlowUse(this.#node.bpf, generation)
    return { counts, flows: typeof flows === 'string' ? undefined : flows }
  }

  async destroyStale(spec: Spec): Promise<DestroyedSockets | undefined> {
    const { bpf, target } = this.#node
    if (!this.#serving) return undefined
    return destroyStaleSockets({ bpf, target, release: async () => {} }, this.#serving.generation, staleIn(spec))
  }
}

function servingOf(generation: Generation | undefined): Serving | undefined {
  const maps = generation && readableMaps(generation)
  if (!maps) return undefined
  const hasRanges = generation.attached.some(({ program }) => program === 'egress')
  return { generation, maps, hasRanges, affinity: generation.maps.get('affinity')?.maxEntries ?? 0 }
}

/** Why a plan does not fit into what serves: the reasons for which apply builds a new generation. */
function whyAnew(
  { maps, hasRanges, affinity }: Serving,
  { peak }: Plan,
  { frontends }: Delta['changes'],
  desired: Image,
): string | undefined {
  if (desired.source_ranges.size > 0 !== hasRanges) return 'source ranges change which programs are needed'
  const written = new Map(frontends.flatMap(({ key, desired }) => (desired === undefined ? [] : [[key, desired]])))
  if (affinity < affinityEntries({ ...desired, frontends: written })) return 'affinity needs room to remember'
  const [small] = tooSmall(maps, peak)
  return small && `${small} needs ${peak[small]} entries and holds ${maps[small].maxEntries}`
}
