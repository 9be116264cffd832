// A progress bar on the terminal; nothing is written to a pipe.

import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  begin(total: number): void;
  /** `done` may be a fraction. */
  at(done: number, label: string): void;
  end(): void;
}

export function createProgressBar(): Progress {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} | {label}',
      stream: process.stderr,
      hideCursor: true,
      noTTYOutput: false,
    },
    Presets.shades_classic,
  );
  return {
    begin: (total) => bar.start(total, 0, { label: '' }),
    at: (done, label) => bar.update(Math.floor(done * 10) / 10, { label }),
    end: () => bar.stop(),
  };
}
