// Generates event streams as upstreams may write them, and cuts of their bytes as a network may make
// them. The expected events are known from generation, so no second parser is needed.

import * as fc from 'fast-check';

export interface EventText {
  /** The events, each with its final empty line. */
  readonly events: readonly string[];
  /** The name of each event; `message` if it has none. */
  readonly names: readonly string[];
}

type LineEnds = readonly string[];

/** Line ends by name; with several, each line uses a random one. */
export const LINE_ENDS: Readonly<Record<string, LineEnds>> = {
  LF: ['\n'],
  CRLF: ['\r\n'],
  CR: ['\r'],
  'LF and CRLF': ['\n', '\r\n'],
};

const value = fc.oneof(
  fc.constantFrom('', ' ', '{"type":"ping"}', 'x'.repeat(300), 'ünïcødé 😀', 'event: error', '::'),
  fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
);

const name = fc.oneof(
  fc.constantFrom('message_start', 'content_block_delta', 'message_delta', 'ping', 'error'),
  fc.stringMatching(/^[a-z_]{1,12}$/),
);

/** Any line except `event:`; its value never starts a new line. */
const otherLine = fc.oneof(
  { weight: 3, arbitrary: value.map((text) => `data: ${text}`) },
  value.map((text) => `data:${text}`),
  value.map((text) => `:${text}`),
  value.map((text) => `id: ${text}`),
  fc.constantFrom('data', 'retry: 10', 'from_the_future: 1', 'eventual: error', ' event: error'),
);

interface EventLines {
  readonly name: string;
  readonly lines: readonly string[];
}

const event: fc.Arbitrary<EventLines> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.array(otherLine, { maxLength: 2 }),
        name,
        fc.constantFrom('', ' '),
        fc.array(otherLine, { maxLength: 3 }),
      )
      .map(([before, named, space, after]) => ({
        name: named,
        lines: [...before, `event:${space}${named}`, ...after],
      })),
  },
  fc.array(otherLine, { minLength: 1, maxLength: 3 }).map((lines) => ({ name: 'message', lines })),
);

/** A stream of complete events whose lines end in `lineEnds`. */
export function eventText(lineEnds: LineEnds): fc.Arbitrary<EventText> {
  const ends = fc.infiniteStream(fc.constantFrom(...lineEnds));
  return fc.tuple(fc.array(event, { maxLength: 6 }), ends).map(([events, end]) => ({
    names: events.map((each) => each.name),
    events: events.map(({ lines }) =>
      [...lines, ''].map((line) => line + end.next().value).join(''),
    ),
  }));
}

/** Cuts `bytes` at the given places; chunks may be empty. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = places.map((place) => place % (bytes.byteLength + 1)).toSorted((a, b) => a - b);
  return [...borders, bytes.byteLength].map((end, at) => bytes.subarray(borders[at - 1] ?? 0, end));
}

/** Places to cut, modulo the length of the bytes. */
export const cutPlaces: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(), { maxLength: 12 });

/** Cuts after every byte. */
export function cutEverywhere(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}
