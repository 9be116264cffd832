// Reads LLMP_PASS_THROUGH: features whose requests go to the upstream as they come.

import * as z from 'zod';
import { PASS_THROUGH_NAMES, type PassThrough } from '../../shared/protocol/pass-through.ts';
import { didYouMean } from '../../shared/runtime/nearest-name.ts';

/** Issues name an entry by its number, like those of other lists. */
export const passThroughList = z.string().transform((text, context): readonly PassThrough[] => {
  const names = text.split(',').map((entry) => entry.trim());
  return names.flatMap((name, index) => {
    const known = PASS_THROUGH_NAMES.find((each) => each === name);
    if (known) return known;
    const message =
      `entry ${index + 1} is none of ${PASS_THROUGH_NAMES.join(', ')}` +
      didYouMean(name, PASS_THROUGH_NAMES);
    context.addIssue({ code: 'custom', input: '', message });
    return [];
  });
});
