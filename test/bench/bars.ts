// Performance targets of the design: CPU in ms per request over all processes, CPU in µs per stream event,
// and ms added to the first byte. They were set on another machine, so compare multiples of its floor.

import type { CandidateName } from './candidates.ts';
import type { LoadName } from './loads.ts';

export type Bar = LoadName | 'first-byte';

/** The `node-parse` floor when the targets were set. */
export const FLOOR_THEN: Readonly<Partial<Record<Bar, number>>> = {
  '1kb': 0.165,
  '20kb': 0.271,
  '200kb': 1.28,
  '1mb': 5.12,
  '1mb-seen': 5.12,
  'streams-50': 72,
  'streams-200': 72,
  'first-byte': 0.5,
};

export const BARS: Readonly<Partial<Record<CandidateName, Partial<Record<Bar, number>>>>> = {
  'llmp-full': {
    '1kb': 0.33,
    '20kb': 0.55,
    '200kb': 2.5,
    '1mb': 9,
    '1mb-seen': 7,
    'streams-50': 90,
    'streams-200': 90,
    'first-byte': 1.5,
  },
  'llmp-nats-full': {
    '1kb': 0.7,
    '20kb': 1,
    '200kb': 5,
    '1mb': 16,
    'streams-50': 150,
    'streams-200': 150,
    'first-byte': 4,
  },
};
