// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM texts. */
export interface Pair {
  certificate: string
  key: string
}

/** An authority, what the API server shows, and what an administrator shows; made in `folder`, by openssl. */
export interface Certificates {
  authority: Pair
  server: Pair
  admin: Pair
}

export function makeCertificates(folder: string): Certificates {
  const authority = request(folder, 'authority', '/CN=test authority', ['-x509', '-days', '2'])
  return {
    authority,
    server: sign(folder, 'server', '/CN=kube-apiserver', 'subjectAltName=IP:127.0.0.1,DNS:kubernetes.default.svc'),
    admin: sign(folder, 'admin', '/O=system:masters/CN=admin', 'extendedKeyUsage=clientAuth'),
  }
}

function sign(folder: string, name: string, subject: string, extension: string): Pair {
  const { key, certificate } = request(folder, name, subject, [])
  writeFileSync(join(folder, `${name}.csr`), certificate)
  writeFileSync(join(folder, `${name}.ext`), extension)
  const paths = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.crt`]
  const by = ['-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '2']
  openssl(folder, ['x509', '-req', ...paths, ...by])
  return { key, certificate: read(folder, `${name}.crt`) }
}

function request(folder: string, name: string, subject: string, more: string[]): Pair {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`]
  openssl(folder, ['req', ...key, '-subj', subject, '-out', `${name}.crt`, ...more])
  return { key: read(folder, `${name}.key`), certificate: read(folder, `${name}.crt`) }
}

function openssl(folder: string, args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}
