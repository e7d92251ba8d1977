// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { complete } from '../../src/cli/completion/complete.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { describeWith } from './needs.ts'

const BIN = new URL('../../bin', import.meta.url).pathname
const NAMES = { services: ['kube-system/dns', 'shop/cart'], nodes: ['node-a1', 'node-b1'] }

describe('complete', () => {
  /** The candidates, and `files` or `directories` when the shell is to say. */
  const at = (line: string, program = makeProgram()) => {
    const { candidates, files } = complete(program, line.split(' '), {
      namesIn: path => {
        expect(path).toBe('spec.yaml')
        return NAMES
      },
      savedNames: ({ stateDir }) => ({ services: [`saved/${stateDir}`], nodes: ['node-s1'] }),
      revisions: ({ stateDir }) => [{ value: `7d2f-${stateDir}`, about: '' }],
    })
    const values = candidates.map(({ value }) => value)
    return files ? [...values, files === 'any' ? 'files' : files] : values
  }

  test('commands, flags, and the values that a flag may have', () => {
    expect(at('')).toContain('apply')
    expect(at('')).not.toContain('__complete')
    expect(at('val')).toEqual(['validate'])
    expect(at('validate --st')).toEqual(['--strict'])
    expect(at('validate --log-f')).toEqual(['--log-format'])
    expect(at('validate --log-format ')).toEqual(['text', 'json'])
    expect(at('validate -o j')).toEqual(['json', 'junit'])
    expect(at('validate --output=j')).toEqual(['--output=json', '--output=junit'])
    expect(at('--log-format json val')).toEqual(['validate'])
    expect(at('completion ')).toEqual(['bash', 'zsh', 'fish'])
    expect(at('schema ')).toEqual([])
    expect(at('nothing ')).toEqual(at(''))
  })

  test('files and directories, where one is meant', () => {
    expect(at('validate -f ')).toEqual(['files'])
    expect(at('validate --file=sp')).toEqual(['files'])
    expect(at('apply --pin-dir ')).toEqual(['directories'])
    expect(at('diff old.yaml ')).toEqual(['files'])
    expect(at('diff old.yaml new.yaml ')).toEqual([])
    expect(at('fmt a.yaml b.yaml ')).toEqual(['files'])
    expect(at('render --from a.yaml --out ')).toEqual(['files'])
  })

  test('nodes of the spec that is named; without one, nothing', () => {
    expect(at('compile -f spec.yaml --node ')).toEqual(NAMES.nodes)
    expect(at('compile --file=spec.yaml --node=node-a')).toEqual(['--node=node-a1'])
    expect(at('diff old.yaml spec.yaml --node node-b')).toEqual(['node-b1'])
    expect(at('compile --node ')).toEqual([])
    expect(at('compile -f - --node ')).toEqual([])
    expect(at('explain -f spec.yaml ')).toEqual([...NAMES.services, ...NAMES.nodes])
    expect(at('explain shop/cart -f spec.yaml --without node-')).toEqual(NAMES.nodes)
  })

  test('what was put in place, where a command goes without a spec', () => {
    expect(at('explain ')).toEqual(['saved/undefined', 'node-s1'])
    expect(at('explain --state-dir there saved/')).toEqual(['saved/there'])
    expect(at('explain -f - ')).toEqual([])
    expect(at('explain -f spec.yaml shop/cart --from ')).toEqual([...NAMES.nodes, 'external'])
    expect(at('apply --node ')).toEqual(['node-s1'])
    expect(at('rollback --to ')).toEqual(['7d2f-undefined'])
    expect(at('rollback --state-dir there --to=7')).toEqual(['--to=7d2f-there'])
  })

  test('Services, where a command asks for what there is', () => {
    const program = new Command('balancing')
    program
      .command('tell')
      .option('-f, --file <spec>')
      .addOption(new Option('--of <service>'))
      .addArgument(new Argument('<what>'))
    expect(at('tell -f spec.yaml ', program)).toEqual([...NAMES.services, ...NAMES.nodes])
    expect(at('tell -f spec.yaml shop/', program)).toEqual(['shop/cart'])
    expect(at('tell -f spec.yaml --of k', program)).toEqual(['kube-system/dns'])
  })
})

describe('in a shell', () => {
  let folder: string
  let env: NodeJS.ProcessEnv
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-completion-'))
    mkdirSync(join(folder, 'specs'))
    const spec = spawnSync(join(BIN, 'balancing'), ['render', '--from', 'examples/shop.yaml'], { encoding: 'utf8' })
    writeFileSync(join(folder, 'the spec.yaml'), 'unreadable')
    writeFileSync(join(folder, 'shop.yaml'), spec.stdout)
    env = {
      PATH: `${BIN}:${process.env.PATH}`,
      HOME: folder,
      TERM: 'dumb',
      BALANCING_DEVICE: 'none',
      LC_ALL: 'C.UTF-8',
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Types lines at an interactive shell on a terminal, the next one when the last has ended; what it printed. */
  async function type(shell: string, lines: readonly string[]): Promise<string> {
    const child = spawn('script', ['-qec', shell, '/dev/null'], { cwd: folder, env })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text
    })
    const ended = new Promise(resolve => child.on('close', resolve))
    try {
      for (const [i, line] of lines.entries()) {
        // The quotes keep what is typed from looking like what is printed.
        child.stdin.write(`${line}; echo do""ne-${i}\n`)
        await expect.poll(() => output, { timeout: 30_000 }).toContain(`done-${i}`)
      }
      child.stdin.end('exit\n')
      await ended
    } finally {
      child.kill('SIGHUP')
    }
    return output
  }

  const LINES = [
    'balancing compi\t-f sh\t --nod\tnode-b\t > compiled.txt && head -1 compiled.txt',
    'balancing val\t -f shop.yaml --output=js\t | grep passed',
    'balancing validate -f the\t',
  ]
  /** What the lines do once they are completed. */
  const check = (output: string) => {
    expect(output).toMatch(/"passed": true/)
    expect(output).toMatch(/\n10\.96\.0\.1:443\/TCP/)
    expect(output).toContain('the spec.yaml:1:1')
  }

  describeWith('script', 'bash', () => {
    test('TAB completes commands, flags, files and nodes', async () => {
      const setUp = ['source <(balancing completion bash)']
      check(await type('bash --norc --noprofile -i', [...setUp, ...LINES]))
    })
  })

  describeWith('zsh', 'zsh', () => {
    test('TAB completes commands, flags, files and nodes', async () => {
      const setUp = ['autoload -Uz compinit; compinit -u -D; source <(balancing completion zsh)']
      check(await type('zsh -f -i', [...setUp, ...LINES]))
    })
    test('the script is a completion function too, from a folder of fpath', async () => {
      const setUp = [
        'balancing completion zsh > specs/_balancing; fpath=($PWD/specs $fpath)',
        'autoload -Uz compinit; compinit -u -D',
      ]
      check(await type('zsh -f -i', [...setUp, ...LINES]))
    })
  })

  describeWith('fish', 'fish', () => {
    test('the shell offers commands, flags, files and nodes', () => {
      const offered = (line: string) => {
        const script = `balancing completion fish | source; complete -C ${JSON.stringify(line)}`
        const { stdout, stderr } = spawnSync('fish', ['-c', script], { cwd: folder, env, encoding: 'utf8' })
        expect(stderr).toBe('')
        return stdout.trim().split('\n')
      }
      expect(offered('balancing val')).toEqual([
        'validate\tcheck a spec, or an exposure, and report everything that is wrong with it',
      ])
      expect(offered('balancing validate --str')).toEqual(['--strict\tfail also on warnings'])
      expect(offered('balancing validate -o j')).toEqual(['json', 'junit'])
      expect(offered('balancing validate -f sho')).toEqual(['shop.yaml'])
      expect(offered('balancing validate --file=sho')).toEqual(['--file=shop.yaml'])
      expect(offered('balancing apply --pin-dir spe')[0]).toMatch(/^specs\//)
      expect(offered('balancing compile -f shop.yaml --node node-b')).toEqual(['node-b1\tnode'])
      expect(offered('balancing compile -f the\\ spec.yaml --node ')).toEqual([''])
    })
  })
})
