// SPDX-License-Identifier: Apache-2.0
import { dirname, resolve } from 'node:path'
import { fail, missing, quote, type Raw, readText } from '../cluster/reader.ts'
import type { Source } from '../cluster/source.ts'
import type { Choice, Entry } from './kubeconfig.ts'

/** An API server and the credentials for it: as in a kubeconfig, but with the contents of the files that it names. */
export interface Access {
  /** `context prod` */
  name: string
  server: URL
  cluster: Raw
  user: Raw
}

/** The bytes of a file, or why it cannot be read. */
type ReadFile = (path: string) => Buffer | string

/** What a context says, checked as far as that is possible without a request. */
export function accessOf(choice: Choice, sources: readonly Source[], readFile: ReadFile): Access | undefined {
  const { cluster, user, context } = choice
  const take = (entry: Entry, key: string): Raw => pem(entry, key, sources, readFile)
  const server = addressAt(cluster, 'server', ['https', 'http'])
  if ((cluster.body.server ?? '') === '') missing(cluster.scope, [...cluster.path, 'server'])
  addressAt(cluster, 'proxy-url', ['http', 'https', 'socks5', 'socks5h'])
  const whole = { ...cluster.body, ...take(cluster, 'certificate-authority') }
  const person = user && {
    ...user.body,
    ...take(user, 'client-certificate'),
    ...take(user, 'client-key'),
    ...tokenOf(user, sources, readFile),
    ...pluginOf(user, whole, sources),
  }
  return server && { name: `context ${context}`, server, cluster: whole, user: person ?? {} }
}

/** An address of these schemes; '' means none. */
function addressAt({ scope, body, path }: Entry, key: string, schemes: readonly string[]): URL | undefined {
  const text = readText(scope, body, key, path) ?? ''
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && schemes.includes(url.protocol.slice(0, -1))) return url
  const hint = `it begins with one of ${schemes.map(scheme => `${scheme}://`).join(', ')}`
  return fail(scope, 'bad-address', [...path, key], `${JSON.stringify(text)} is no address to connect to`, hint)
}

/** `KEY-data`, from itself or from the file that `KEY` names; never its content in a message. */
function pem(entry: Entry, key: string, sources: readonly Source[], readFile: ReadFile): Raw {
  const { scope, body, path } = entry
  const data = textAt(entry, `${key}-data`)
  const field = data === undefined ? key : `${key}-data`
  const bytes = data === undefined ? contentOf(entry, key, sources, readFile) : Buffer.from(data, 'base64')
  if (bytes === undefined) return {}
  if (bytes.includes('-----BEGIN ')) return { [`${key}-data`]: bytes.toString('base64'), [key]: undefined }
  const what = field === key ? `names ${JSON.stringify(body[key])}, which holds no PEM` : 'holds no PEM in base64'
  return fail(scope, 'bad-credentials', [...path, field], what) ?? {}
}

/** A token file counts more than a token beside it. */
function tokenOf(entry: Entry, sources: readonly Source[], readFile: ReadFile): Raw {
  const held = contentOf(entry, 'tokenFile', sources, readFile)?.toString('utf8').trim()
  const token = held ?? textAt(entry, 'token')
  if (token === undefined) return {}
  if (/^[\x21-\x7e]+$/.test(token)) return { token }
  const path = [...entry.path, held === undefined ? 'token' : 'tokenFile']
  return fail(entry.scope, 'bad-credentials', path, 'holds what is no token: blanks, or nothing') ?? {}
}

/** Values of `interactiveMode` with which a plugin works without a terminal. */
const QUIET_MODES = ['', 'Never', 'IfAvailable']

/**
 * A credential plugin is told what kubectl would tell it, and that it cannot ask for input
 * (client.authentication.k8s.io, ExecCredential).
 */
function pluginOf(user: Entry, cluster: Raw, sources: readonly Source[]): Raw {
  const { scope, path } = user
  const exec = user.body.exec as Raw | undefined | null
  if (typeof exec !== 'object' || exec === null) return {}
  const within = [...path, 'exec']
  const command = readText(scope, exec, 'command', within) ?? missing(scope, [...within, 'command'])
  const mode = readText(scope, exec, 'interactiveMode', within) ?? ''
  if (!QUIET_MODES.includes(mode)) {
    const message = `${quote(mode)} means that the plugin asks on a terminal, which balancing does not let it do`
    fail(scope, 'unknown-value', [...within, 'interactiveMode'], message, 'give Never or IfAvailable')
  }
  const spec = { interactive: false, ...(exec.provideClusterInfo === true ? { cluster } : {}) }
  const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: 'ExecCredential', spec })
  const env = [...(Array.isArray(exec.env) ? exec.env : []), { name: 'KUBERNETES_EXEC_INFO', value: info }]
  const isPath = command?.includes('/') === true
  return { exec: { ...exec, env, command: isPath ? besides(user, command, sources) : command } }
}

function contentOf(entry: Entry, key: string, sources: readonly Source[], readFile: ReadFile): Buffer | undefined {
  const name = textAt(entry, key)
  if (name === undefined) return undefined
  const content = readFile(besides(entry, name, sources))
  if (typeof content !== 'string') return content
  return fail(entry.scope, 'cannot-read', [...entry.path, key], `names ${JSON.stringify(name)}: ${content}`)
}

/** A text field of which no message shows the value; '' means none. */
function textAt({ scope, body, path }: Entry, key: string): string | undefined {
  const value = body[key] ?? ''
  if (typeof value !== 'string') return fail(scope, 'wrong-type', [...path, key], 'is not a text')
  return value === '' ? undefined : value
}

/** Names in a kubeconfig count from its folder. */
function besides({ scope }: Entry, name: string, sources: readonly Source[]): string {
  return resolve(dirname(sources[scope.origin.source]!.name), name)
}
