// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import type { Source } from '../cluster/source.ts'
import { type Access, accessOf } from './access.ts'
import { readKubeconfig } from './kubeconfig.ts'

/** Where Kubernetes puts what a pod needs to ask the API server. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Whom to ask, and as whom: the kubeconfig given, else those of $KUBECONFIG, else ~/.kube/config, else the service account of
 * this pod. What is wrong with them is invalid input.
 */
export function findAccess(kubeconfig: string | undefined, context: string | undefined): Access {
  const sources = kubeconfigs(kubeconfig)
  if (sources.length === 0) return inCluster(context)
  const { value, diagnostics } = readKubeconfig(sources, context, choice => accessOf(choice, sources, readFile))
  if (value === undefined) throw new Failure(EXIT.invalidInput, diagnostics)
  return value
}

function kubeconfigs(given: string | undefined): Source[] {
  if (given !== undefined) return [source(given)]
  const listed = (process.env.KUBECONFIG ?? '').split(delimiter).filter(name => name !== '')
  const names = listed.length > 0 ? listed : [join(homedir(), '.kube/config')]
  // As for kubectl: one of several may be missing.
  const there = names.filter(name => existsSync(name))
  if (listed.length > 0 && there.length === 0) return [source(listed[0]!)]
  return there.map(source)
}

function source(name: string): Source {
  const bytes = readFile(name)
  if (typeof bytes !== 'string') return { name, bytes }
  throw failure(EXIT.invalidInput, 'cannot-read', `the kubeconfig ${name} cannot be read: ${bytes}`)
}

function inCluster(context: string | undefined): Access {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = process.env
  if (host === '' || context !== undefined) {
    const hint = 'give --kubeconfig, or render an export: balancing render --from export.yaml'
    const message = 'there is no kubeconfig: no --kubeconfig, no $KUBECONFIG, no ~/.kube/config'
    throw failure(EXIT.invalidInput, 'no-kubeconfig', host === '' ? `${message}, and this is no pod` : message, hint)
  }
  const read = (name: string): Buffer => source(join(SERVICE_ACCOUNT, name)).bytes as Buffer
  const server = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  return {
    name: 'the service account of this pod',
    server,
    cluster: { server: server.href, 'certificate-authority-data': read('ca.crt').toString('base64') },
    user: { token: read('token').toString('utf8').trim() },
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
}

function readFile(path: string): Buffer | string {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return REASONS[code ?? ''] ?? message
  }
}
