// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import { atNode, EXTERNAL, nodeAt, type Viewpoint, viewpointIn } from '../../compile/viewpoint.ts'
import { serviceKey } from '../../spec/name.ts'
import type { Node, Service, Spec } from '../../spec/spec.ts'
import { same } from '../same.ts'
import { byLoss, type Effect, type EffectKind, type FrontendEffect, type Impact, isLoss } from './effect.ts'
import { byZone, type NodePair, nodesAlike, nodesInBoth } from './nodes-alike.ts'
import { type Context, contextAt, serviceEffects } from './service-effects.ts'

/**
 * What a new spec does to clients of the Services that both specs have, as one host sees it, losses first. Empty when the old spec does
 * not have the node.
 */
export function impactAt(old: Spec, now: Spec, viewpoint: Viewpoint): FrontendEffect[] {
  const before = viewpointIn(old.nodes, nodeAt(viewpoint)?.name ?? null).value
  if (!before) return []
  const contexts = [contextAt(before, old), contextAt(viewpoint, now)] as const
  return changedServices(old, now)
    .flatMap(versions => serviceEffects(versions, contexts))
    .sort(byLoss)
}

/** The effects that a review lists for nodes. Other backends are in its line of the Service. */
export const NODE_EFFECTS: ReadonlySet<EffectKind> = new Set([
  'unreachable',
  'reachable',
  'crosses-zones',
  'stays-in-zone',
])

/** The same for all nodes that both specs have, of the kinds that are asked for; the nodes that lose most come first. */
export function impactOnNodes(old: Spec, now: Spec, kinds: ReadonlySet<EffectKind>): Impact[] {
  const zones = byZone(nodesInBoth(old.nodes, now.nodes))
  const [before, after] = [contextAt(EXTERNAL, old), contextAt(EXTERNAL, now)]
  const effects = new Map<string, Effect[]>()
  for (const versions of changedServices(old, now)) {
    for (const alike of nodesAlike(zones, versions)) {
      const [one] = alike as [NodePair]
      const contexts = [atNodeIn(before, one.old), atNodeIn(after, one.now)] as const
      const found = serviceEffects(versions, contexts)
      const told = eachOnce(found.filter(({ kind }) => kinds.has(kind)))
      for (const { now } of told.length > 0 ? alike : [])
        effects.set(now.name, [...(effects.get(now.name) ?? []), ...told])
    }
  }
  return grouped(effects)
}

function atNodeIn(context: Context, node: Node): Context {
  return { ...context, viewpoint: atNode(node) }
}

/** Services of both specs that may do something else: all of them when nodes differ. */
function changedServices(old: Spec, now: Spec): [Service, Service][] {
  const before = new Map(old.services.map(service => [serviceKey(service), service]))
  const isSameNodes = same(old.nodes, now.nodes)
  return now.services.flatMap((service): [Service, Service][] => {
    const was = before.get(serviceKey(service))
    return !was || (isSameNodes && same(was, service)) ? [] : [[was, service]]
  })
}

/** Without frontends and backends, which differ from node to node and between families. */
function eachOnce(effects: readonly FrontendEffect[]): Effect[] {
  const plain = effects.map(({ frontends: _frontends, before: _before, after: _after, ...effect }): Effect => effect)
  return [...new Map(plain.map(effect => [JSON.stringify(effect), effect])).values()]
}

/** Nodes with the same effects together, those that lose most first. */
function grouped(effects: ReadonlyMap<string, Effect[]>): Impact[] {
  const groups = new Map<string, Impact>()
  for (const [node, unsorted] of effects) {
    const sorted = unsorted.toSorted(byLoss)
    const key = JSON.stringify(sorted)
    const group = groups.get(key)
    if (group) group.nodes.push(node)
    else groups.set(key, { nodes: [node], effects: sorted })
  }
  for (const { nodes } of groups.values()) nodes.sort(byText)
  const losses = ({ effects }: Impact) => effects.filter(isLoss).length
  return [...groups.values()].sort((a, b) => losses(b) - losses(a) || byText(a.nodes[0]!, b.nodes[0]!))
}
