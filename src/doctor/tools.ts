import { Bpftool } from '../bpf/bpftool.ts'
import { tryDestroying } from '../bpf/try-destroying.ts'
import { runChild } from '../host/child.ts'
import { hashOfPrograms } from '../node/shipped-programs.ts'
import { type Check, fail, ok, warn } from './finding.ts'

export const bpftool: Check = {
  name: 'bpftool',
  about: 'bpftool is there, and new enough',
  async look() {
    return ok(`bpftool ${await new Bpftool().requireVersion()}`)
  },
}

export const programs: Check = {
  name: 'programs',
  about: 'the compiled programs that this build ships',
  look({ object }) {
    return ok(`programs ${hashOfPrograms(object).slice(0, 12)}`)
  },
}

export const flock: Check = {
  name: 'flock',
  about: 'flock, by which one apply waits for another',
  async look() {
    const { failure } = await runChild('flock', ['--version'])
    return failure === undefined ? ok('flock is there') : fail(failure, 'install util-linux')
  },
}

export const udpSockets: Check = {
  name: 'udp-destroyed',
  about: 'nsenter and ss are there and the kernel lets them end sockets',
  needs: ['permission'],
  async look() {
    const reason = await tryDestroying()
    if (reason === undefined) return ok('connected UDP sockets can be ended when their backend goes')
    const found = `connected UDP sockets will not hear that their backend is gone: ${reason}`
    return warn(
      found,
      'install iproute2 and util-linux; the kernel needs CONFIG_INET_DIAG_DESTROY and CONFIG_INET_UDP_DIAG',
    )
  },
}
