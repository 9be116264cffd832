// A file of a collection to Markdown and a title, whatever its kind. Small plain text is read here;
// all else in a process of its own, as the gateway answers requests meanwhile.

import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Limits } from '../../../shared/limits.ts';
import { documentKind } from './document-kind.ts';
import { documentTitle } from './document-title.ts';
import { readApart } from './read-apart.ts';
import { readMarkdown } from './read-markdown.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

export interface ReadDocument {
  /** One line of at most `titleCharsMax`. */
  readonly title: string;
  /** Without anything invisible; lines end `\n`. */
  readonly markdown: string;
}

export interface ReadingOptions {
  readonly limits: Limits['documents'];
  readonly clock: Clock;
}

/**
 * Reads a file that was sent as `name`. Rejects with `UnreadableDocumentError` when it cannot be read
 * and never will, with the signal's reason, or with another error when trying again may help.
 */
export async function readDocument(
  bytes: Buffer,
  name: string,
  { limits, clock }: ReadingOptions,
  signal: AbortSignal,
): Promise<ReadDocument> {
  if (bytes.byteLength > limits.bytesMax) throw new UnreadableDocumentError('too_large');
  const kind = documentKind(bytes, name);
  const task = { kind, limits };
  const isPlain = kind === 'text' || kind === 'markdown';
  const { title, markdown } =
    isPlain && bytes.byteLength <= limits.inlineBytesMax
      ? await readMarkdown(task, bytes)
      : await readApart(task, bytes, clock, signal);
  const named = { declared: title, markdown: kind === 'text' ? '' : markdown, name };
  return { title: documentTitle(named, limits.titleCharsMax), markdown };
}
