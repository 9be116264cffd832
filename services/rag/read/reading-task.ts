// What the gateway and the process that reads for it say to each other: a line of JSON and the bytes
// there, a line of JSON and the text back. Plain pipes, so that each side can stop at its own bound.

import type { Limits } from '../../../shared/limits.ts';
import type { DocumentKind } from './document-kind.ts';
import { isUnreadableReason, type UnreadableReason } from './unreadable-document.ts';

export interface ReadingTask {
  readonly kind: DocumentKind;
  readonly limits: Limits['documents'];
}

export type ReadingResult =
  | { readonly title?: string | undefined; readonly markdown: string }
  | { readonly refused: UnreadableReason };

/** Where the reading process writes; its own output and errors go nowhere. */
export const RESULT_FD = 3;

const LINE_END = 10;

export function taskBytes(task: ReadingTask, document: Uint8Array): Uint8Array[] {
  return [Buffer.from(`${JSON.stringify(task)}\n`), document];
}

export function taskFrom(bytes: Buffer): { task: ReadingTask; document: Buffer } {
  const end = bytes.indexOf(LINE_END);
  // Written by `taskBytes` of the process above.
  const task = JSON.parse(bytes.toString('utf8', 0, end)) as ReadingTask;
  return { task, document: bytes.subarray(end + 1) };
}

export function resultBytes(result: ReadingResult): Buffer {
  if ('refused' in result) return Buffer.from(`${JSON.stringify(result)}\n`);
  return Buffer.from(`${JSON.stringify({ title: result.title })}\n${result.markdown}`);
}

/** Undefined when it is no result: what reads hostile files is not believed. */
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
