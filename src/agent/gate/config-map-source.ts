// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic, Result } from '../../base/diagnostic.ts'
import type { Raw } from '../../cluster/reader.ts'
import type { Spec } from '../../spec/spec.ts'
import { fieldsOf, type Log } from '../log.ts'
import type { Status } from '../status.ts'
import { ConfigMapFiles } from './config-map-files.ts'

const KIND = 'configmaps'
/** ConfigMaps that are synced together arrive one by one. */
const SETTLE_MS = 50
/** How long they may contradict each other, in milliseconds: Argo CD waits two seconds between waves of a sync. */
const PATIENCE_MS = 10_000

/** What a source of ConfigMaps needs. */
interface Means {
  /** Which ConfigMaps count: `in namespace exposure with the label …`. */
  where: string
  offer: (exposure: Result<Spec>) => void
  status: Status
  log: Log
}

/**
 * Offers the exposure in ConfigMaps as a watch tells of them. One that is not whole is offered, with its mistakes, when it stays so for ten
 * seconds; at the start at once.
 */
export class ConfigMapSource {
  readonly #means: Means
  readonly #files = new ConfigMapFiles()
  #isListed = false
  /** Whether anything was offered. */
  #isHeard = false
  #settling: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined

  constructor(means: Means) {
    this.#means = means
  }

  listing(): void {}

  put(_kind: string, key: string, object: Raw): void {
    this.#files.put(key, object)
    this.#lookSoon()
  }

  remove(_kind: string, key: string): void {
    this.#files.remove(key)
    this.#lookSoon()
  }

  /** ConfigMaps that are gone make the exposure incomplete, so that the last good one stays. */
  missing(): 'remove' {
    return 'remove'
  }

  listed(): void {
    this.#isListed = true
    this.#look()
  }

  connected(_kind: string, server: string): void {
    this.#means.status.connected(KIND, server)
  }

  lost(_kind: string, problem: Diagnostic, pause: number): void {
    const { status, log } = this.#means
    status.lost(KIND, problem.code, problem.message)
    log('warning', problem.message, { kind: KIND, ...fieldsOf(problem), pause: Math.round(pause) })
    // The last good exposure counts meanwhile.
    if (!this.#isHeard) this.#offer({ value: undefined, diagnostics: [problem] })
  }

  skipped(_kind: string, { code, message }: Diagnostic): void {
    this.#means.log('warning', message, { kind: KIND, code })
  }

  #lookSoon(): void {
    this.#settling ??= setTimeout(() => this.#look(), SETTLE_MS).unref()
  }

  #look(): void {
    clearTimeout(this.#settling)
    this.#settling = undefined
    if (!this.#isListed) return
    const result = this.#files.read(this.#means.where)
    if (result.value || !this.#isHeard) this.#offer(result)
    else this.#patience ??= setTimeout(() => this.#offer(this.#files.read(this.#means.where)), PATIENCE_MS).unref()
  }

  #offer(exposure: Result<Spec>): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
    this.#isHeard = true
    this.#means.offer(exposure)
  }
}
