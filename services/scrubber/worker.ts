import { availableParallelism } from 'node:os';
import type { Detection } from '../../shared/privacy/detection.ts';
import { createRecognizer } from '../../shared/privacy/recognizer.ts';
import type { ScrubberContext, Stage } from '../../shared/protocol/stage.ts';
import type { FactTable } from '../../shared/runtime/fact-table.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { processKernel } from '../../shared/scan/process-kernel.ts';
import type { Config } from '../config/config.ts';
import { masterKeyOf } from './master-key.ts';
import { createScrubber, type Offload } from './scrubber.ts';
import type { ScrubPool, ScrubPoolOptions } from './threads/scrub-pool.ts';

export interface ScrubberWorkerOptions {
  readonly config: Pick<Config, 'scrubber' | 'dataDir' | 'limits'>;
  readonly detection: Detection;
  readonly facts?: FactTable;
  readonly clock: Clock;
}

/** @throws DependencyError when the master key cannot be kept in the data directory */
export function openScrubberWorker(options: ScrubberWorkerOptions): {
  readonly stage: Stage<ScrubberContext>;
  readonly close: () => Promise<void>;
} {
  const { config, detection, facts, clock } = options;
  const { limits } = config;
  const { recognizer } = detection.rules;
  const masterKey = masterKeyOf(config.scrubber.key, config.dataDir);
  const hashKey = processKernel().key;
  const data = { rules: config.scrubber.rules, masterKey, hashKey, limits };
  const threadsMax = config.scrubber.threads ?? Math.max(1, availableParallelism() - 1);
  const pool = lazyPool({ threadsMax, data, clock, limits });
  const stage = createScrubber({
    ...detection,
    ...(recognizer ? { recognize: createRecognizer(recognizer, clock) } : {}),
    ...(facts ? { facts } : {}),
    masterKey,
    clock,
    limits,
    offload:
      threadsMax > 0 ? { charsMax: limits.scrubThreads.newCharsMax, run: pool.run } : undefined,
  });
  return { stage, close: pool.close };
}

/** A pool that is loaded by its first request: most processes never need it. */
function lazyPool(options: ScrubPoolOptions) {
  let opened: Promise<ScrubPool> | undefined;
  const open = async () => new (await import('./threads/scrub-pool.ts')).ScrubPool(options);
  const run: Offload = async (...request) => await (await (opened ??= open())).scrub(...request);
  return { run, close: async () => await (await opened)?.[Symbol.asyncDispose]() };
}
