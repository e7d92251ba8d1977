// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { lockNode } from '../../node/lock-node.ts'
import { rollback } from '../../node/rollback.ts'
import { type ApplyOptions, showResult, withApply } from '../flag/apply-options.ts'
import { devicesOf } from '../flag/devices.ts'
import { podsOf } from '../flag/pods.ts'
import { historyOf, targetOf } from '../flag/target.ts'
import { xdpChoiceOf } from '../flag/xdp.ts'
import { documented } from '../help/help.ts'
import { LEGEND } from '../help/legend.ts'
import { showEvent } from '../output/events.ts'
import { progress } from '../output/streams.ts'
import { VERSION } from '../version.ts'

interface Options extends ApplyOptions {
  to?: string
}

export function rollbackCommand(program: Command): void {
  const command = withApply(program.command('rollback'), 'those that it has', 'as it is', {
    pods: 'at those that the node has',
    sockets: 'as it is',
  })
    .summary('apply an exposure that this node had before, with the endpoints of today')
    .option('--to <revision>', 'the revision, or how it begins (default: the one before the one that is applied)')
    .action(run)
  documented(command, {
    examples: [
      ['balancing rollback --dry-run', 'show what would change'],
      ['balancing rollback', 'go back to the revision before this one; a second rollback returns'],
      ['balancing rollback --to 9f3c1a2b', 'go back to a revision that balancing history lists'],
    ],
    legend: LEGEND,
    nearMisses: [[/^too many arguments for 'rollback'.*: ([0-9a-f]{4,64})$/i, '--to $1']],
    exits: {
      0: 'the node serves that exposure',
      3: 'there is no such revision, or going back looks like a mistake (--force allows it)',
      4: 'the node is not ready, or the history is damaged',
      5: 'it failed, the old state is intact',
      6: 'it failed half-way; every frontend is wholly old or wholly new: run it again with --to',
      8: 'the node serves that spec, but the answer could not be written',
    },
  })
}

async function run(options: Options): Promise<void> {
  const { to, dryRun = false, force = false } = options
  const started = performance.now()
  const history = historyOf(options)
  progress('inspecting the node')
  await using node = await lockNode(targetOf(options), options.lockTimeout)
  const edges = { devices: devicesOf(options, 'present'), xdp: xdpChoiceOf(options, 'present') }
  const pods = { pods: podsOf(options, 'present'), sockets: options.sockets ?? ('present' as const) }
  const result = await rollback(node, history, { to, dryRun, force, ...edges, ...pods, build: VERSION }, showEvent)
  showResult(result, 'rolled back to', performance.now() - started, options)
}
