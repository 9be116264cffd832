// The loads: each runs in a closed loop at a fixed concurrency (CPU), one request at a time (added latency)
// and, where sensible, at a low fixed rate (what users see).

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

/** Skipped in a quick run: slow, or similar to another load. */
export const SLOW: ReadonlySet<LoadName> = new Set(['10mb', 'conversation-first', 'streams-200']);

/** Which part of each request is new. */
export const LOAD_NOTES: Readonly<Record<LoadName, string>> = {
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
  /** Many at once: CPU, and everything about streams except the first byte. */
  readonly busy: Load;
  /** One at a time. */
  readonly alone: Load;
  /** At a fixed rate; absent for loads that need a complete core. */
  readonly steady?: Load;
}

export const isStream = (name: LoadName): boolean => name.startsWith('streams');

/** Concurrency of the closed loop. */
const CONCURRENCY = 8;
/** Connections; the maximum number of streams. */
export const CONNECTIONS = 200;

/** Delay between stream starts; all are open before the first ends. */
const RAMP_MS = 4;

/** Request counts: closed loop, alone, fixed rate; then the rate per second. */
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

/** @param share of the requests, below 1 for a quick run */
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
