// Scanning speed, cold and cached, in CPU time because wall time is shared. Uses the scrubber's own finder
// and dependency files in conversation-sized blocks.

import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import { TextFinder } from '../../../shared/privacy/text-finder.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import { scanJson, type JsonString } from '../../../shared/json/parse.ts';
import { limits } from '../../../shared/limits.ts';
import { cpuMs, textsByKind } from '../texts.ts';
import { TextValue } from '../../../shared/json/text-value.ts';

const BLOCK_LENGTH = 8_000;
const WARM_UPS = 8;
const ROUNDS = 4;
const CACHED_ROUNDS = 20;

export interface Speed {
  readonly kind: string;
  readonly megabytes: number;
  readonly coldPerSecond: number;
  readonly cachedPerSecond: number;
}

/** Megabytes per CPU second, by kind of text. */
export async function measureSpeed(scanner: Scanner): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const [kind, text] of textsByKind()) speeds.push(await speedOf(scanner, kind, text));
  return speeds;
}

async function speedOf(scanner: Scanner, kind: string, text: string): Promise<Speed> {
  const body = JSON.stringify(text.match(new RegExp(`.{1,${BLOCK_LENGTH}}`, 'gs')));
  const nodes = nodesOf(body);
  const megabytes = Buffer.byteLength(text) / 1e6;
  const options = { scanner, limits: limits.scan };
  const read = async (finder: TextFinder) => {
    const timeSlice = new TimeSlice(
      systemClock,
      limits.eventLoop.timeSliceMs,
      new AbortController().signal,
    );
    for (const { start, end } of nodes) {
      await finder.find(new TextValue(body.slice(start, end)), timeSlice);
    }
  };
  for (let round = 0; round < WARM_UPS; round += 1) await read(new TextFinder(options));
  const coldMs = await cpuMs(ROUNDS, () => read(new TextFinder(options)));
  const finder = new TextFinder(options);
  await read(finder);
  const cachedMs = await cpuMs(CACHED_ROUNDS, () => read(finder));
  return {
    kind,
    megabytes,
    coldPerSecond: megabytes / (coldMs / 1_000),
    cachedPerSecond: megabytes / (cachedMs / 1_000),
  };
}

function nodesOf(body: string): JsonString[] {
  const root = scanJson(body, { depthMax: 2, valuesMax: limits.json.valuesMax });
  if (root.kind !== 'array') throw new TypeError('the blocks are an array');
  return root.items.filter((item) => item.kind === 'string');
}
