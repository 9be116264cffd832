// What a command sees of its process, so that tests can run it in theirs.

import type { Readable } from 'node:stream';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Environment } from '../config/injected.ts';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Environment;
}

export interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** Runs a program on this terminal until it ends. @returns its exit code */
  readonly runProgram: (program: Program) => Promise<number>;
}
