import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Invocation, OptionSpec } from './command-spec.ts';
import { UsageError } from './usage-error.ts';

export const YES_OPTION: OptionSpec = {
  flags: '-y, --yes',
  description: 'do not ask for confirmation',
};

/**
 * Asks on the terminal, unless `--yes` is given.
 * @param facts what is lost, before the question
 * @returns whether to go on
 */
export async function confirm(
  { options, world, out }: Pick<Invocation, 'options' | 'world' | 'out'>,
  question: string,
  facts: readonly string[] = [],
): Promise<boolean> {
  for (const fact of facts) out.note(fact);
  if (options.has('yes')) return true;
  const { stdin, stderr } = world;
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError('--yes is required where nobody can be asked, as this deletes something');
  }
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      stderr.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input: stdin, output });
  try {
    // The end of the input, such as Ctrl-D, answers nothing.
    const ended = new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''));
    });
    const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    out.note('Nothing was changed.');
    return false;
  } finally {
    lines.close();
  }
}
