// SPDX-License-Identifier: Apache-2.0

/** What a reader of `kubectl get events` is to know. Notes of the same cause are equal: they have no counts. */
export interface ClusterEvent {
  /** One word, as `DriftRepaired`. */
  reason: string
  /** What the agent did, or tried to do. */
  action: string
  note: string
  about: Subject
}

type Subject = { kind: 'Node'; name: string } | { kind: 'Service'; namespace: string; name: string }

/** How often an event happened, and when it did so last. */
export interface Series {
  count: number
  lastObservedTime: string
}

/** The API takes no more. */
const LONGEST_NOTE = 1024

/** The Event of events.k8s.io/v1 that says so. `id` makes its name; `node` is where the agent runs; `now` in milliseconds since 1970. */
export function eventObject(
  { reason, action, note, about }: ClusterEvent,
  id: string,
  node: string,
  now: number,
): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${about.name}.${id}`, namespace: namespaceOf(about) },
    eventTime: microTime(now),
    reportingController: 'balancing.elf.io/agent',
    reportingInstance: `balancing-${node}`.slice(0, 128),
    action,
    reason,
    // kubectl describe node looks for the name where others have a uid.
    regarding: { apiVersion: 'v1', ...about, ...(about.kind === 'Node' && { uid: about.name }) },
    note: note.slice(0, LONGEST_NOTE),
    type: 'Warning',
  }
}

/** Where the API has the Events about a subject. */
export function eventsPath(about: Subject): string {
  return `/apis/events.k8s.io/v1/namespaces/${namespaceOf(about)}/events`
}

/** The API has nanoseconds of the clock where JavaScript has milliseconds. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z')
}

/** Events about what has no namespace are in this one. */
function namespaceOf(about: Subject): string {
  return about.kind === 'Service' ? about.namespace : 'default'
}
