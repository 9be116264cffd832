// Leak check: `npm run bench -- soak`. llmp with everything on serves a mixed load that pauses regularly
// to sample memory and descriptors; in the second half they must not trend upwards. Bounded caches are
// filled first.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'undici';
import { limits } from '../../../shared/limits.ts';
import { chatBodies } from '../bodies.ts';
import { startCandidate, type Candidate } from '../candidates.ts';
import { connectTo } from '../load.ts';
import { descriptorsOf, memoryOf } from '../memory.ts';
import { startServer, type Child } from '../processes.ts';
import { machineFacts, table } from '../markdown.ts';
import { Crowd, type Counts } from './mix.ts';
import { growthOf, medianOf } from './trend.ts';

const CLIENTS = 12;
/** Time between samples. */
const SAMPLE_MS = 4_000;
/** Time after the last response for closing disconnected clients' connections. */
const QUIET_MS = 300;
/** Rows of the printed table. */
const ROWS = 12;
/** Texts just long enough to be cached. All have findings, which take more memory than clean texts. */
const FILL = { bytes: 600_000, textLengthMax: 300, personalEvery: 1 };

interface Sample {
  readonly seconds: number;
  readonly residentMb: number;
  /** After a full garbage collection. */
  readonly heapMb: number;
  readonly descriptors: number;
}

const QUANTITIES = {
  residentMb: { title: 'RSS, MB', share: 0.03, least: 12 },
  heapMb: { title: 'heap after collection, MB', share: 0.02, least: 2 },
  descriptors: { title: 'descriptors', share: 0, least: 8 },
} as const satisfies Record<string, Quantity>;

/** Allowed growth in the second half: a share of the median, or `least` if that is more. */
interface Quantity {
  readonly title: string;
  readonly share: number;
  readonly least: number;
}

export interface SoakResult {
  readonly text: string;
  readonly hasGrown: boolean;
}

export async function runSoak(seconds: number): Promise<SoakResult> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'llmp-soak-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'heap.json');
  const probe = new URL(`probe.ts?file=${encodeURIComponent(file)}`, import.meta.url);
  const flags = ['--expose-gc', `--import=${probe.href}`];
  const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
  const llmp = await startCandidate(stack, 'llmp-full', upstream.url, { flags });
  const [child] = llmp.processes;
  if (!child) throw new Error('llmp has no process');
  const pool = connectTo(llmp, CLIENTS);
  stack.defer(() => pool.destroy());

  const filledWith = await fillCaches(pool, llmp);
  const startMs = performance.now();
  const elapsed = () => (performance.now() - startMs) / 1_000;
  const samples: Sample[] = [];
  const crowd = stack.use(new Crowd(pool, llmp, CLIENTS));
  while (elapsed() < seconds) {
    await pause(SAMPLE_MS);
    samples.push(
      await crowd.whileQuiet(async () => {
        await pause(QUIET_MS);
        return takeSample(child, file, elapsed());
      }),
    );
  }
  return summarized({ samples, counts: crowd.counts, seconds: elapsed(), filledWith });
}

/** More texts than the gateway remembers: each takes at least these bytes. */
const FACTS_MAX = (limits.scan.factBytesMax / 90) * 1.1;

/** Fills all caches keyed by text; returns the number of texts. */
async function fillCaches(pool: Pool, { headers }: Candidate): Promise<number> {
  const bodies = chatBodies(FILL.bytes, FILL);
  const texts = bodies.fresh().toString().split('"type":"text"').length - 1;
  let sent = 0;
  for (; sent < FACTS_MAX; sent += texts) {
    const response = await pool.request({
      path: '/v1/messages',
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: bodies.fresh(),
    });
    await response.body.dump();
    if (response.statusCode !== 200) throw new Error(`the first requests: ${response.statusCode}`);
  }
  return sent;
}

async function takeSample(child: Child, file: string, seconds: number): Promise<Sample> {
  rmSync(file, { force: true });
  process.kill(child.pid, 'SIGUSR2');
  const heap = await readWhenWritten(file);
  return {
    seconds,
    residentMb: memoryOf(child).residentMb,
    heapMb: (heap.heapUsed + heap.external) / 2 ** 20,
    descriptors: descriptorsOf(child),
  };
}

async function readWhenWritten(file: string): Promise<{ heapUsed: number; external: number }> {
  for (let tries = 0; tries < 400; tries += 1) {
    await pause(25);
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as { heapUsed: number; external: number };
    } catch {
      // Not written yet.
    }
  }
  throw new Error('llmp did not report its heap');
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Run {
  readonly samples: readonly Sample[];
  readonly counts: Counts;
  readonly seconds: number;
  readonly filledWith: number;
}

function summarized({ samples, counts, seconds, filledWith }: Run): SoakResult {
  const half = samples.filter((one) => one.seconds >= seconds / 2);
  const requests = counts.values().reduce((sum, count) => sum + count, 0);
  const results = Object.entries(QUANTITIES).map(([name, { title, share, least }]) => {
    const values = half.map((one) => ({
      seconds: one.seconds,
      value: one[name as keyof typeof QUANTITIES],
    }));
    const median = medianOf(values.map(({ value }) => value));
    const growth = growthOf(values);
    const tolerance = Math.max(least, median * share);
    return { title, median, growth, tolerance, isStable: growth <= tolerance };
  });
  const hasGrown = results.some(({ isStable }) => !isStable);
  const number = (value: number) => value.toFixed(1);
  const parts = [
    `${machineFacts()}, ${requests} requests of ${CLIENTS} clients in ${seconds.toFixed(0)} s after ${filledWith} texts`,
    table(
      ['second half', 'median', 'growth', 'tolerated', ''],
      results.map(({ title, median, growth, tolerance, isStable }) => [
        title,
        number(median),
        number(growth),
        number(tolerance),
        isStable ? 'stable' : 'grows',
      ]),
    ),
    table(
      ['seconds', ...Object.values(QUANTITIES).map(({ title }) => title)],
      thinned(samples).map((one) => [
        one.seconds.toFixed(0),
        number(one.residentMb),
        number(one.heapMb),
        String(one.descriptors),
      ]),
    ),
    `Requests: ${Array.from(counts, ([name, count]) => `${name} ${count}`).join(', ')}.`,
  ];
  return { text: parts.join('\n\n'), hasGrown };
}

function thinned(samples: readonly Sample[]): Sample[] {
  const every = Math.max(1, Math.ceil(samples.length / ROWS));
  return samples.filter((_, at) => at % every === every - 1);
}
