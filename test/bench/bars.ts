// What llmp may cost at most: CPU as multiples of `node-parse` in the same run, summed over processes, and
// milliseconds added to the first byte of a stream at p50.

import type { SettingName } from './candidates.ts';
import type { LoadName } from './loads.ts';

export type Bar = LoadName | 'first-byte';

export const BARS: Readonly<Record<SettingName, Readonly<Record<Bar, number>>>> = {
  llmp: {
    '1kb': 2.5,
    '20kb': 2.5,
    '200kb': 2,
    '1mb': 2,
    'growing-20kb': 1.8,
    'growing-1mb': 1.3,
    streams: 1.4,
    'first-byte': 1.5,
  },
  'llmp-full': {
    '1kb': 3.5,
    '20kb': 3.5,
    '200kb': 2.5,
    '1mb': 2.5,
    'growing-20kb': 2.2,
    'growing-1mb': 1.5,
    streams: 1.7,
    'first-byte': 2,
  },
  'llmp-nats-full': {
    '1kb': 8,
    '20kb': 7,
    '200kb': 4.5,
    '1mb': 4,
    'growing-20kb': 6,
    'growing-1mb': 3,
    streams: 2.5,
    'first-byte': 4,
  },
};

/** Memory of llmp in one process. */
export const PEAK_MB_MAX = 350;

/** `llmp` is to cost no more than these, at loads from 20 KB. */
export const NOT_DEARER_THAN = ['agentgateway-guarded', 'portkey-guarded'] as const;
export const COMPARED_LOADS: readonly LoadName[] = [
  '20kb',
  '200kb',
  '1mb',
  'growing-20kb',
  'growing-1mb',
];
