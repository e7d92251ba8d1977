// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { allowedAnswers, expectRan, type Frontend, hostPort, Surprise, tally } from './expect.ts'
import type { Exported } from './export.ts'
import type { Stage } from './stage.ts'
import { type Prompt, printed, run, typed } from './terminal.ts'

/** Enough for each of four backends to be chosen at least once, all but four in a million times; fewer need less. */
const TIMES_EACH = 12

/** What the demo does at a prompt: shows the command, runs it, shows what it printed, and checks that. */
export class Dialogue {
  readonly #stage: Stage
  /** What balancing says that each node does. */
  readonly #frontends = new Map<string, Frontend[]>()
  #exported: Exported | undefined

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Shows a variable being set. */
  set(prompt: Prompt, name: string, value: string): void {
    typed(prompt, `${name}="${value}"`)
    prompt.variables[name] = value
  }

  /** Runs a command that must end with `code` and print something that matches. */
  async type(prompt: Prompt, command: string, holds?: RegExp, code = 0): Promise<void> {
    typed(prompt, command)
    const ran = await run(this.#stage, prompt, command)
    printed(ran.output)
    expectRan(ran, code, holds)
  }

  /** From now on, answers are held against this export and what the spec made of it says for these nodes. */
  async believe(exported: Exported, spec: string, nodes: readonly Prompt[]): Promise<void> {
    this.#exported = exported
    const asked = nodes.map(async node => {
      const file = `${this.#stage.directory}/${node.name}.json`
      expectRan(await run(this.#stage, node, `balancing compile -f ${spec} --node ${node.name} -o json > ${file}`), 0)
      this.#frontends.set(node.name, (JSON.parse(readFileSync(file, 'utf8')) as { frontends: Frontend[] }).frontends)
    })
    await Promise.all(asked)
  }

  frontend(node: Prompt, service: string, kind: string, family: 4 | 6 = 4): Frontend {
    const all = this.#frontends.get(node.name)!
    const isOfFamily = (f: Frontend) => f.kind === 'nodePort' || f.address.includes(':') === (family === 6)
    const found = all.find(f => f.service === service && f.kind === kind && isOfFamily(f))
    if (!found) throw new Surprise(`${service} has no ${kind} of IPv${family}`)
    return found
  }

  /** Asks many times, with a new curl each; exactly those may answer that the spec and the export allow. */
  async ask(pod: Prompt, frontend: Frontend, note: string, address = frontend.address): Promise<string[]> {
    const command = `curl -sS ${urlOf(frontend, address)}`
    typed(pod, `${command}  # ${note}`)
    const list = pod.isOutside ? frontend.external : frontend.internal
    const allowed = allowedAnswers(frontend, list, address, this.#exported!)
    const times = TIMES_EACH * allowed.size
    const ran = await run(this.#stage, pod, `for i in {1..${times}}; do ${command} || exit; done`)
    expectRan({ ...ran, command }, 0)
    const counts = tally({ ...ran, command }, allowed)
    printed(`${times} times: ${[...counts].map(([answer, count]) => `${count} ${answer}`).join(', ')}`)
    return [...counts.keys()]
  }

  /** Asks where nobody may answer, and must hear so at once; 7 is how curl says that it could not connect. */
  async askInVain(pod: Prompt, frontend: Frontend, note: string): Promise<void> {
    const { action } = pod.isOutside ? frontend.external : frontend.internal
    const reason = { reject: 'Connection refused', drop: 'No route to host', forward: undefined }[action]
    if (!reason) throw new Surprise(`${frontend.service} should not be answered: ${note}`)
    const command = `curl -sv ${urlOf(frontend, frontend.address)} 2>&1 | grep '${reason}'`
    typed(pod, `${command}  # ${note}`)
    const ran = await run(this.#stage, pod, command)
    printed(ran.output)
    expectRan(ran, 7, new RegExp(reason))
    if (ran.seconds > 1) throw new Surprise(`${command}\ntook ${ran.seconds} s to fail`)
  }
}

function urlOf({ port }: Frontend, address: string): string {
  const authority = hostPort(address, port)
  return `http://${port === 80 ? authority.replace(/:80$/, '') : authority}/`
}
