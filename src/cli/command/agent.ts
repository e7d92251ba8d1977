// SPDX-License-Identifier: Apache-2.0
import { userInfo } from 'node:os'
import { Argument, type Command, Option } from 'commander'
import { LEVELS } from '../../agent/log.ts'
import { askAgent } from '../../agent/status-socket.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { type AgentOptions, historyOfAgent, MODES } from '../agent/agent-options.ts'
import { runAgent } from '../agent/run-agent.ts'
import { withDevices } from '../flag/devices.ts'
import { durationFrom } from '../flag/duration.ts'
import { withListen } from '../flag/listen.ts'
import { withPods } from '../flag/pods.ts'
import { secondsFrom } from '../flag/seconds.ts'
import { directory, withState, withTarget } from '../flag/target.ts'
import { withXdp } from '../flag/xdp.ts'
import { documented } from '../help/help.ts'
import { withNodeChoice } from '../input/spec-file.ts'
import { printAgentStatus } from '../output/agent-status-text.ts'
import { answer } from '../output/streams.ts'

const TASKS = ['status', 'hold', 'release'] as const

interface Options extends AgentOptions {
  reason?: string
  output: 'text' | 'json'
}

export function agentCommand(program: Command): void {
  const command = program
    .command('agent')
    .summary('keep this node serving: follow an API server, a reviewed exposure, or a spec in a file')
    .addArgument(
      new Argument(
        '[task]',
        'ask the agent that runs here; status: what it does; hold: take no other reviewed exposure; release: take them again',
      ).choices(TASKS),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'live: Services and endpoints as the API server has them; gated: what is reachable from outside as --exposure has it, too; pinned: a spec in a file (default: gated with --exposure, pinned with --file, else live)',
      ).choices(MODES),
    )
    .option('-f, --file <spec>', 'the spec of --mode pinned, a file or a directory; it is applied when it changes')
    .option(
      '--exposure <dir>',
      'the reviewed exposure of --mode gated: a directory that split writes, or configmaps:NAMESPACE; it counts as soon as all files are those of its index',
    )
    .option(
      '--channel <name>',
      'the ConfigMaps of --exposure that count: those with the label balancing.elf.io/exposure=NAME (default: stable)',
    )
    .addOption(
      new Option(
        '--gate <what>',
        'what --mode gated holds until it is reviewed; external: what clients outside reach; all: cluster IPs and the internal policy, too',
      )
        .choices(['external', 'all'])
        .default('external'),
    )
    .option(
      '--always-allow <service>',
      'hold nothing of this Service, NAMESPACE/NAME; repeatable, beside default/kubernetes and kube-system/kube-dns',
      collected,
    )
    .addOption(new Option('--kubeconfig <file>', 'find the API server in this kubeconfig (default: as render does)'))
    .option('--context <name>', 'the context of the kubeconfig (default: its current context)')
    .option('--apiserver <url>', 'ask this API server first, with the credentials found; repeatable', collected)
    .addOption(
      new Option(
        '--node-addresses <which>',
        'the nodes whose node ports sockets here are translated for; own: a small watch, in a cluster of thousands of nodes',
      )
        .choices(['all', 'own'])
        .default('all'),
    )
  withListen(withXdp(withPods(withDevices(withState(withTarget(withNodeChoice(command)))))))
    .addOption(
      directory('--checkpoint', 'keep what is applied here, to start without an API server (default: --state-dir)'),
    )
    .option('--resync <duration>', 'how often the maps are read back and repaired', durationFrom(1000), 300_000)
    .option('--dry-run', 'write nothing: log what would be written')
    .addOption(
      new Option('--log-level <level>', 'the least that is logged; debug: a line for each write')
        .choices(LEVELS)
        .default('info'),
    )
    .option('--lock-timeout <seconds>', 'how long to wait for an apply, or another agent', secondsFrom(0), 10)
    .option('--reason <text>', 'why the exposure is held, for agent status')
    .addOption(new Option('-o, --output <form>', 'the form of the status').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing agent', 'serve what the API server has, as kube-proxy does'],
      ['balancing agent --dry-run --log-level debug', 'show what it would write, beside kube-proxy or an apply'],
      [
        'balancing agent --mode pinned -f spec.yaml',
        'apply a file whenever it changes, and repair what something else changes',
      ],
      [
        'balancing agent --exposure /etc/balancing/exposure',
        'follow the endpoints of the API server, and open to clients outside what this directory has',
      ],
      ['balancing agent status', 'what the agent of this node does'],
      [
        'balancing agent hold --reason incident-4711',
        'keep the reviewed exposure that counts now, until balancing agent release',
      ],
    ],
    exits: {
      0: 'it was told to end (SIGTERM or SIGINT): what serves stays; status, hold, release: an agent runs, and did so',
      3: 'the kubeconfig is invalid, or the cluster has no such node: nothing was changed; hold: the agent takes no reviewed exposure',
      4: 'the node is not ready, or another agent or an apply keeps it; status, hold, release: no agent runs, or the disk refuses',
    },
  })
}

function collected(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

async function run(task: (typeof TASKS)[number] | undefined, options: Options): Promise<void> {
  if (task === undefined) return runAgent(options)
  const { reason = '' } = options
  const request = task === 'hold' ? { task, by: userName(), reason } : { task }
  const status = await askAgent(historyOfAgent(options).directory, request)
  if (options.output === 'text') answer(printAgentStatus(status))
  else answer(`${formatJson({ ...headOf('AgentStatus'), ...status }, false)}\n`)
}

/** Who holds: the user behind sudo, else the user. */
function userName(): string {
  return process.env.SUDO_USER || userInfo().username
}
