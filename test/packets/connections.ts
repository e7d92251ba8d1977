// SPDX-License-Identifier: Apache-2.0
import { tupleKey } from '../../src/datapath/packet/flows.ts'
import { isSameEndpoint, reverse, type Segment, type Tuple } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE, type PacketState } from '../../src/datapath/packet/state.ts'
import { answer, fromOutside, type Site, tupleOf } from './site.ts'

/**
 * How a client's packet fared: answered, ended in a way that the client or its connection notices, or dropped. `confused`:
 * it reached a connection that had the same source for the backend before all its records were evicted. Sequence numbers
 * keep the two apart.
 */
export type Fate = 'answered' | 'reset' | 'refused' | 'passed' | 'dropped' | 'confused'

/**
 * The ends of TCP connections and UDP flows: backends know the peers that opened a connection, as they see them, and reset
 * all else. Throws when a packet or an answer reaches an end that is of another flow.
 */
export class Connections {
  state: PacketState = NO_PACKET_STATE
  /** Which client's tuple a backend's connection belongs to, by the tuple that the backend sees. */
  readonly #owners = new Map<string, string>()
  /** The backend's view of each client's tuple, while it lives. */
  readonly live = new Map<string, { sent: Segment; got: Tuple }>()

  /** A client sends a packet. The backend answers at once. */
  send(site: Site, sent: Segment): Fate {
    const there = fromOutside(site, this.state, sent)
    this.state = there.state
    const owner = tupleKey(sent)
    if (there.end === 'delivered') return this.#meet(site, sent, tupleOf(there.packet))
    if (there.end === 'drop') return 'dropped'
    return this.#end(owner, there.end === 'refuse' ? 'refused' : 'passed')
  }

  #meet(site: Site, sent: Segment, got: Tuple): Fate {
    const owner = tupleKey(sent)
    const seen = tupleKey(got)
    const known = this.#owners.get(seen)
    if (sent.protocol === 'UDP' || known === owner || (sent.opens && known === undefined)) {
      this.#owners.set(seen, owner)
      this.live.set(owner, { sent, got })
      return this.#answer(site, sent, got) ? 'answered' : 'dropped'
    }
    if (known !== undefined && !sent.opens) return this.#confuse(sent, got, known)
    // A SYN in the middle of a connection makes the backend ask, and the client resets what it does not know.
    if (known !== undefined) this.live.delete(known)
    this.#owners.delete(seen)
    return this.#answer(site, sent, got) ? this.#end(owner, 'reset') : 'dropped'
  }

  /** A port of the node is given away when the record of its answers was evicted. Another client's own port never is. */
  #confuse(sent: Segment, got: Tuple, known: string): Fate {
    const other = this.live.get(known)?.sent
    const isOfNode = got.source.address !== sent.source.address
    if (!other || !(isOfNode || isSameEndpoint(other.source, sent.source)))
      throw new Error(`${tupleKey(sent)} reached the connection of ${known}`)
    return this.#end(tupleKey(sent), 'confused')
  }

  /** False: the answer is lost. */
  #answer(site: Site, sent: Segment, got: Tuple): boolean {
    const back = answer(site, this.state, got)
    this.state = back.state
    if (back.end !== 'delivered') return false
    const reached = tupleKey(reverse(tupleOf(back.packet)))
    if (reached !== tupleKey(sent) && this.live.has(reached))
      throw new Error(`${reached} got the answer to ${tupleKey(sent)}`)
    return reached === tupleKey(sent)
  }

  #end(owner: string, fate: Fate): Fate {
    const live = this.live.get(owner)
    if (live) this.#owners.delete(tupleKey(live.got))
    this.live.delete(owner)
    return fate
  }

  /** Evicts every record for which `picks` says so; it is asked for each in turn. */
  evict(picks: () => boolean): void {
    const { flows, affinity, fragments } = this.state
    const thinned = <V>(map: ReadonlyMap<string, V>) => new Map([...map].filter(() => !picks()))
    this.state = {
      flows: { arrivals: thinned(flows.arrivals), pairs: thinned(flows.pairs) },
      affinity: thinned(affinity),
      fragments: thinned(fragments),
    }
  }
}
