// What was measured on the way, printed at the end of the run.

import { afterAll } from 'vitest';

const figures: string[] = [];

export function note(what: string, figure: string): void {
  figures.push(`${what.padEnd(46)} ${figure}`);
}

afterAll(() => void process.stdout.write(`\n${figures.join('\n')}\n`));
