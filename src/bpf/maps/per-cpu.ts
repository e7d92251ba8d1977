// SPDX-License-Identifier: Apache-2.0

/**
 * The value of each processor, as bytes, in what `bpftool -j map lookup` says of a key:
 * `{"key":…,"values":[{"cpu":0,"value":["0x01",…]},…]}`. Undefined when it says something else.
 */
export function perCpuValues(answer: unknown): string[] | undefined {
  const values = (answer as { values?: { value: string[] }[] } | null | undefined)?.values
  return values?.map(({ value }) => String.fromCharCode(...value.map(Number)))
}
