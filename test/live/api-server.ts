// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Certificates, makeCertificates } from './certificates.ts'

const FOLDER = new URL('../../build/apiserver/', import.meta.url).pathname
export const APISERVER = join(FOLDER, 'kube-apiserver')
export const ETCD = join(FOLDER, 'etcd')

/** A real kube-apiserver with an etcd of its own, on loopback, in a folder that goes with it. */
export interface ApiServer {
  url: string
  folder: string
  certificates: Certificates
  /** A request as an administrator; fails loudly on anything but 2xx. */
  request<T = unknown>(method: string, path: string, body?: object): Promise<T>
  /** A token of a service account of kube-system that can be used now. */
  token(account: string): Promise<string>
  /** The same token, ended an hour ago. */
  ended(token: string): string
  /** Writes an object into etcd, as a restore does: nothing validates it. `key`: below /registry/. */
  restore(key: string, object: object): Promise<void>
  /** Forgets all versions before the present one, as the API server has etcd do every five minutes. */
  compact(): Promise<void>
  /** Sends a signal to kube-apiserver. */
  signal(name: NodeJS.Signals): void
  /** Starts kube-apiserver again after it was killed, at the same port, and waits until it answers. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const ISSUER = 'https://kubernetes.default.svc'
/** How long a busy machine may take to start it. */
const PATIENCE = 120_000

export async function startApiServer(...flags: string[]): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-live-'))
  const children: ChildProcess[] = []
  const certificates = makeCertificates(folder)
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  })
  writeFileSync(join(folder, 'accounts.pub'), publicKey)
  writeFileSync(join(folder, 'accounts.key'), privateKey)
  const [port, client, peer] = [await freePort(), await freePort(), await freePort()]
  const agent = new https.Agent({
    ca: certificates.authority.certificate,
    cert: certificates.admin.certificate,
    key: certificates.admin.key,
    keepAlive: true,
  })
  const url = `https://127.0.0.1:${port}`
  const etcd = `http://127.0.0.1:${client}`

  const start = (name: string, path: string, args: string[]) => {
    const log = createWriteStream(join(folder, `${name}.log`))
    // It ends with this process, also when that is killed.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
    children.push(child)
    return child
  }
  const stop = async () => {
    agent.destroy()
    await Promise.all(children.map(end))
    rmSync(folder, { recursive: true, force: true })
  }
  const request = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const sent = https.request(url + path, { method, agent, headers: { 'content-type': type } }, resolve)
      sent.on('error', reject).end(body && JSON.stringify(body))
    })
    const answer = (await json(response)) as T
    if (response.statusCode! >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }

  start('etcd', ETCD, [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
    ...['--listen-client-urls', etcd, '--advertise-client-urls', etcd],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
  ])
  const startServer = () =>
    start('kube-apiserver', APISERVER, [
      ...[
        `--etcd-servers=${etcd}`,
        `--secure-port=${port}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=10.0.0.1',
      ],
      ...[`--tls-cert-file=${folder}/server.crt`, `--tls-private-key-file=${folder}/server.key`],
      ...[`--client-ca-file=${folder}/authority.crt`, '--authorization-mode=RBAC', '--endpoint-reconciler-type=none'],
      ...[`--service-account-issuer=${ISSUER}`, `--service-account-key-file=${folder}/accounts.pub`],
      ...[
        `--service-account-signing-key-file=${folder}/accounts.key`,
        '--service-cluster-ip-range=10.96.0.0/16,fd00:96::/108',
      ],
      ...flags,
    ])
  let server = startServer()
  const ready = async () => (await request<{ items: unknown[] }>('GET', '/api/v1/services?limit=1')).items.length > 0
  const patience = Date.now() + PATIENCE
  while (!(await ready().catch(() => false))) {
    if (Date.now() > patience || children.some(child => child.exitCode !== null)) {
      const log = readFileSync(join(folder, 'kube-apiserver.log'), 'utf8').slice(-2000)
      await stop()
      throw new Error(`the API server did not start: ${log}`)
    }
    await sleep(100)
  }

  return {
    url,
    folder,
    certificates,
    request,
    stop,
    signal: name => void server.kill(name),
    async restart() {
      await end(server)
      server = startServer()
      while (!(await ready().catch(() => false))) await sleep(100)
    },
    async token(account) {
      const path = `/api/v1/namespaces/kube-system/serviceaccounts/${account}/token`
      const wanted = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
      return (await request<{ status: { token: string } }>('POST', path, wanted)).status.token
    },
    async restore(key, object) {
      const base64 = (text: string) => Buffer.from(text).toString('base64')
      // An object without a uid counts as not there when it is edited.
      const stored = { ...object, metadata: { ...(object as { metadata: object }).metadata, uid: randomUUID() } }
      const body = { key: base64(`/registry/${key}`), value: base64(JSON.stringify(stored)) }
      const response = await fetch(`${etcd}/v3/kv/put`, { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw new Error(await response.text())
    },
    ended: token => endedEarlier(token, privateKey),
    async compact() {
      const ask = (path: string, body: object) => fetch(etcd + path, { method: 'POST', body: JSON.stringify(body) })
      const { header } = (await (await ask('/v3/kv/range', { key: 'AA==' })).json()) as { header: { revision: string } }
      await ask('/v3/kv/compaction', { revision: header.revision, physical: true })
    },
  }
}

/** A token signed anew, with all its times two hours earlier. */
function endedEarlier(token: string, key: string): string {
  const [head, body] = token.split('.')
  const claims = JSON.parse(Buffer.from(body!, 'base64url').toString())
  for (const time of ['iat', 'nbf', 'exp']) claims[time] -= 7200
  const text = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.on('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}
