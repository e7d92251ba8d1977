// SPDX-License-Identifier: Apache-2.0
/** What a piece of text means to its reader. Colours follow from it; the text says the same without them. */
export type Tone = 'bad' | 'warn' | 'good' | 'strong' | 'faint'

/** Gives a text the colour of its tone. */
export type Paint = (tone: Tone, text: string) => string

/** No colours: for files and pipes. */
export const plain: Paint = (_tone, text) => text

/** For terminals: SGR (ECMA-48), in the terminal's own sixteen colours. */
export const ansi: Paint = (tone, text) => `\x1b[${SGR[tone]}m${text}\x1b[0m`

const SGR: Readonly<Record<Tone, string>> = { bad: '1;31', warn: '1;33', good: '32', strong: '1', faint: '2' }
