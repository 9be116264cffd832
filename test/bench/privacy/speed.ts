// Scanning speed, cold and cached, in CPU time because wall time is shared. Uses the scrubber's own finder
// and dependency files in conversation-sized blocks.

import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import { TextFinder } from '../../../services/scrubber/text-finder.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import { scanJson, type JsonString } from '../../../shared/json/parse.ts';
import { limits } from '../../../shared/limits.ts';
import { cpuMs, textsByKind } from '../texts.ts';
import { TextValue } from '../../../shared/json/string-value.ts';

const BLOCK_UNITS = 8_000;
const WARM_UPS = 8;
const ROUNDS = 4;
const REMEMBERED_ROUNDS = 20;

export interface Speed {
  readonly kind: string;
  readonly megabytes: number;
  readonly firstSightPerSecond: number;
  readonly rememberedPerSecond: number;
}

/** Megabytes per CPU second, by kind of text. */
export async function measureSpeed(scanner: Scanner): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const [kind, text] of textsByKind()) speeds.push(await speedOf(scanner, kind, text));
  return speeds;
}

async function speedOf(scanner: Scanner, kind: string, text: string): Promise<Speed> {
  const body = JSON.stringify(text.match(new RegExp(`.{1,${BLOCK_UNITS}}`, 'gs')));
  const spans = spansOf(body);
  const megabytes = Buffer.byteLength(text) / 1e6;
  const options = { scanner, limits };
  const read = async (finder: TextFinder) => {
    const timeSlice = new TimeSlice(systemClock, limits.timeSliceMs, new AbortController().signal);
    for (const { start, end } of spans) {
      await finder.find(new TextValue(body.slice(start, end)), timeSlice);
    }
  };
  for (let round = 0; round < WARM_UPS; round += 1) await read(new TextFinder(options));
  const firstMs = await cpuMs(ROUNDS, () => read(new TextFinder(options)));
  const finder = new TextFinder(options);
  await read(finder);
  const rememberedMs = await cpuMs(REMEMBERED_ROUNDS, () => read(finder));
  return {
    kind,
    megabytes,
    firstSightPerSecond: megabytes / (firstMs / 1_000),
    rememberedPerSecond: megabytes / (rememberedMs / 1_000),
  };
}

function spansOf(body: string): JsonString[] {
  const root = scanJson(body, { depthMax: 2, valuesMax: limits.jsonValuesMax });
  if (root.kind !== 'array') throw new TypeError('the blocks are an array');
  return root.items.filter((item) => item.kind === 'string');
}
