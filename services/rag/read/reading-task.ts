// The protocol between the gateway and the reading process: a JSON line and the file there, a JSON line
// and the text back. Plain pipes let each side enforce its own limit.

import type { DocumentLimits } from '../../../shared/limits.ts';
import type { DocumentKind } from './document-kind.ts';
import { isUnreadableReason, type UnreadableReason } from './unreadable-document.ts';

export interface ReadingTask {
  readonly kind: DocumentKind;
  readonly limits: DocumentLimits;
}

export type ReadingResult =
  | { readonly title?: string | undefined; readonly markdown: string }
  | { readonly refused: UnreadableReason };

/** The result pipe; the process's stdout and stderr are discarded. */
export const RESULT_FD = 3;

const LINE_END = 10;

export function taskBytes(task: ReadingTask, document: Uint8Array): Uint8Array[] {
  return [Buffer.from(`${JSON.stringify(task)}\n`), document];
}

export function taskFrom(bytes: Buffer): { task: ReadingTask; document: Buffer } {
  const end = bytes.indexOf(LINE_END);
  // Written by `taskBytes` in the parent process.
  const task = JSON.parse(bytes.toString('utf8', 0, end)) as ReadingTask;
  return { task, document: bytes.subarray(end + 1) };
}

export function resultBytes(result: ReadingResult): Buffer {
  if ('refused' in result) return Buffer.from(`${JSON.stringify(result)}\n`);
  return Buffer.from(`${JSON.stringify({ title: result.title })}\n${result.markdown}`);
}

/** `undefined` if it is not a result: the reading process is not trusted. */
export function resultFrom(bytes: Buffer): ReadingResult | undefined {
  const end = bytes.indexOf(LINE_END);
  if (end < 0) return undefined;
  try {
    const head: unknown = JSON.parse(bytes.toString('utf8', 0, end));
    if (typeof head !== 'object' || head === null) return undefined;
    if ('refused' in head) {
      return isUnreadableReason(head.refused) ? { refused: head.refused } : undefined;
    }
    const title = 'title' in head && typeof head.title === 'string' ? head.title : undefined;
    return { title, markdown: bytes.toString('utf8', end + 1) };
  } catch {
    return undefined;
  }
}
