// Restores values in a response. A delta of a stream may end inside a placeholder, so the end of a block's
// text is held back while it may become one, until the next delta or the end of the block.

import type { Edit } from '../../../shared/json/edit.ts';
import type { JsonString } from '../../../shared/json/parse.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import type {
  BrokenOff,
  ResponseTransform,
} from '../../../shared/anthropic/sse/response-transform.ts';
import { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import { binaryText } from '../../../shared/json/binary-text.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { decodeJsonText } from './decode-json-text.ts';
import { restorableSteps } from './restorable-fields.ts';
import { restoreJsonText, restoreSteps, type RestoredText } from './restore-json-text.ts';
import { issuedValue, restoreText, type Values } from './restore-text.ts';

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
 * Placeholders, escapes that may hide a char of one, and the start of either at the end of a string. An
 * event without a match has nothing to restore and nothing to hold back.
 */
const PLACEHOLDERS = /PII_|u00|P(?:II?)?"|\\\\(?:u0?)?"/;
/** The placeholder of a number may follow a quote at the end of a delta. */
const PLACEHOLDERS_OR_LAST_QUOTE = new RegExp(`${PLACEHOLDERS.source}|\\\\""`);

/** Texts that are restored between two steps. */
const STEP_TEXTS = 64;

export class ValueRestorer implements ResponseTransform {
  readonly #values: Values;
  /** Placeholders that stood for numbers. */
  readonly #numbers: ReadonlySet<string>;
  readonly #needles: RegExp;
  readonly #heldByIndex = new Map<string, HeldText>();

  constructor(values: Values, numbers: readonly string[] = []) {
    this.#values = values;
    this.#numbers = new Set(numbers);
    this.#needles = numbers.length > 0 ? PLACEHOLDERS_OR_LAST_QUOTE : PLACEHOLDERS;
  }

  /** The restored event, preceded by held text if that must go first; none if all is held. */
  event(event: SseEvent): SseEvent | readonly SseEvent[] {
    if (this.#heldByIndex.size === 0 && !this.#needles.test(event.text)) return event;
    return finished(this.#steps(event));
  }

  *steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    if (this.#heldByIndex.size === 0 && !this.#needles.test(event.text)) return event;
    yield;
    return yield* this.#steps(event);
  }

  *#steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    yield* event.parse();
    const { json } = event;
    if (event.isWhole) {
      return json ? yield* event.edit(yield* this.#edits(json)) : this.#restoredText(event);
    }
    if (event.isClosing) {
      const before = event.type === 'error' ? this.#endBroken() : this.end();
      return [...before, json ? yield* event.edit(yield* this.#edits(json)) : event];
    }
    return json ? yield* this.#restored(event, json) : event;
  }

  /** Held text of all blocks. */
  end(): readonly SseEvent[] {
    return this.#endAll(({ done, held }) => done + held);
  }

  breakOff(error: unknown): BrokenOff {
    return { events: this.#endBroken(), error };
  }

  /** Held text up to the last whole placeholder: the client must not see the start of another. */
  #endBroken(): readonly SseEvent[] {
    return this.#endAll(({ done }) => done);
  }

  #endAll(shown: (text: RestoredText) => string): readonly SseEvent[] {
    const events: SseEvent[] = [];
    for (const [index, held] of this.#heldByIndex) {
      const raw = shown(this.#restoredEnd(held));
      if (raw !== '') events.push(deltaEvent(index, { ...held, raw }));
    }
    this.#heldByIndex.clear();
    return events;
  }

  *#restored(event: SseEvent, json: EventJson): Generator<void, readonly SseEvent[]> {
    const { type } = event;
    const added = blockTextOf(json, type);
    const before = this.#flushBlock(json.index ?? '', type, added);
    const edits = yield* this.#edits(json, added?.at);
    if (added) {
      const own = json.text.slice(added.at.start + 1, added.at.end - 1);
      const { done, held } = yield* restoreSteps(
        (this.#heldByIndex.get(added.index)?.raw ?? '') + own,
        TEXT_DELTAS[added.deltaType].depth,
        this.#values,
        this.#numbers,
      );
      const { index, deltaType } = added;
      if (held) this.#heldByIndex.set(index, { deltaType, raw: held, lineEnd: event.lineEnd });
      else this.#heldByIndex.delete(index);
      if (done === '' && own !== '' && type === 'content_block_delta') return before;
      if (done !== own) {
        edits.push({ start: added.at.start + 1, end: added.at.end - 1, text: done });
      }
    }
    return [...before, yield* event.edit(edits)];
  }

  /** Edits that restore all texts except `excluded`. */
  *#edits({ text, root }: EventJson, excluded?: JsonString): Generator<void, Edit[]> {
    const edits: Edit[] = [];
    const { texts, values } = yield* restorableSteps(text, root);
    for (const [index, node] of texts.entries()) {
      if (index % STEP_TEXTS === STEP_TEXTS - 1) yield;
      if (node === excluded) continue;
      const inner = { start: node.start + 1, end: node.end - 1 };
      const raw = text.slice(inner.start, inner.end);
      const whole = values.has(node) ? decodeJsonText(raw, 1).text : '';
      const number = this.#numbers.has(whole) ? issuedValue(this.#values, whole) : undefined;
      if (number !== undefined) {
        edits.push({ start: node.start, end: node.end, text: number });
        continue;
      }
      const { done, held } = yield* restoreSteps(raw, 1, this.#values);
      if (done + held !== raw) edits.push({ ...inner, text: done + held });
    }
    return edits;
  }

  /** A response that is not JSON is restored as plain text. */
  #restoredText(event: SseEvent): SseEvent {
    const restored = restoreText(event.text, this.#values, binaryText);
    if (restored === event.text) return event;
    return new SseEvent(Buffer.from(restored, 'latin1'), event.kind);
  }

  /** A delta with the held text of a block, unless this event continues that text. */
  #flushBlock(index: string, type: string, added: BlockText | undefined): readonly SseEvent[] {
    const held = this.#heldByIndex.get(index);
    if (!held) return [];
    const continues =
      type === 'content_block_delta' && (!added || added.deltaType === held.deltaType);
    if (continues || !type.startsWith('content_block_')) return [];
    this.#heldByIndex.delete(index);
    const { done, held: rest } = this.#restoredEnd(held);
    return [deltaEvent(index, { ...held, raw: done + rest })];
  }

  /** Held text may end in a complete placeholder whose string was not closed. */
  #restoredEnd({ deltaType, raw }: HeldText): RestoredText {
    return restoreJsonText(raw, TEXT_DELTAS[deltaType].depth, this.#values);
  }
}

function blockTextOf(json: EventJson, type: string): BlockText | undefined {
  const starts = type === 'content_block_start';
  const holder = json.property(starts ? 'content_block' : 'delta');
  if (!holder || !(starts || type === 'content_block_delta')) return undefined;
  const kind = json.word('type', holder) ?? '';
  const deltaType = starts && kind === 'text' ? 'text_delta' : kind;
  if (!isTextDelta(deltaType)) return undefined;
  const at = json.string(TEXT_DELTAS[deltaType].key, holder);
  const { index } = json;
  return at && index !== undefined ? { index, deltaType, at } : undefined;
}

function isTextDelta(delta: string): delta is TextDelta {
  return Object.hasOwn(TEXT_DELTAS, delta);
}

function deltaEvent(index: string, { deltaType, raw, lineEnd }: HeldText): SseEvent {
  const delta = `{"type":"${deltaType}","${TEXT_DELTAS[deltaType].key}":"${raw}"}`;
  const json = `{"type":"content_block_delta","index":${index},"delta":${delta}}`;
  return SseEvent.of('content_block_delta', json, lineEnd);
}
