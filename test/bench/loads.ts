// What is sent, and how much of it: each load in a closed loop at a fixed concurrency (CPU), one
// request at a time (what a gateway adds when nothing waits), and where it makes sense at a fixed rate
// far below what anyone here can serve (what its users would see).

import { chatBodies, SIZES, type Bodies } from './bodies.ts';
import { CONVERSATION_PATH, conversationBodies } from './conversation.ts';
import type { Load } from './load.ts';

export const LOADS = [
  '1kb',
  '20kb',
  '200kb',
  '1mb',
  '10mb',
  '1mb-seen',
  'conversation',
  'conversation-first',
  'streams-50',
  'streams-200',
] as const;
export type LoadName = (typeof LOADS)[number];

/** What a quick look leaves out: it takes seconds for each request, or shows what another shows. */
export const SLOW: ReadonlySet<LoadName> = new Set(['10mb', 'conversation-first', 'streams-200']);

/** What of a load's requests was sent before. */
export const NEWS: Readonly<Record<LoadName, string>> = {
  '1kb': 'every text is new',
  '20kb': 'every text is new',
  '200kb': 'every text is new',
  '1mb': 'every text is new',
  '10mb': 'every text is new',
  '1mb-seen': 'the last of 237 texts is new',
  conversation: 'turn 100 is new, the 99 before it were seen',
  'conversation-first': 'every message is new, system and tools were seen',
  'streams-50': 'an event every 10 ms in each',
  'streams-200': 'an event every 20 ms in each',
};

export interface Plan {
  /** Many at once: CPU, and for streams all that is measured of them but the first byte. */
  readonly busy: Load;
  /** One at a time. */
  readonly alone: Load;
  /** At a fixed rate; not for what takes a whole core by itself. */
  readonly steady?: Load;
}

export const isStream = (name: LoadName): boolean => name.startsWith('streams');

/** Requests at once in the closed loop. */
const CONCURRENCY = 8;
/** Connections, as many as there are streams at most. */
export const CONNECTIONS = 200;

/** Between the beginnings of streams; all are open when the first ends. */
const RAMP_MS = 4;

/** Requests: in the closed loop, alone, at the fixed rate; and its requests per second. */
const COUNTS = {
  '1kb': [1_000, 100, 240, 80],
  '20kb': [600, 60, 120, 40],
  '200kb': [120, 25, 24, 8],
  '1mb': [24, 8, 8, 2],
  '10mb': [3, 1, 0, 0],
  '1mb-seen': [40, 10, 9, 3],
  conversation: [48, 12, 9, 3],
  'conversation-first': [24, 8, 0, 0],
} as const;

/** The plans by name; `share` of the requests, for a look that is quick. */
export function plansOf(names: readonly LoadName[], share: number): Map<LoadName, Plan> {
  const part = (count: number) => Math.ceil(count * share);
  return new Map(
    names.map((name): [LoadName, Plan] => {
      if (name === 'streams-50' || name === 'streams-200') return [name, streamPlan(name, part)];
      const bodies = bodiesBy(name);
      const isSeen = name === '1mb-seen' || name === 'conversation';
      const body = isSeen ? bodies.nextTurn : bodies.fresh;
      const path = name.startsWith('conversation') ? CONVERSATION_PATH : '/v1/messages';
      const [busy, alone, steady, perSecond] = COUNTS[name];
      const plan: Plan = {
        busy: { body, path, requests: part(busy), concurrency: CONCURRENCY },
        alone: { body, path, requests: part(alone), concurrency: 1 },
      };
      if (steady === 0) return [name, plan];
      return [name, { ...plan, steady: { body, path, requests: part(steady), perSecond } }];
    }),
  );
}

function streamPlan(name: 'streams-50' | 'streams-200', part: (count: number) => number): Plan {
  const [streams, deltas, gapMs] = name === 'streams-50' ? [50, 100, 10] : [200, 100, 20];
  const body = chatBodies(SIZES['1kb'], { stream: true }).fresh;
  const path = '/v1/messages';
  const stream = { deltas: Math.max(25, part(deltas)), gapMs };
  return {
    busy: { body, path, requests: streams, concurrency: streams, rampMs: RAMP_MS, stream },
    alone: { body, path, requests: part(50), concurrency: 1, stream: { deltas: 0, gapMs: 1 } },
  };
}

function bodiesBy(name: Exclude<LoadName, `streams-${string}`>): Bodies {
  if (name === 'conversation' || name === 'conversation-first') return conversationBodies();
  return chatBodies(SIZES[name === '1mb-seen' ? '1mb' : name]);
}
