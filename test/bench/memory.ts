// What processes hold: memory and open descriptors, as Linux tells them under /proc.

import { readdirSync, readFileSync } from 'node:fs';
import type { Child } from './processes.ts';

export interface Memory {
  readonly residentMb: number;
  /** The most it has ever been. */
  readonly peakMb: number;
}

export function memoryOf({ pid }: Child): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}

/** Files, sockets and the like that are open. */
export function descriptorsOf({ pid }: Child): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
