// What the scrubber would do to a text, for operators.

import * as z from 'zod';
import { ACTIONS } from './rules.ts';

export const SOURCES = ['detector', 'custom', 'recognizer', 'repetition'] as const;

/** It carries no value: those stand in the text at `start` to `end`. */
export const previewFinding = z.strictObject({
  entity: z.string(),
  /** `pass` is a value that the upstream uses, such as in the URL of an image. */
  action: z.enum([...ACTIONS, 'pass']),
  /** What the upstream sees in place of the value; null if it sees the value. */
  replacement: z.string().nullable(),
  /** Offsets in the text, in UTF-16 code units. */
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  /** Of the start, from 1; columns count code points. */
  line: z.int().positive(),
  column: z.int().positive(),
  /** The place in a request, such as `user, message 0`; null in other texts. */
  place: z.string().nullable(),
  source: z.enum(SOURCES),
  why: z.string(),
});

export const scrubPreview = z.strictObject({
  /** A request has `messages`; anything else is read as what a user writes. */
  kind: z.enum(['request', 'text']),
  /** What the upstream sees; null if the request is refused. */
  scrubbed: z.string().nullable(),
  /** Why the request is refused, if so. */
  refused: z.string().nullable(),
  findings: z.array(previewFinding),
});

export type PreviewFinding = z.infer<typeof previewFinding>;
export type ScrubPreview = z.infer<typeof scrubPreview>;

/**
 * Keeps nothing.
 * @param key public id of the key whose rules and placeholders apply; empty for none
 */
export type PreviewScrub = (
  text: string,
  key: string,
  signal: AbortSignal,
) => Promise<ScrubPreview>;
