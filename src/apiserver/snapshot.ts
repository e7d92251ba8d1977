// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import type { Source } from '../cluster/source.ts'
import type { Access } from './access.ts'
import { type Kind, type ListPage, openApi } from './api.ts'
import type { Page } from './page.ts'
import { giveUp } from './problems.ts'

const NODES: Kind = { name: 'nodes', list: 'NodeList', path: '/api/v1/nodes' }
const SERVICES: Kind = { name: 'services', list: 'ServiceList', path: '/api/v1/services' }
const SLICES: Kind = {
  name: 'endpointslices',
  list: 'EndpointSliceList',
  path: '/apis/discovery.k8s.io/v1/endpointslices',
}
const KINDS = [NODES, SERVICES, SLICES]

/** Objects a page, as kubectl asks for. */
const PAGE = '500'
/** How often a moment is chosen anew because the server forgot it before all was read. */
const MOMENTS = 3

/** A cluster as it was at one moment. */
interface Snapshot {
  /** The resourceVersion of that moment, which is after the call. */
  version: string
  sources: Source[]
}

/**
 * Lists all that counts as it was at one and the same resourceVersion, or fails: see "Live" in ARCHITECTURE.md. Takes `seconds`
 * at most.
 */
export async function takeSnapshot(access: Access, seconds: number): Promise<Snapshot> {
  const list = await openApi(access, seconds)
  for (let tried = 0; tried < MOMENTS; tried++) {
    const version = await presentVersion(list)
    const sources = await listAll(list, version, access.server.origin)
    if (sources) return { version, sources }
  }
  throw giveUp(
    'api-expired',
    `${access.server.origin} forgot what it was listing before all was read, ${MOMENTS} times`,
  )
}

/**
 * The version of this moment. That the kinds count in one history is no promise of the API, so it is looked at: versions read
 * one after the other never fall, and those of two histories would have to meet within milliseconds.
 */
async function presentVersion(list: ListPage): Promise<string> {
  const first = await eachAllowed(KINDS, kind => newest(list, kind))
  const after = [await newest(list, NODES), await newest(list, SERVICES)]
  const versions = [...first, ...after]
  if (versions.every(version => /^[1-9]\d*$/.test(version)) && isRising(versions.map(BigInt))) return first.at(-1)!
  const message = `nodes, services and endpointslices have no resourceVersion in common (${versions.join(', ')})`
  const hint = 'export them and render the export: balancing render --from export.yaml'
  throw giveUp('no-common-version', message, hint)
}

function isRising(versions: readonly bigint[]): boolean {
  return versions.every((version, i) => i === 0 || versions[i - 1]! <= version)
}

async function newest(list: ListPage, kind: Kind): Promise<string> {
  const page = await list(kind, { limit: '1' })
  return page?.version ?? ''
}

/** Asks for every kind before it complains of those that are not allowed. */
async function eachAllowed(kinds: readonly Kind[], ask: (kind: Kind) => Promise<string>): Promise<string[]> {
  const answers: string[] = []
  const refusals: Diagnostic[] = []
  for (const kind of kinds) {
    try {
      answers.push(await ask(kind))
    } catch (error) {
      if (!(error instanceof Failure) || error.diagnostics[0]?.code !== 'api-forbidden') throw error
      refusals.push(...error.diagnostics)
    }
  }
  if (refusals.length > 0) throw new Failure(EXIT.nodeNotReady, refusals)
  return answers
}

/** All pages of all kinds at a version; undefined when the server has forgotten it. */
async function listAll(list: ListPage, version: string, server: string): Promise<Source[] | undefined> {
  const sources: Source[] = []
  for (const kind of KINDS) {
    let page: Page | undefined
    let query: Record<string, string> = { limit: PAGE, resourceVersion: version, resourceVersionMatch: 'Exact' }
    do {
      page = await list(kind, query)
      if (!page) return undefined
      if (page.version !== version) {
        throw giveUp(
          'api-answer',
          `${server} was asked for version ${version} of ${kind.name} and gave ${page.version}`,
        )
      }
      sources.push({ name: `${kind.name} of ${server}`, bytes: page.bytes, isRemote: true })
      query = { limit: PAGE, continue: page.next }
    } while (page.next !== '')
  }
  return sources
}
