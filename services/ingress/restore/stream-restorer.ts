// Restores an event stream. What a model writes comes in deltas that may be cut inside a token, so
// of each block's text the end that may still become one is held back, and nothing more; it follows
// with the next delta, or in a delta of its own before its block stops. Everything else is restored
// event by event, and an event with nothing to restore passes byte for byte.

import { scannedJson, type JsonNode, type JsonString } from '../../../shared/json/parse.ts';
import { property, splice, textProperty } from '../../../shared/json/edit.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { LAST_CALLS } from '../../../shared/anthropic/sse/last-calls.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { eventData } from '../../../shared/anthropic/sse/event-data.ts';
import { joinedBytes } from '../../../shared/runtime/bytes.ts';
import { jsonEdits } from './json-edits.ts';
import { restoreWritten } from './restore-written.ts';

export interface StreamRestorer {
  /** Takes bytes in any cut; gives the events that are whole by now. */
  push(bytes: Uint8Array): Uint8Array;
  /** The stream broke off: gives what was held back of its text, but no half event. */
  breakOff(): Uint8Array;
  /** The stream has ended: gives all that is left, bytes behind the last event as they are. */
  end(): Uint8Array;
}

/** Deltas that bring text, where they have it, and in how many JSON strings it stands. */
const WRITING = {
  text_delta: { key: 'text', depth: 1 },
  input_json_delta: { key: 'partial_json', depth: 2 },
} as const;

type Writing = keyof typeof WRITING;

interface Held {
  readonly writing: Writing;
  readonly written: string;
  readonly lineEnd: string;
}

/** A part of a block's text. */
interface Part {
  /** The index of the block, as it is written. */
  readonly index: string;
  readonly writing: Writing;
  readonly at: JsonString;
}

/**
 * An event without any of these has nothing to restore and nothing to hold back: a token, an escape
 * that may hide a character of one, the start of a token or an unfinished escape at a string's end.
 */
const TOKENS = /PII_|u00|P(?:II?)?"|\\\\(?:u0?)?"/;
const TOKENS_OR_OFFSETS = new RegExp(`${TOKENS.source}|char_index|search_result_index`);

export function createStreamRestorer(vault: StageReports): StreamRestorer {
  const splitter = new EventSplitter();
  const heldByIndex = new Map<string, Held>();
  const telling =
    vault.retrievalReport?.searchResults || Object.keys(vault.documents).length > 0
      ? TOKENS_OR_OFFSETS
      : TOKENS;

  function restoredEvents(events: readonly Uint8Array[]): Uint8Array {
    const restored = events.map((event) => {
      const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
      const text = bytes.toString('latin1');
      if (heldByIndex.size === 0 && !telling.test(text)) return bytes;
      return Buffer.from(restoredEvent(text), 'latin1');
    });
    return joinedBytes(restored);
  }

  /** The event, with one before it where something held has to go first; empty where all is held. */
  function restoredEvent(event: string): string {
    const data = eventData(event);
    const root = data && scannedJson(data.json);
    if (!root) return event;
    const { json, lineEnd, withJson } = data;
    const type = textProperty(root, json, 'type') ?? '';
    const part = partOf(json, root, type);
    const before = LAST_CALLS.has(type) ? flush() : flushBlock(indexOf(json, root), type, part);
    const edits = jsonEdits(json, root, vault, part?.at);
    if (part) {
      const own = json.slice(part.at.start + 1, part.at.end - 1);
      const { done, held } = restoreWritten(
        (heldByIndex.get(part.index)?.written ?? '') + own,
        WRITING[part.writing].depth,
        vault.values,
      );
      if (held) heldByIndex.set(part.index, { writing: part.writing, written: held, lineEnd });
      else heldByIndex.delete(part.index);
      if (done === '' && own !== '' && type === 'content_block_delta') return before;
      if (done !== own) {
        edits.push({ start: part.at.start + 1, end: part.at.end - 1, text: done });
      }
    }
    return before + (edits.length === 0 ? event : withJson(splice(json, edits)));
  }

  /** What is held of a block, where this event does not go on with it. */
  function flushBlock(index: string, type: string, part: Part | undefined): string {
    const held = heldByIndex.get(index);
    if (!held) return '';
    const goesOn = type === 'content_block_delta' && (!part || part.writing === held.writing);
    if (goesOn || !type.startsWith('content_block_')) return '';
    heldByIndex.delete(index);
    return deltaEvent(index, held);
  }

  function flush(): string {
    const events = Array.from(heldByIndex, ([index, held]) => deltaEvent(index, held));
    heldByIndex.clear();
    return events.join('');
  }

  const breakOff = () => Buffer.from(flush(), 'latin1');
  return {
    push: (bytes) => restoredEvents(splitter.push(bytes)),
    breakOff,
    end: () => Buffer.concat([restoredEvents(splitter.end()), breakOff(), splitter.rest()]),
  };
}

/** The text an event adds to its block. */
function partOf(json: string, root: JsonNode, type: string): Part | undefined {
  const starts = type === 'content_block_start';
  const holder = property(root, json, starts ? 'content_block' : 'delta');
  if (!holder || !(starts || type === 'content_block_delta')) return undefined;
  const kind = textProperty(holder, json, 'type') ?? '';
  const writing = starts && kind === 'text' ? 'text_delta' : kind;
  if (!isWriting(writing)) return undefined;
  const at = property(holder, json, WRITING[writing].key);
  const index = indexOf(json, root);
  return at?.kind === 'string' && index !== '' ? { index, writing, at } : undefined;
}

function isWriting(delta: string): delta is Writing {
  return Object.hasOwn(WRITING, delta);
}

function indexOf(json: string, root: JsonNode): string {
  const index = property(root, json, 'index');
  return index?.kind === 'number' ? json.slice(index.start, index.end) : '';
}

function deltaEvent(index: string, { writing, written, lineEnd }: Held): string {
  const data = `{"type":"content_block_delta","index":${index},"delta":{"type":"${writing}","${WRITING[writing].key}":"${written}"}}`;
  return `event: content_block_delta${lineEnd}data: ${data}${lineEnd}${lineEnd}`;
}
