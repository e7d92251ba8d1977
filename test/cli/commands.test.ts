// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../kernel/balancing.ts'

/** The real command, from a folder that is not the checkout's: stdout, stderr and exit code. */
describe('balancing', () => {
  let folder: string
  let spec: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-cli-'))
    spec = join(folder, 'spec.yaml')
    expect((await run(['render', '--from', 'examples/shop.yaml', '--out', spec])).code).toBe(0)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  test('--help and --version answer on stdout', async () => {
    const help = await run(['--help'])
    expect([help.code, help.stderr]).toEqual([0, ''])
    for (const name of ['render', 'validate', 'compile', 'diff', 'apply', 'status', 'cleanup'])
      expect(help.stdout).toContain(name)
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await run(['apply', '--help'])).stdout).toContain('balancing apply spec.yaml --dry-run')
  })

  test('usage mistakes are exit 2, with a suggestion', async () => {
    const cases: [string[], RegExp][] = [
      [['rendr'], /error\[usage\] unknown command 'rendr'\n {2}hint: did you mean render\?\n$/],
      [['render', '--form', 'x'], /error\[usage\] unknown option '--form'\n {2}hint: did you mean --from\?\n$/],
      [['render', 'a.yaml'], /\n {2}hint: did you mean --from a\.yaml\?\n$/],
      [['compile', spec, 'n1'], /\n {2}hint: did you mean --node n1\?\n$/],
      [['compile', spec, '-n', 'n1'], /\n {2}hint: did you mean --node\?\n$/],
      [['diff', '--json', spec, spec], /\n {2}hint: did you mean --output json\?\n$/],
      [['fmt', '-w', spec], /\n {2}hint: did you mean --write\?\n$/],
      [['status', '--state', '/x'], /\n {2}hint: did you mean --state-dir\?\n$/],
      [['validate', '-n', spec], /\n {2}hint: balancing validate /],
      [['render', '--from', '-', '--context', 'a'], /'--context <name>' cannot be used with option '--from <path...>'/],
      [['validate'], /error\[bad-arguments\] no spec is given\n {2}hint: balancing validate SPEC/],
      [['compile', '-f', spec, '-o', 'xml'], /Allowed choices are json, text\n/],
      [['apply', '-f', spec, '--lock-timeout', 'soon'], /0 to 3600 seconds/],
      [['diff'], /error\[bad-arguments\] no spec is given/],
    ]
    for (const [args, message] of cases) {
      const { stdout, stderr, code } = await run(args)
      expect([stdout, code], args.join(' ')).toEqual(['', 2])
      expect(stderr).toMatch(message)
    }
  })

  test('render gives the same bytes from a file, stdin, a directory, YAML and JSON; the summary is on stderr', async () => {
    const yaml = await run(['render', '--from', 'examples/shop-rollout.yaml'])
    const json = await run(['render', '--from', '-'], { input: readFileSync('examples/shop-rollout.json', 'utf8') })
    mkdirSync(join(folder, 'export/deep'), { recursive: true })
    file('export/deep/all.yaml', readFileSync('examples/shop-rollout.yaml', 'utf8'))
    const directory = await run(['render', '--from', join(folder, 'export')])
    expect([yaml.code, json.code, directory.code]).toEqual([0, 0, 0])
    expect(json.stdout).toBe(yaml.stdout)
    expect(directory.stdout).toBe(yaml.stdout)
    expect(yaml.stdout).toMatch(/^# yaml-language-server: \$schema=/)
    expect(yaml.stderr).toContain(
      '18 services → 43 frontends, 75 backends   skipped 3: 1 headless, 1 ExternalName, 1 other proxy',
    )
    const asJson = await run(['render', '--from', 'examples/shop-rollout.yaml', '-o', 'json'])
    const read = await run(['compile', '-f', '-', '--node', 'node-b1', '-o', 'json'], { input: asJson.stdout })
    const fromYaml = await run(['compile', '-f', '-', '--node', 'node-b1', '-o', 'json'], { input: yaml.stdout })
    expect(read.stdout).toBe(fromYaml.stdout)
    expect(JSON.parse(read.stdout).frontends).toHaveLength(43)
  })

  test('render refuses bad and suspicious input with exit 3: stdout empty, the file unchanged', async () => {
    const out = file('kept.yaml', 'kept\n')
    const services =
      'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}\n'
    mkdirSync(join(folder, 'nothing'), { recursive: true })
    const cases: [string, RegExp][] = [
      [file('empty.yaml', ''), /empty/],
      [
        file('cut.json', readFileSync('examples/shop-rollout.json', 'utf8').slice(0, 50_000)),
        /cut\.json:\d+:\d+: error\[/,
      ],
      [file('services.yaml', services), /error\[no-endpoint-slices\]/],
      [file('other.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n'), /error\[no-objects\]/],
      [file('bad.yaml', services.replace('port: 80', 'port: a')), /bad\.yaml:4:45: error\[/],
      [join(folder, 'nothing'), /error\[no-files\] the directory .* holds no \.yaml, \.yml or \.json file/],
      [join(folder, 'missing.yaml'), /error\[cannot-read\] .*missing\.yaml cannot be read: there is no such file/],
    ]
    for (const [path, message] of cases) {
      const { stdout, stderr, code } = await run(['render', '--from', path, '--out', out])
      expect([stdout, code], path).toEqual(['', 3])
      expect(stderr).toMatch(message)
      expect(readFileSync(out, 'utf8')).toBe('kept\n')
    }
    const forced = await run(['render', '--from', join(folder, 'services.yaml'), '--force'])
    expect(forced.code).toBe(0)
    expect(forced.stderr).toContain('warning[no-endpoint-slices]')
  })

  test('validate answers, or says all mistakes with their places', async () => {
    const good = await run(['validate', '-f', spec])
    expect(good.stdout).toMatch(/spec\.yaml is valid: 18 Services, 3 nodes, revision [0-9a-f]{12}\n$/)
    const text = readFileSync(spec, 'utf8')
      .replace('affinitySeconds: 600', 'afinitySeconds: 600')
      .replace('10.244.1.16 node-a1', '10.244.1.316 node-a1')
    const bad = await run(['validate', '-f', file('bad-spec.yaml', text)])
    expect([bad.stdout, bad.code]).toEqual(['', 3])
    expect(bad.stderr).toMatch(/bad-spec\.yaml:\d+:5: error\[unknown-field\] .*afinitySeconds/)
    expect(bad.stderr).toMatch(/hint: did you mean "?affinitySeconds"?/)
    expect(bad.stderr).toMatch(/bad-spec\.yaml:\d+:7: error\[/)
  })

  test('compile and diff take the node from --node, then $NODE_NAME', async () => {
    const named = await run(['compile', '-f', spec], { env: { NODE_NAME: 'node-c1' } })
    expect(named.stdout).toBe((await run(['compile', '-f', spec, '--node', 'node-c1'])).stdout)
    const unknown = await run(['compile', '-f', spec, '--node', 'node-c'])
    expect([unknown.code, unknown.stdout]).toEqual([3, ''])
    expect(unknown.stderr).toContain('did you mean --node node-c1?')
    const same = await run(['diff', spec, spec, '--node', 'node-a1'])
    expect([same.code, same.stdout]).toEqual([0, 'no changes\n'])
    const rollout = join(folder, 'rollout.yaml')
    await run(['render', '--from', 'examples/shop-rollout.yaml', '--out', rollout])
    const changed = await run(['diff', spec, rollout, '--node', 'node-a1'])
    expect(changed.code).toBe(1)
    expect(changed.stdout).toContain('4 to change · 22 map writes')
  })

  test('a reader that goes away leaves the exit code as it is', () => {
    const sh = (script: string) => spawnSync('bash', ['-c', `set -o pipefail; ${script}`], { encoding: 'utf8' })
    const head = sh(`bin/balancing compile -f "${spec}" --node node-a1 | head -1`)
    expect([head.stdout.split('\n').length, head.stderr, head.status]).toEqual([2, '', 0])
    writeFileSync(join(folder, 'wrong.yaml'), 'kind: Nothing\n')
    // Its diagnostics go into a closed pipe.
    expect(sh(`bin/balancing validate -f "${join(folder, 'wrong.yaml')}" 2> >(exec true)`).status).toBe(3)
    expect(
      sh(`bin/balancing diff "${spec}" "${join(folder, 'rollout.yaml')}" --node node-a1 > >(exec true)`).status,
    ).toBe(1)
  })

  test('--out follows links, writes into devices, and says when there is no room', async () => {
    const target = file('target.yaml', 'old\n')
    symlinkSync(target, join(folder, 'link.yaml'))
    const to = (path: string) => run(['render', '--from', 'examples/shop.yaml', '--out', path])
    expect((await to(join(folder, 'link.yaml'))).code).toBe(0)
    expect(readFileSync(target, 'utf8')).toBe(readFileSync(spec, 'utf8'))
    expect((await to('/dev/null')).code).toBe(0)
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
    const full = await to('/dev/full')
    expect([full.code, full.stdout]).toEqual([3, ''])
    expect(full.stderr).toContain('error[cannot-write] /dev/full cannot be written: no space is left')
    expect((await to(join(folder, 'no/folder.yaml'))).stderr).toContain('there is no such file')
  })
})
