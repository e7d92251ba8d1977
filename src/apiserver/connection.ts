// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import http from 'node:http'
import https, { type RequestOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import type { Access } from './access.ts'

/** All that a request to the API server needs beside its path. */
export interface Connection {
  server: URL
  options: RequestOptions
}

/** Has the credentials made ready: plugins run, tokens are refreshed, certificates are checked against their keys. */
export async function connect(access: Access, signal: AbortSignal): Promise<Connection> {
  const options: RequestOptions = { headers: impersonation(access) }
  try {
    await kubeConfigOf(access, signal).applyToHTTPSOptions(options)
  } catch (error) {
    if (signal.aborted) throw error
    const message = `the credentials of ${access.name} cannot be had: ${reasonOf(error)}`
    throw failure(EXIT.nodeNotReady, 'no-credentials', message)
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined),
  )
  try {
    createSecureContext(tls)
  } catch (error) {
    const message = `the certificates of ${access.name} cannot be used: ${(error as Error).message}`
    throw failure(EXIT.invalidInput, 'bad-credentials', message)
  }
  // The library's own agent, which a proxy needs, would shake hands anew for each page.
  const { Agent } = access.server.protocol === 'http:' ? http : https
  const agent = access.cluster['proxy-url'] ? options.agent : new Agent({ ...tls, keepAlive: true })
  return { server: access.server, options: { ...options, agent } }
}

function kubeConfigOf({ server, cluster, user }: Access, signal: AbortSignal): KubeConfig {
  const config = new KubeConfig()
  // The library has no setting for how plugins are run.
  const execFn = (command: string, args: string[] | undefined, more: object) => run(command, args ?? [], more, signal)
  for (const authenticator of Reflect.get(config, 'authenticators') as object[]) {
    if ('execFn' in authenticator) authenticator.execFn = execFn
  }
  // The library asks that plain HTTP, which has nothing to verify, be marked as not verified.
  const marked = server.protocol === 'http:' ? { ...cluster, 'insecure-skip-tls-verify': true } : cluster
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name: 'cluster', cluster: marked }],
      users: [{ name: 'user', user }],
      contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
      'current-context': 'context',
    }),
  )
  return config
}

/** A plugin gets no terminal to prompt on, and is stopped when the time is up. Its own children may live on; their output is not read. */
function run(command: string, args: string[], more: object, signal: AbortSignal): ChildProcess {
  const child = spawn(command, args, { ...more, signal, stdio: ['ignore', 'pipe', 'pipe'] })
  signal.addEventListener('abort', () => {
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
  })
  return child
}

/** What a plugin or a server of tokens said; a plugin that answers nonsense is not quoted, it may hold a secret. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError || error instanceof TypeError) return 'the answer is not what was asked for'
  const { code, message, syscall, path } = error as NodeJS.ErrnoException
  if (syscall?.startsWith('spawn')) return `the plugin ${path} cannot be run (${code})`
  return message.trim().slice(0, MOST_SAID) || 'no reason was given'
}

const MOST_SAID = 500

/** What the library leaves out of impersonation. */
function impersonation({ user }: Access): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  if (Array.isArray(user['as-groups'])) headers['Impersonate-Group'] = user['as-groups'].map(String)
  if (typeof user['as-uid'] === 'string') headers['Impersonate-Uid'] = user['as-uid']
  return headers
}
