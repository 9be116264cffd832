// Previews scrubbing for operators. Nothing of the text is stored or logged.

import * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';
import type { PreviewScrub, ScrubPreview } from '../../shared/privacy/preview.ts';
import { reader } from './read-input.ts';

export const scrubInput = z.strictObject({
  /** A request as JSON text, or any other text. */
  text: z.string(),
  /** Id or name of the key whose rules and placeholders apply. */
  key: z.string().default(''),
});

export interface ScrubService {
  /** Throws `invalid_request` for an invalid input, `no_workers` where no scrubber is. */
  preview(input: unknown, signal: AbortSignal): Promise<ScrubPreview>;
}

const readInput = reader(scrubInput);

/**
 * @param tenantOf id of the first key of the rotations of a key, by id or name
 * @param preview absent in a process without a scrubber, which has neither its rules nor its key
 */
export function createScrubService(
  preview: PreviewScrub | undefined,
  tenantOf: (key: string) => Promise<string>,
): ScrubService {
  return {
    async preview(input, signal) {
      const { text, key } = readInput(input);
      if (!preview) {
        throw new LlmpError('no_workers', 'This process hosts no scrubber, so it has no rules.');
      }
      return await preview(text, key === '' ? '' : await tenantOf(key), signal);
    },
  };
}
