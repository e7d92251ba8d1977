// Bundles the command into dist/: main.js, so that it starts fast, and chunks with what is loaded only when it is needed.
import { readdirSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

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
  // Some packages are CommonJS and ask for node's own modules by require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})

// Chunks are named by their content: those of earlier builds would stay for ever.
for (const name of readdirSync('dist')) {
  if (name.endsWith('.js') && !metafile.outputs[`dist/${name}`]) rmSync(`dist/${name}`)
}
