// SPDX-License-Identifier: Apache-2.0
// Bundles the command into dist/: main.js, so that it starts fast, chunks with what is loaded only when it is needed, and
// NOTICE, which names the packages in them.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { noticeOf } from './notice.ts'

const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
  // The bundle names the files in it: the names are those below this folder, also when node_modules is a link.
  preserveSymlinks: true,
  // Some packages are CommonJS and ask for node's own modules by require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})

writeFileSync('dist/NOTICE', noticeOf(Object.keys(metafile.inputs)))

// Chunks are named by their content: those of earlier builds would stay for ever.
for (const name of readdirSync('dist')) {
  if (name.endsWith('.js') && !metafile.outputs[`dist/${name}`]) rmSync(`dist/${name}`)
}
