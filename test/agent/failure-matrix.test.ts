// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** What holds a row of docs/agent.md: the start of the row's symptom, and the name of a test in a file. */
const TESTS: readonly [string, string, string][] = [
  ['`api-unreachable`', 'test/kernel/agent-live.test.ts', 'serves on while the API server is gone, and asks it again'],
  ['`api-unauthorized`', 'test/watch/faults.test.ts', '401: the credentials are read anew, and asked with at once'],
  ['`the API server lists', 'test/agent/list-guard.test.ts', 'a list that lacks more than half is kept out'],
  ['exit 3, `unknown-node`', 'test/kernel/agent-live.test.ts', 'a node that the cluster does not have is exit 3'],
  [
    '`nothing serves yet`, `the spec',
    'test/kernel/agent-failures.test.ts',
    'a checkpoint that was edited, or is of another',
  ],
  [
    'the Node object is deleted',
    'test/kernel/agent-failures.test.ts',
    'a Node object that is deleted while its agent runs',
  ],
  ['`other-cluster`', 'test/kernel/agent-failures.test.ts', 'an API server of another cluster: refused'],
  [
    'a spec in `pinned` mode',
    'test/kernel/agent-pinned.test.ts',
    'a spec that apply would refuse leaves the last good',
  ],
  ['`the exposure is rejected', 'test/kernel/agent-gated.test.ts', 'a broken exposure leaves the last good one'],
  ['a Service does not answer', 'test/kernel/agent-gated.test.ts', 'a node port is served when it is reviewed'],
  ['`the maps do not hold', 'test/kernel/agent-pinned.test.ts', 'an entry at the next resync'],
  ['`what serves is damaged', 'test/kernel/agent-failures.test.ts', 'pins that are removed: all is built anew'],
  ['`the edges follow', 'test/kernel/agent-devices.test.ts', "programs are at a pod's device as soon as it is there"],
  [
    '`device-passed-over`',
    'test/kernel/agent-devices.test.ts',
    'a device that --device names is served whenever it is',
  ],
  ['`applied` with', 'test/kernel/agent-failures.test.ts', 'maps that are full: a larger generation is built beside'],
  ['`not-recorded`', 'test/kernel/agent-failures.test.ts', 'a disk that is full: it serves on, says so'],
  [
    '`nothing serves yet`, `… it',
    'test/kernel/agent-failures.test.ts',
    'a checkpoint that was edited, or is of another',
  ],
  [
    '`a write failed`',
    'test/kernel/agent-failures.test.ts',
    'a bpftool that is killed between two plans: the next one',
  ],
  ['`bpftool-missing`', 'test/kernel/agent-failures.test.ts', 'a bpftool that is missing: at the start exit 4'],
  ['exit 4, `locked`', 'test/kernel/agent-pinned.test.ts', 'keeps the lock: an apply and another agent are refused'],
  ['`cannot be served at port', 'test/agent/http.test.ts', 'a port of the agent that is taken is one line'],
  ['`the healthCheckNodePort', 'test/agent/http.test.ts', 'a port that is taken is said once; the others serve'],
  [
    '`Events cannot be written`',
    'test/agent/events.test.ts',
    'an Event that cannot be written is given up with one line',
  ],
  ['`/livez` answers 503', 'test/agent/progress.test.ts', 'work that does not end makes it unhealthy'],
  ['the agent was ended', 'test/kernel/agent-failures.test.ts', 'SIGKILL at any moment: the next start repairs'],
  ['the clock of the machine', 'test/agent/failure-matrix.test.ts', 'the clock of the machine decides nothing'],
]

const [, section = ''] = readFileSync('docs/agent.md', 'utf8').split('## When something fails')
const symptoms = [...section.matchAll(/^\| (.*?) \| .* \| .* \|$/gm)].map(([, cell]) => cell!).slice(1)

test('each row of the failure matrix has its test, and no test is without its row', () => {
  expect(symptoms).toHaveLength(TESTS.length)
  for (const [i, [start, file, name]] of TESTS.entries()) {
    expect(symptoms[i]).toSatisfy((symptom: string) => symptom.startsWith(start), start)
    const titles = [...readFileSync(file, 'utf8').matchAll(/\b(?:it|test)\(\s*(['"`])(.*?)\1,/g)].map(
      ([, , title]) => title,
    )
    expect(
      titles.filter(title => title!.includes(name)),
      `${file}: ${name}`,
    ).toHaveLength(1)
  }
})

/** Where the wall clock is read: for texts, Events and metrics, and to say that a token has ended. */
const WALL_CLOCK = [
  'agent/events/cluster-event.ts',
  'agent/events/event-recorder.ts',
  'agent/gate/reviewed-exposure.ts',
  'agent/http/proxy-health.ts',
  'agent/http/servers.ts',
  'agent/live-agent.ts',
  'agent/metrics/process-metrics.ts',
  'agent/status.ts',
  'apiserver/problems.ts',
]

test('the clock of the machine decides nothing: timers and ages are those of the monotonic clock', () => {
  const files = ['agent', 'apiserver'].flatMap(folder =>
    readdirSync(`src/${folder}`, { recursive: true, encoding: 'utf8' }).map(name => `${folder}/${name}`),
  )
  const reading = files.filter(
    name => name.endsWith('.ts') && /\bDate\.now\(|new Date\(/.test(readFileSync(`src/${name}`, 'utf8')),
  )
  expect(reading.sort()).toEqual(WALL_CLOCK)
})
