import type { Detection } from '../../shared/privacy/detection.ts';
import type { PreviewScrub } from '../../shared/privacy/preview.ts';
import { createRecognizer } from '../../shared/privacy/recognizer.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Config } from '../config/config.ts';
import { masterKeyOf } from './master-key.ts';
import { createScrubPreview } from './preview.ts';

export interface ScrubPreviewOptions {
  readonly config: Pick<Config, 'scrubber' | 'dataDir' | 'limits'>;
  readonly detection: Detection;
  readonly clock: Clock;
  /** In place of the configured one, where placeholders are not shown. */
  readonly masterKey?: Uint8Array | undefined;
}

/** @throws DependencyError when the master key cannot be kept in the data directory */
export function openScrubPreview(options: ScrubPreviewOptions): PreviewScrub {
  const { config, detection, clock, masterKey } = options;
  const { recognizer } = detection.rules;
  return createScrubPreview({
    ...detection,
    ...(recognizer ? { recognize: createRecognizer(recognizer, clock) } : {}),
    masterKey: masterKey ?? masterKeyOf(config.scrubber.key, config.dataDir),
    clock,
    limits: config.limits,
  });
}
