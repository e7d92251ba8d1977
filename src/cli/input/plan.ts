// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { Failure } from '../../base/failure.ts'
import { plain } from '../../base/paint.ts'
import { isEmpty } from '../../node/changeset.ts'
import type { PlannedApply } from '../../node/plan-apply.ts'
import type { PlanFile } from '../../plan/plan-file.ts'
import { isPlanText, parsePlan, printPlan } from '../../plan/plan-text.ts'
import { printChangeset } from '../output/changeset-text.ts'
import { writeWhole } from './files.ts'
import type { SpecInput } from './spec-input.ts'

/** The plan in what was read; undefined when it is something else, a spec most likely. */
export function planIn(input: SpecInput): PlanFile | undefined {
  if (!('bytes' in input) || !isPlanText(input.bytes.toString('utf8', 0, 200))) return undefined
  const { value, diagnostics } = parsePlan(input.bytes.toString('utf8'), input.name)
  if (!value) throw new Failure(EXIT.invalidInput, diagnostics)
  return value
}

/** Writes a plan to a file, to be reviewed and applied as it is. */
export function writePlan(path: string, plan: PlanFile): void {
  writeWhole(path, printPlan(plan))
}

/** What an apply does, as lines of the plan's summary. */
export function summaryOf({ changeset, names }: PlannedApply): string[] {
  return isEmpty(changeset) ? ['no changes'] : printChangeset(changeset, names, plain).trimEnd().split('\n')
}
