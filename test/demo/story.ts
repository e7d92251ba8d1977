// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { OUTSIDE } from './cluster.ts'
import { Dialogue } from './dialogue.ts'
import { expectNothingAttached, Surprise } from './expect.ts'
import type { Exported } from './export.ts'
import type { Stage } from './stage.ts'
import { type Prompt, title } from './terminal.ts'

export const EXPORT = 'examples/shop.yaml'
export const ROLLOUT = 'examples/shop-rollout.yaml'

/** Counts what the driver of a veth device has transmitted for XDP. */
const TAKEN = `ethtool -S eth0 | awk '/xdp_tx:/ { n += $2 } END { print n " packets taken by XDP" }'`

/** The Service whose pods run curl. */
const CLIENT = 'shop/checkout'
/** The load balancer addresses and the cluster IPs of IPv4, which the client outside reaches through a node. */
const ROUTED = ['203.0.113.0/24', '10.96.0.0/16']
const [HERE, THERE] = ['node-a1', 'node-c1'] as const

export function clientsOf(exported: Exported): string[] {
  return [HERE, THERE].map(node => clientOn(node, exported))
}

function clientOn(node: string, { endpoints }: Exported): string {
  const pod = endpoints.find(e => e.service === CLIENT && e.node === node)?.pod
  if (pod === undefined) throw new Error(`${CLIENT} has no pod on ${node}`)
  return pod
}

/** Shows everything, in order; throws a Surprise at the first thing that is not as it should be. */
export async function tell(stage: Stage, before: Exported, after: Exported): Promise<void> {
  const dialogue = new Dialogue(stage)
  const [here, there] = [promptsOf(stage, HERE, before), promptsOf(stage, THERE, before)]
  const nodes = [here.node, there.node]
  const spec = `${stage.directory}/spec.yaml`
  const { v4: hereAddress } = before.nodes.find(({ name }) => name === HERE)!
  const another = before.nodes.find(({ name }) => name !== HERE && name !== THERE)!
  const pods = new Set(before.endpoints.flatMap(({ pod }) => pod ?? []))

  title(
    `${before.nodes.length} nodes and ${pods.size} pods in network namespaces; a pod answers HTTP with its name and node`,
  )
  setHere(dialogue, stage, here.node)
  await dialogue.type(here.node, `balancing render --from ${EXPORT} --out ${spec}`, /services →/)
  await dialogue.type(here.node, `balancing apply -f ${spec} --node ${HERE} $HERE`, /read back and equal/)
  await dialogue.believe(before, spec, nodes)

  title(`The unmodified curl, in a pod of ${HERE}`)
  const get = (service: string, kind: string, family?: 4 | 6) => dialogue.frontend(here.node, service, kind, family)
  const nodePort = get('shop/frontend', 'nodePort')
  await dialogue.ask(here.pod, get('shop/frontend', 'clusterIP'), 'a ClusterIP')
  await dialogue.ask(here.pod, nodePort, `its NodePort, at ${another.name}`, another.v4)
  const catalog = await dialogue.ask(here.pod, get('shop/catalog', 'clusterIP'), 'hints: the pods of this zone')
  await dialogue.ask(here.pod, get('ingress-nginx/ingress-nginx-controller', 'loadBalancer'), 'a dual-stack VIP')
  const ingress = get('ingress-nginx/ingress-nginx-controller', 'loadBalancer', 6)
  const controllers = await dialogue.ask(here.pod, ingress, 'the same, IPv6')
  await dialogue.ask(here.pod, get('shop/payment', 'clusterIP'), 'internal policy Local: the pods of this node')
  await dialogue.askInVain(here.pod, get('shop/recommendation', 'clusterIP'), 'no pod is ready: refused')

  title(`A client outside: the host ${OUTSIDE.name}, without any program of ours`)
  const outside = promptOutside(stage)
  for (const range of ROUTED) await dialogue.type(outside, `ip route add ${range} via ${hereAddress}`)
  await dialogue.type(
    here.node,
    `balancing apply -f ${spec} --node ${HERE} $HERE --device eth0 --xdp native`,
    /eth0 .*XDP/,
  )
  await dialogue.ask(outside, nodePort, `a node port of ${HERE}`, hereAddress)
  const vipOutside = get('ingress-nginx/ingress-nginx-controller', 'loadBalancer')
  await dialogue.ask(outside, vipOutside, `external policy Local: the pod of ${HERE}`)
  const saw = new RegExp(`saw ${OUTSIDE.v4}`)
  await dialogue.type(outside, `curl -sS http://${vipOutside.address}/client  # which sees the client itself`, saw)
  await dialogue.type(here.node, TAKEN, /^[1-9]\d* packets/)
  await dialogue.askInVain(outside, get('shop/recommendation', 'clusterIP'), 'no pod is ready: refused')

  title('The same spec on another node')
  setHere(dialogue, stage, there.node)
  await dialogue.type(there.node, `balancing apply -f ${spec} --node ${THERE} $HERE | tail -1`, /read back and equal/)
  const payment = dialogue.frontend(there.node, 'shop/payment', 'clusterIP')
  await dialogue.askInVain(there.pod, payment, 'Local, and no pod here: dropped, at once')

  title('A rollout: pods terminate, a policy changes')
  await dialogue.type(here.node, `balancing render --from ${ROLLOUT} --out ${spec}`, /services →/)
  await dialogue.type(
    here.node,
    `balancing diff -f ${spec} --node ${HERE} $HERE --device eth0 --xdp native`,
    /to change/,
    1,
  )
  await dialogue.type(
    here.node,
    `balancing apply -f ${spec} --node ${HERE} $HERE --device eth0 --xdp native | tail -1`,
    /read back and equal/,
  )
  await dialogue.believe(after, spec, nodes)
  differ(catalog, await dialogue.ask(here.pod, get('shop/catalog', 'clusterIP'), 'its pod of this zone is gone'))
  const vip = get('ingress-nginx/ingress-nginx-controller', 'loadBalancer', 6)
  differ(controllers, await dialogue.ask(here.pod, vip, 'one terminates'))
  await dialogue.ask(outside, nodePort, `the node port of ${HERE}, from outside`, hereAddress)
  await dialogue.type(
    here.node,
    `balancing apply -f ${spec} --node ${HERE} $HERE --device eth0 --xdp native`,
    /^no changes/,
  )

  title('All of it undone')
  for (const node of nodes) {
    await dialogue.type(node, 'balancing cleanup $HERE', /^detached/)
    expectNothingAttached(stage.cgroupOf(node.name))
    if (existsSync(stage.pinsOf(node.name))) throw new Surprise(`cleanup left ${stage.pinsOf(node.name)}`)
  }
}

function promptOutside(stage: Stage): Prompt {
  const { name } = OUTSIDE
  return { name, party: name, cgroup: stage.cgroup, variables: {}, isOutside: true }
}

function promptsOf(stage: Stage, node: string, exported: Exported): { node: Prompt; pod: Prompt } {
  const pod = clientOn(node, exported)
  const cgroup = stage.cgroupOf(node)
  return {
    node: { name: node, party: node, cgroup, variables: {} },
    pod: { name: `${node}/${pod}`, party: pod, cgroup, variables: {} },
  }
}

function setHere(dialogue: Dialogue, stage: Stage, node: Prompt): void {
  const state = `${stage.directory}/${node.name}.state`
  const flags = `--cgroup ${stage.cgroupOf(node.name)} --pin-dir ${stage.pinsOf(node.name)} --state-dir ${state}`
  dialogue.set(node, 'HERE', flags)
}

/** A rollout that changes no answer would show nothing. */
function differ(before: readonly string[], after: readonly string[]): void {
  if (before.join() === after.join()) throw new Surprise(`the rollout changed nothing: ${after} answered before too`)
}
