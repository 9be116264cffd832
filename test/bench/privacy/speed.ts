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
import { finished } from '../../../shared/runtime/finished.ts';
import { ProcessKernel } from '../../../shared/scan/process-kernel.ts';

const BLOCK_LENGTH = 8_000;
const BOUNDS = { ...limits.json, candidatesMax: 1_000_000 };
/** CPU time of each measurement, and before it until the code is compiled. */
const SECONDS = 1;
const WARM_UP_SECONDS = 2;

export interface Speed {
  readonly kind: string;
  readonly megabytes: number;
  readonly coldPerSecond: number;
  readonly cachedPerSecond: number;
}

/** Megabytes per CPU second, by kind of text. */
export async function measureSpeed(scanner: Scanner): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const [kind, text] of textsByKind()) {
    speeds.push({ kind, ...(await speedOf(scanner, text)) });
  }
  return speeds;
}

export async function speedOf(
  scanner: Scanner,
  text: string,
  { blockLength = BLOCK_LENGTH, seconds = SECONDS, warmUpSeconds = WARM_UP_SECONDS } = {},
): Promise<Omit<Speed, 'kind'>> {
  const body = JSON.stringify(text.match(new RegExp(`[^]{1,${blockLength}}`, 'g')));
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
  const perSecond = async (work: () => Promise<void>) =>
    megabytes / ((await repeatedMs(seconds, work)) / 1_000);
  await repeatedMs(warmUpSeconds, () => read(new TextFinder(options)));
  const coldPerSecond = await perSecond(() => read(new TextFinder(options)));
  const finder = new TextFinder(options);
  // As in a request: the kernel reads the body, and the finder asks what is known of each text.
  const kernel =
    scanner.kernel instanceof ProcessKernel
      ? scanner.kernel
      : new ProcessKernel(scanner.kernel.program);
  const bytes = Buffer.from(body);
  const readBody = async () => {
    const scanned = finished(kernel.scan(bytes, BOUNDS));
    for (const [index, { start, end }] of nodes.entries()) {
      finished(finder.findSteps(new TextValue(body.slice(start, end), scanned, index), undefined));
    }
  };
  const cachedPerSecond = await perSecond(readBody);
  return { megabytes, coldPerSecond, cachedPerSecond };
}

/** CPU milliseconds of one round, on average over as many as take that long. */
async function repeatedMs(seconds: number, work: () => Promise<void>): Promise<number> {
  let [rounds, spentMs] = [0, 0];
  for (; spentMs < seconds * 1_000; rounds += 1) spentMs += await cpuMs(1, work);
  return spentMs / rounds;
}

function nodesOf(body: string): JsonString[] {
  const root = scanJson(body, { depthMax: 2, valuesMax: limits.json.valuesMax });
  if (root.kind !== 'array') throw new TypeError('the blocks are an array');
  return root.items.filter((item) => item.kind === 'string');
}
