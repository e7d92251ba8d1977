// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'
import type { Access } from './access.ts'
import { messageIn } from './page.ts'
import type { Answer } from './request.ts'

/** Gives up: the API server cannot be asked, or does not answer what was asked. */
export function giveUp(code: string, message: string, hint?: string): Failure {
  return failure(EXIT.nodeNotReady, code, message, hint)
}

/** An answer that is none, after all tries. `doing`: `listing nodes`. */
export function refused({ server, user }: Access, doing: string, answer: Answer, tries: number): Failure {
  const { status, body } = answer
  const said = messageIn(body)
  if (status === 401) {
    const message = `${server.origin} does not accept these credentials (401): ${said}`
    return giveUp('api-unauthorized', message, expiry(user.token) ?? 'log in again, or choose another --context')
  }
  if (status === 403) {
    const hint =
      'manifests/rbac.yaml has a ClusterRole with what render needs, manifests/agent-rbac.yaml one for the agent, manifests/agent-exposure-rbac.yaml a Role for ConfigMaps'
    return giveUp('api-forbidden', `${doing} is not allowed (403): ${said}`, hint)
  }
  const again = tries > 1 ? `, ${tries} times` : ''
  return giveUp('api-error', `${doing} failed: ${server.origin} answered ${status}${again}: ${said}`)
}

/** A connection that was not made, or broke, after all tries. */
export function unreachable({ server }: Access, doing: string, error: Error, tries: number): Failure {
  const { code = '', message } = error as NodeJS.ErrnoException
  const again = tries > 1 ? `, ${tries} times` : ''
  if (isAboutCertificates(code)) {
    const hint = 'certificate-authority in the kubeconfig must be the one that signed the certificate of this server'
    return giveUp('api-certificate', `the certificate of ${server.origin} is not trusted: ${message} (${code})`, hint)
  }
  const why = REASONS[code] ?? message
  return giveUp('api-unreachable', `${doing} failed: ${server.origin} ${why}${code && ` (${code})`}${again}`)
}

/** Errors of a connection that may go away by themselves. */
export function isPassing({ code = '' }: NodeJS.ErrnoException): boolean {
  return PASSING.has(code)
}

const PASSING = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH EAI_AGAIN ERR_STREAM_PREMATURE_CLOSE Z_BUF_ERROR'.split(
    ' ',
  ),
)

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection: nothing listens there',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  ERR_STREAM_PREMATURE_CLOSE: 'broke the connection',
  Z_BUF_ERROR: 'broke the connection',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'cannot be reached: there is no way to it',
  ENETUNREACH: 'cannot be reached: there is no way to it',
  ENOTFOUND: 'cannot be found: there is no such host name',
  EAI_AGAIN: 'cannot be found: the name server does not answer',
  EPROTO: 'does not speak TLS',
}

/** The codes of OpenSSL's verification (X509_V_ERR_…) and of Node.js. */
function isAboutCertificates(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|CRL/.test(code)
}

/** When a bearer token that is a JWT ended, if it did: the server does not say that it is why. */
function expiry(token: unknown): string | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString('utf8'))
    if (exp * 1000 >= Date.now()) return undefined
    return `the token ended at ${new Date(exp * 1000).toISOString()}: get a new one`
  } catch {
    return undefined
  }
}
