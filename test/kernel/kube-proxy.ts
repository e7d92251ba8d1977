// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiServer } from '../live/api-server.ts'
import { administrator } from '../live/client.ts'
import type { World } from './world.ts'

const KUBE_PROXY = new URL('../../build/apiserver/kube-proxy', import.meta.url).pathname
const RELAY = new URL('relay.ts', import.meta.url).pathname
const API_PORT = 6443

export type KubeProxyMode = 'nftables' | 'iptables'

/** The real kube-proxy on a node of a world, whose API server is elsewhere. */
export class KubeProxy {
  readonly #netns: string
  readonly #folder: string
  readonly #flags: readonly string[]
  readonly #server: Server
  readonly #relay: ChildProcess
  #child: ChildProcess | undefined

  constructor(world: World, node: string, api: ApiServer, mode: KubeProxyMode) {
    this.#netns = world.netns(node)
    this.#folder = api.folder
    const socket = join(api.folder, 'relay')
    rmSync(socket, { force: true })
    const port = Number(new URL(api.url).port)
    this.#server = createServer(client => {
      const server = connect(port, '127.0.0.1')
      server.on('error', () => client.destroy()).pipe(client)
      client.on('error', () => server.destroy()).pipe(server)
    }).listen(socket)
    const arguments_ = [process.execPath, RELAY, String(API_PORT), socket]
    this.#relay = spawn('nsenter', [`--net=/run/netns/${this.#netns}`, ...arguments_], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    const config = administrator(api, `https://127.0.0.1:${API_PORT}`)
    this.#flags = [
      ...[`--kubeconfig=${config}`, `--proxy-mode=${mode}`, `--hostname-override=${node}`],
      ...['--cluster-cidr=10.244.0.0/16,fd00:244::/32', '--conntrack-max-per-core=0'],
      ...['--conntrack-tcp-timeout-established=0', '--conntrack-tcp-timeout-close-wait=0'],
      ...['--healthz-bind-address=127.0.0.1:10256', '--metrics-bind-address=127.0.0.1:10249'],
    ]
  }

  /** Returns when `isServing` says so. */
  async start(isServing: () => Promise<boolean>): Promise<void> {
    const log = openSync(join(this.#folder, 'kube-proxy.log'), 'a')
    this.#child = spawn('nsenter', [`--net=/run/netns/${this.#netns}`, KUBE_PROXY, ...this.#flags], {
      stdio: ['ignore', log, log],
    })
    while (!(await isServing())) {
      if (this.#child.exitCode !== null) throw new Error(`kube-proxy ended with ${this.#child.exitCode}`)
      await sleep(100)
    }
  }

  /** Ends the process, and removes its rules as its own command does. */
  async remove(): Promise<void> {
    await this.#end()
    execFileSync('nsenter', [`--net=/run/netns/${this.#netns}`, KUBE_PROXY, ...this.#flags, '--cleanup'], {
      stdio: 'ignore',
    })
  }

  async #end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async close(): Promise<void> {
    await this.#end()
    this.#relay.kill('SIGKILL')
    this.#server.close()
  }
}
