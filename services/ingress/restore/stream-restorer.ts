// Restores an event stream. A delta may end inside a token, so the end of each block's text is held
// back while it may still become one, and released with the next delta or before the block stops.
// Events with nothing to restore pass byte for byte.

import { tryScanJson, type JsonNode, type JsonString } from '../../../shared/json/parse.ts';
import { property, splice, textProperty } from '../../../shared/json/edit.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { CLOSING_EVENTS } from '../../../shared/anthropic/sse/closing-events.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { eventData } from '../../../shared/anthropic/sse/event-data.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import { restoreEdits } from './restore-edits.ts';
import { restoreJsonText } from './restore-json-text.ts';

export interface StreamRestorer {
  /** Takes bytes cut anywhere and returns the events that are complete. */
  push(bytes: Uint8Array): Uint8Array;
  /** Call when the stream breaks off. Returns held text, but no partial event. */
  breakOff(): Uint8Array;
  /** Call when the stream ends. Returns all that is left, including bytes after the last event. */
  end(): Uint8Array;
}

/** Deltas that carry text: the property that holds it and its JSON nesting depth. */
const TEXT_DELTAS = {
  text_delta: { key: 'text', depth: 1 },
  input_json_delta: { key: 'partial_json', depth: 2 },
} as const;

type TextDelta = keyof typeof TEXT_DELTAS;

interface HeldText {
  readonly deltaType: TextDelta;
  readonly raw: string;
  readonly lineEnd: string;
}

/** The text that an event adds to a block. */
interface BlockText {
  /** The block index as raw JSON. */
  readonly index: string;
  readonly deltaType: TextDelta;
  readonly at: JsonString;
}

/**
 * Tokens, escapes that may hide a char of one, and a token start or cut escape at a string's end.
 * An event without a match has nothing to restore and nothing to hold back.
 */
const TOKENS = /PII_|u00|P(?:II?)?"|\\\\(?:u0?)?"/;
const TOKENS_OR_OFFSETS = new RegExp(`${TOKENS.source}|char_index|search_result_index`);

export function createStreamRestorer(reports: StageReports): StreamRestorer {
  const splitter = new EventSplitter();
  const heldByIndex = new Map<string, HeldText>();
  const needles =
    reports.retrievalReport?.searchResults || Object.keys(reports.documents).length > 0
      ? TOKENS_OR_OFFSETS
      : TOKENS;

  function restoredEvents(events: readonly Uint8Array[]): Uint8Array {
    const restored = events.map((event) => {
      const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
      const text = bytes.toString('latin1');
      if (heldByIndex.size === 0 && !needles.test(text)) return bytes;
      return Buffer.from(restoredEvent(text), 'latin1');
    });
    return concatBytes(restored);
  }

  /** The restored event, preceded by held text if that must go first; empty if all is held. */
  function restoredEvent(event: string): string {
    const data = eventData(event);
    const root = data && tryScanJson(data.json);
    if (!root) return event;
    const { json, lineEnd, withJson } = data;
    const type = textProperty(root, json, 'type') ?? '';
    const added = blockTextOf(json, root, type);
    const before = CLOSING_EVENTS.has(type)
      ? flush()
      : flushBlock(indexOf(json, root), type, added);
    const edits = restoreEdits(json, root, reports, added?.at);
    if (added) {
      const own = json.slice(added.at.start + 1, added.at.end - 1);
      const { done, held } = restoreJsonText(
        (heldByIndex.get(added.index)?.raw ?? '') + own,
        TEXT_DELTAS[added.deltaType].depth,
        reports.values,
      );
      if (held) heldByIndex.set(added.index, { deltaType: added.deltaType, raw: held, lineEnd });
      else heldByIndex.delete(added.index);
      if (done === '' && own !== '' && type === 'content_block_delta') return before;
      if (done !== own) {
        edits.push({ start: added.at.start + 1, end: added.at.end - 1, text: done });
      }
    }
    return before + (edits.length === 0 ? event : withJson(splice(json, edits)));
  }

  /** A delta with the held text of a block, unless this event continues that text. */
  function flushBlock(index: string, type: string, added: BlockText | undefined): string {
    const held = heldByIndex.get(index);
    if (!held) return '';
    const continues =
      type === 'content_block_delta' && (!added || added.deltaType === held.deltaType);
    if (continues || !type.startsWith('content_block_')) return '';
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

function blockTextOf(json: string, root: JsonNode, type: string): BlockText | undefined {
  const starts = type === 'content_block_start';
  const holder = property(root, json, starts ? 'content_block' : 'delta');
  if (!holder || !(starts || type === 'content_block_delta')) return undefined;
  const kind = textProperty(holder, json, 'type') ?? '';
  const deltaType = starts && kind === 'text' ? 'text_delta' : kind;
  if (!isTextDelta(deltaType)) return undefined;
  const at = property(holder, json, TEXT_DELTAS[deltaType].key);
  const index = indexOf(json, root);
  return at?.kind === 'string' && index !== '' ? { index, deltaType, at } : undefined;
}

function isTextDelta(delta: string): delta is TextDelta {
  return Object.hasOwn(TEXT_DELTAS, delta);
}

function indexOf(json: string, root: JsonNode): string {
  const index = property(root, json, 'index');
  return index?.kind === 'number' ? json.slice(index.start, index.end) : '';
}

function deltaEvent(index: string, { deltaType, raw, lineEnd }: HeldText): string {
  const data = `{"type":"content_block_delta","index":${index},"delta":{"type":"${deltaType}","${TEXT_DELTAS[deltaType].key}":"${raw}"}}`;
  return `event: content_block_delta${lineEnd}data: ${data}${lineEnd}${lineEnd}`;
}
