// Converts a file to Markdown and a title. Small plain text is read in this process, everything else in a
// separate one that does not block the gateway.

import type { Clock } from '../../../shared/runtime/clock.ts';
import type { DocumentLimits } from '../../../shared/limits.ts';
import { documentKind } from './document-kind.ts';
import { documentTitle } from './document-title.ts';
import { readIsolated } from './read-isolated.ts';
import { readMarkdown } from './read-markdown.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

export interface ReadDocument {
  /** One line of at most `titleCharsMax`. */
  readonly title: string;
  /** Without invisible characters; lines end with `\n`. */
  readonly markdown: string;
}

export interface ReadingOptions {
  readonly limits: DocumentLimits;
  readonly clock: Clock;
}

/**
 * @throws UnreadableDocumentError if the file can never be read; the signal's reason on abort; another
 * error if a retry may help
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
      : await readIsolated(task, bytes, clock, signal);
  const named = { declared: title, markdown: kind === 'text' ? '' : markdown, name };
  return { title: documentTitle(named, limits.titleCharsMax), markdown };
}
