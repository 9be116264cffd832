// A pool of scrub threads with the rules and the key of a test, and the scrubber that it replaces.

import { createScrubber, type ScrubberOptions } from '../../services/scrubber/scrubber.ts';
import { ScrubPool } from '../../services/scrubber/threads/scrub-pool.ts';
import { limits, type ScrubThreadLimits } from '../../shared/limits.ts';
import { buildDetection } from '../../shared/privacy/detection.ts';
import type { RequestMessage } from '../../shared/protocol/messages.ts';
import type { Outcome, ScrubberContext } from '../../shared/protocol/stage.ts';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';
import { confirm } from './permits.ts';

const MASTER_KEY = Buffer.alloc(32, 7);
const HASH_KEY = Buffer.alloc(16, 7);

export interface PoolOptions {
  readonly threadsMax?: number;
  readonly rules?: string | null;
  readonly clock?: Clock;
  readonly bounds?: Partial<ScrubThreadLimits>;
}

export function scrubPool({
  threadsMax = 1,
  rules = null,
  clock = systemClock,
  bounds = {},
}: PoolOptions = {}): ScrubPool {
  const scrubThreads = { ...limits.scrubThreads, ...bounds };
  const data = { rules, masterKey: MASTER_KEY, hashKey: HASH_KEY, limits };
  return new ScrubPool({ threadsMax, data, clock, limits: { ...limits, scrubThreads } });
}

/** The scrubber of this thread, with the same rules and key. */
export function scrubberHere(
  rules: string | null = null,
  options: Partial<ScrubberOptions> = {},
): ReturnType<typeof createScrubber> {
  const detection = buildDetection(rules);
  return createScrubber({
    ...detection,
    masterKey: MASTER_KEY,
    clock: systemClock,
    limits,
    ...options,
  });
}

type Scrub = (message: RequestMessage, context: ScrubberContext) => Promise<Outcome> | Outcome;

/** Everything that a stage hands on: body, envelope, vault or error. */
export async function effectOf(scrub: Scrub, message: RequestMessage): Promise<object> {
  const vault: string[] = [];
  const sendVault = (part: Uint8Array) => void vault.push(Buffer.from(part).toString());
  const { signal } = new AbortController();
  try {
    const outcome = await scrub(message, { signal, confirm, sendVault });
    if (outcome.kind === 'refuse') return { refused: errorFacts(outcome.error), vault };
    if (outcome.kind === 'respond') throw new TypeError('a scrubber does not respond');
    const body = outcome.body ?? (await editedBody(message, outcome));
    const { bytes } = await body.read(signal);
    const isSame = body === message.body;
    return { body: Buffer.from(bytes).toString(), isSame, envelope: outcome.envelope, vault };
  } catch (thrown) {
    return { thrown: errorFacts(thrown), vault };
  }
}

async function editedBody({ body }: RequestMessage, { edits }: Extract<Outcome, { kind: 'pass' }>) {
  if (!edits || edits.length === 0) return body;
  return (await body.read(new AbortController().signal)).edit(edits);
}

function errorFacts(error: unknown) {
  const { name, message, code } = error as Error & { code?: string };
  return { name, message, code };
}
