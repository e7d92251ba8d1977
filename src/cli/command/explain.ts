// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from 'commander'
import type { Diagnostic, Result } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { formatJson } from '../../base/format-json.ts'
import { programsFor } from '../../bpf/generation/programs.ts'
import { viewpointIn } from '../../compile/viewpoint.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { generationDamage } from '../../node/damage.ts'
import { behindEdges } from '../../node/edges/behind-edges.ts'
import { devicesTo, servedPodDevices } from '../../node/edges/pods-served.ts'
import { newestEntry } from '../../node/history/saved.ts'
import { inspectNode, type ObservedNode } from '../../node/inspect-node.ts'
import { specLinesIn } from '../../report/explain/answer/spec-lines.ts'
import { explain } from '../../report/explain/explain.ts'
import { printExplanation } from '../../report/explain/print/text.ts'
import { type Client, EXTERNAL_CLIENT, podOn, resolveClient } from '../../report/explain/question/client.ts'
import { inScope, type PodScope } from '../../report/explain/question/pod-scope.ts'
import type { Kernel } from '../../report/explain/question/question.ts'
import { BAD_FORM, resolveSubject } from '../../report/explain/question/subject.ts'
import { formatViewpoint } from '../../report/format-viewpoint.ts'
import { resolveRemoval } from '../../report/impact/removal.ts'
import type { Spec } from '../../spec/spec.ts'
import { type PodOptions, patternsOf, withPods } from '../flag/pods.ts'
import { specGiven } from '../flag/spec-argument.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { chosenNode, type NodeChoice, specIn, withNodeChoice } from '../input/spec-file.ts'
import { readSpecInput, type SpecInput } from '../input/spec-input.ts'
import { answer, say } from '../output/streams.ts'
import { paintFor, STDOUT } from '../output/terminal.ts'

interface Options extends TargetOptions, StateOptions, NodeChoice, PodOptions {
  file?: string
  from?: string
  without?: string[]
  kernel?: boolean
  output: 'text' | 'json'
}

export function explainCommand(program: Command): void {
  const asApplied = { pods: 'those that have programs here', sockets: 'as applied here' }
  const base = withState(
    withTarget(
      withNodeChoice(
        program
          .command('explain')
          .summary('explain where connections to a Service, an address or a port go, and why')
          .description(
            'WHAT is a Service (shop/cart, shop/cart:http), a destination (10.96.0.10:53/UDP, [fd00::1]:53), an address (of a Service, a pod, a node), a node port (:30080/TCP), or a node. The answer has the rules of compile and the verdict of the lookup that the programs do.',
          )
          .argument('<what>', 'a Service, ADDRESS[:PORT[/PROTOCOL]], :NODEPORT, pod/ADDRESS, node/NAME')
          .argument('[spec]', 'the spec, or - for stdin (default: the one last applied on this node, and --kernel)')
          .option('-f, --file <spec>', 'the same as the argument'),
      ),
    ),
  )
  const command = withPods(base, asApplied)
    .option(
      '--from <client>',
      'the client: a node (a pod there), the address of a pod, a node or another host, external (a host outside that runs balancing), or outside (a client without, which reaches --node)',
    )
    .option(
      '--without <what>',
      'show the impact of taking endpoints away: pod/ADDRESS or node/NAME; may be repeated',
      collect,
    )
    .option('--kernel', 'also show what the kernel of this node holds, and whether it agrees')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing explain 10.96.0.10:53', 'on a node: what was applied there, and what its kernel holds'],
      ['balancing explain shop/cart -f spec.yaml --node node-a1', 'what pods on a node get from a Service, and why'],
      [
        'balancing explain 10.96.0.10:53/UDP -f spec.yaml --kernel',
        'a destination, and what the kernel of this node holds',
      ],
      ['balancing explain 203.0.113.20:80 -f spec.yaml --from 192.0.2.1', 'the same for another client'],
      [
        'balancing explain shop/frontend -f spec.yaml --node node-a1 --from outside',
        'what becomes of packets of clients outside that reach a node',
      ],
      [
        "balancing explain shop/cart -f spec.yaml --node node-a1 --sockets host --pods 'cali*'",
        'what pods get whose sockets are left alone',
      ],
      ['balancing explain node-b1 -f spec.yaml --without node/node-b1', 'the impact of draining a node'],
    ],
    exits: {
      0: 'it is explained',
      2: 'WHAT has none of these forms',
      3: 'the spec is invalid, or does not have this name',
      4: 'without --file: no spec is saved here; with --kernel: the node is not ready',
    },
  })
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

async function run(what: string, argument: string | undefined, given: Options): Promise<void> {
  const file = specGiven(argument, given.file)
  const options = { ...given, ...(file !== undefined && { file }) }
  const { input, host } = await inputOf(options)
  const { spec, parts } = specIn(input)
  const subject = required(resolveSubject(what, spec))
  const node = options.node !== undefined || options.external ? chosenNode(options) : host
  const client = options.from === undefined ? clientAt(node, spec) : required(resolveClient(options.from, spec, node))
  const without = (options.without ?? []).map(one => required(resolveRemoval(one, spec)))
  const places = specLinesIn(parts)
  const here = isHere(client, host, spec, options) ? await inspectNode(targetOf(options)) : undefined
  const kernel = here && (await kernelOf(here, client))
  const scoped = inScope(client, await podScopeOf(client, options, here))
  const explanation = explain({ what, subject, spec, places, client: scoped, without, ...(kernel && { kernel }) })
  const isText = options.output === 'text'
  answer(isText ? printExplanation(explanation, paintFor(STDOUT)) : `${formatJson(explanation)}\n`)
}

interface Asked {
  input: SpecInput
  /** The node whose kernel can be asked; null for a host outside the cluster. */
  host: string | null
}

/** The spec of --file, else the one that was applied here last. */
async function inputOf(options: Options): Promise<Asked> {
  const { file } = options
  if (file !== undefined) return { input: await readSpecInput(file), host: chosenNode(options) }
  const history = historyOf(options)
  const entry = newestEntry(history)
  const input = { name: history.specPath(entry), bytes: Buffer.from(history.specText(entry)) }
  return { input, host: entry.node }
}

/** A pod on a node; for null a host outside the cluster. */
function clientAt(name: string | null, spec: Spec): Client {
  if (name === null) return EXTERNAL_CLIENT
  const found = spec.nodes.find(n => n.name === name)
  return found ? podOn(found) : required(viewpointIn(spec.nodes, name) as Result<never>)
}

/** Is the kernel asked, and does it decide for this client? The maps of this node do not show what another node does. */
function isHere(client: Client, host: string | null, spec: Spec, { file, kernel }: Options): boolean {
  if (!kernel && file !== undefined) return false
  const here = clientAt(host, spec)
  if (formatViewpoint(here.viewpoint) === formatViewpoint(client.viewpoint)) return true
  const message = `the kernel here is that of ${formatViewpoint(here.viewpoint)}, and ${client.name} meets another one`
  if (kernel) throw failure(EXIT.usage, 'other-kernel', message, 'leave --kernel out, or run it there')
  say(`note: ${message}`)
  return false
}

/** What is translated of pods: as the flags ask; what they do not say, as the node has it when it is asked, else as apply has it. */
async function podScopeOf({ source }: Client, options: Options, here: ObservedNode | undefined): Promise<PodScope> {
  const sockets = options.sockets ?? here?.state.current?.sockets ?? 'all'
  if (options.pods !== undefined || !here) return { sockets, packets: { kind: 'asked', patterns: patternsOf(options) } }
  const needsRoutes = sockets === 'host' && source !== undefined
  const ofClient = needsRoutes ? devicesTo(source, await readDeviceFacts()) : undefined
  return { sockets, packets: { kind: 'installed', devices: servedPodDevices(here.state), ofClient } }
}

/** What the maps of this node hold; of its routes only what a client outside asks. */
async function kernelOf(node: ObservedNode, { translatedAt }: Client): Promise<Kernel> {
  const [image, isBehindEdge] = await Promise.all([
    node.observed(),
    translatedAt === 'edge' ? behindEdges(node.state) : () => false,
  ])
  const damage = image && generationDamage(node, programsFor(image))
  if (image) return { image, troubles: damage === undefined ? [] : [damage], isBehindEdge }
  throw failure(
    EXIT.nodeNotReady,
    'unreadable-generation',
    'the maps were made by another build, and this one cannot read them',
  )
}

/** The value; without one the command ends: a text without a known form is exit 2, a name that the spec does not have exit 3. */
function required<T>({ value, diagnostics }: Result<T>): T {
  if (value !== undefined) return value
  const isForm = diagnostics.some((d: Diagnostic) => d.code === BAD_FORM)
  throw new Failure(isForm ? EXIT.usage : EXIT.invalidInput, diagnostics)
}
