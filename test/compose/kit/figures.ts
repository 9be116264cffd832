import { afterAll } from 'vitest';

const figures: string[] = [];

/** Adds a line to the table that is printed at the end of the run. */
export function note(what: string, figure: string): void {
  figures.push(`${what.padEnd(46)} ${figure}`);
}

afterAll(() => void process.stdout.write(`\n${figures.join('\n')}\n`));
