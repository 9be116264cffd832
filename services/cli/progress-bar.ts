// How far documents are, for whoever looks at a terminal; a pipe gets nothing of it.

import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  begin(total: number): void;
  /** Documents that are done; those in between count in part. */
  at(done: number, what: string): void;
  end(): void;
}

export function createProgressBar(): Progress {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} | {what}',
      stream: process.stderr,
      hideCursor: true,
      noTTYOutput: false,
    },
    Presets.shades_classic,
  );
  return {
    begin: (total) => bar.start(total, 0, { what: '' }),
    at: (done, what) => bar.update(Math.floor(done * 10) / 10, { what }),
    end: () => bar.stop(),
  };
}
