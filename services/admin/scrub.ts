// Previews scrubbing for operators. Nothing of the text is stored or logged.

import * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';
import type { Store } from '../../shared/store/store.ts';
import type { PreviewScrub, ScrubPreview } from '../../shared/privacy/preview.ts';
import { tenantOf } from './find-key.ts';
import { checkKey } from './known-names.ts';
import { reader } from './read-input.ts';
import { withStoreErrors } from './store-errors.ts';

export const scrubInput = z.strictObject({
  /** A request as JSON text, or any other text. */
  text: z.string(),
  /** Id or name of the key whose rules and placeholders apply. */
  key: z.string().default(''),
});

export interface ScrubService {
  /** Throws `invalid_request` for an invalid input or an unknown key, `no_workers` where no scrubber is. */
  preview(input: unknown, signal: AbortSignal): Promise<ScrubPreview>;
}

const readInput = reader(scrubInput);

/** @param ports `previewScrub` is absent in a process without a scrubber, which has neither its rules nor its key */
export function createScrubService({
  previewScrub: preview,
  configuredKeys,
  ...ports
}: {
  readonly previewScrub?: PreviewScrub | undefined;
  readonly store: Pick<Store, 'listKeys' | 'keyById'>;
  readonly configuredKeys: readonly string[];
}): ScrubService {
  const store = withStoreErrors(ports.store);
  return {
    async preview(input, signal) {
      const { text, key } = readInput(input);
      if (!preview) {
        throw new LlmpError('no_workers', 'This process hosts no scrubber, so it has no rules.');
      }
      if (key === '') return await preview(text, '', signal);
      await checkKey(store, configuredKeys, key);
      return await preview(text, await tenantOf(store, key), signal);
    },
  };
}
