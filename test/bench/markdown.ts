// Markdown tables, and what a run of the bench depends on.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

/** The machine and revision that the numbers depend on. */
export function machineFacts(): string {
  const git = (...words: string[]) =>
    execFileSync('git', ['--no-optional-locks', ...words], { encoding: 'utf8' }).trim();
  // Changes that a run makes itself do not count.
  const written = ['test/bench/RESULTS.md', 'docs/performance.md'];
  const ours = [':(top)', ...written.map((path) => `:(top,exclude)${path}`)];
  const isClean = git('status', '--porcelain', '--untracked-files=no', '--', ...ours) === '';
  const [load = 0] = loadavg();
  return [
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`,
    `Node ${process.version}`,
    `commit ${git('rev-parse', '--short', 'HEAD')}${isClean ? '' : ' with changes'}`,
    `load average ${load.toFixed(1)}`,
  ].join(', ');
}

/** A Markdown table; all columns but the first are numbers. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(heads.map((_, at) => (at === 0 ? '---' : '--:')));
  return [line(heads), rule, ...rows.map(line)].join('\n');
}
