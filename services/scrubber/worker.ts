import type { Detection } from '../../shared/privacy/detection.ts';
import { createRecognizer } from '../../shared/privacy/recognizer.ts';
import type { ScrubberContext, Stage } from '../../shared/protocol/stage.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Config } from '../config/config.ts';
import { masterKeyOf } from './master-key.ts';
import { createScrubber } from './scrubber.ts';

export interface ScrubberWorkerOptions {
  readonly config: Pick<Config, 'scrubber' | 'dataDir' | 'limits'>;
  readonly detection: Detection;
  readonly clock: Clock;
}

/** @throws DependencyError when the master key cannot be kept in the data directory */
export function openScrubberWorker(options: ScrubberWorkerOptions): {
  stage: Stage<ScrubberContext>;
} {
  const { config, detection, clock } = options;
  const { recognizer } = detection.rules;
  const stage = createScrubber({
    ...detection,
    ...(recognizer ? { recognize: createRecognizer(recognizer, clock) } : {}),
    masterKey: masterKeyOf(config.scrubber.key, config.dataDir),
    clock,
    limits: config.limits,
  });
  return { stage };
}
