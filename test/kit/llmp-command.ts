// The command `llmp` in this process, on a pipe or a terminal that is not there.

import { Readable } from 'node:stream';
import { runLlmp } from '../../services/cli/run.ts';
import type { Program } from '../../services/cli/world.ts';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether a person sits at a terminal of 100 columns. */
  readonly isTerminal?: boolean;
  /** What that person types, or the pipe holds. */
  readonly input?: string;
  readonly clock?: Clock;
}

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The program that took the command's place. */
  readonly ran: Program | undefined;
}

export async function llmpCommand(
  args: readonly string[],
  { env = {}, cwd = '/', isTerminal = false, input = '', clock = systemClock }: CommandOptions = {},
): Promise<CommandResult> {
  const texts = { out: '', err: '' };
  let ran: Program | undefined;
  const terminal = { isTTY: isTerminal, columns: isTerminal ? 100 : undefined };
  const code = await runLlmp(args, {
    env,
    cwd,
    stdin: Object.assign(Readable.from([Buffer.from(input)]), { isTTY: isTerminal }),
    stdout: { ...terminal, write: (text) => void (texts.out += text) },
    stderr: { ...terminal, write: (text) => void (texts.err += text) },
    clock,
    runProgram: (program) => {
      ran = program;
      return Promise.resolve(0);
    },
  });
  return { code, ...texts, ran };
}
