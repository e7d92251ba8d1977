// SPDX-License-Identifier: Apache-2.0
import type { Result } from '../../src/base/diagnostic.ts'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { type RenderResult, render } from '../../src/render/render.ts'
import { list } from './objects.ts'

/** Loads texts as if they were files a.yaml, b.yaml, … */
export function loadText(...texts: string[]): Result<Cluster> {
  return loadCluster(texts.map((text, i) => ({ name: `${'abc'[i]}.yaml`, bytes: Buffer.from(text) })))
}

/** What loading a text has to say, as it is printed. */
export function complaints(...texts: string[]): string {
  return printDiagnostics(loadText(...texts).diagnostics)
}

/** Renders objects; a mistake in loading them is the test's mistake. */
export function renderObjects(...objects: unknown[]): RenderResult {
  const { value, diagnostics } = loadText(JSON.stringify(list(...objects)))
  if (!value) throw new Error(printDiagnostics(diagnostics))
  return render(value)
}

/** `severity code` of each diagnostic. */
export function codes({ diagnostics }: Pick<RenderResult, 'diagnostics'>): string[] {
  return diagnostics.map(d => `${d.severity} ${d.code}`)
}
