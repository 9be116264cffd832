// Memory and open descriptors of processes, from Linux's /proc.

import { readdirSync, readFileSync } from 'node:fs';
import type { Child } from './processes.ts';

export interface Memory {
  readonly residentMb: number;
  /** Peak so far. */
  readonly peakMb: number;
}

export function memoryOf({ pid }: Child): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}

/** Number of open files, sockets and the like. */
export function descriptorsOf({ pid }: Child): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
