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
import type { Vault } from '../../../shared/privacy/vault.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { decodeSteps, ESCAPED_CHAR } from './decode-json-text.ts';
import { IssuedPlaceholders, SPELLING_LENGTH_MAX } from './issued-placeholders.ts';
import { restorableSteps } from './restorable-fields.ts';
import { restoreJsonText, restoreSteps } from './restore-json-text.ts';
import { openUrlTexts, type UrlTexts } from './url-texts.ts';

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

/** A text without a match has nothing to restore. */
const PLACEHOLDER = new RegExp(
  `pi?[^\\0-\\x7f]|pii|\\xef(?:\\xbc\\xb0|\\xbd\\x90)|${ESCAPED_CHAR.source}`,
  'i',
);

/**
 * The start of a placeholder in any spelling, escapes that may hide a char of one, and the start of either
 * at the end of a string. An event without a match has nothing to restore and nothing to hold back.
 */
const PLACEHOLDERS = new RegExp(
  `${PLACEHOLDER.source}|p(?:"|i")|\\\\\\\\(?:u[\\da-f]{0,3})?"`,
  'i',
);
/** The placeholder of a number may follow a quote at the end of a delta. */
const PLACEHOLDERS_OR_LAST_QUOTE = new RegExp(`${PLACEHOLDERS.source}|\\\\""`, 'i');

/** Of a placeholder each of whose characters is escaped. */
const NUMBER_LENGTH_MAX = 6 * SPELLING_LENGTH_MAX;

/** Texts that are restored between two steps. */
const STEP_TEXTS = 64;

export class ValueRestorer implements ResponseTransform {
  readonly #issued: IssuedPlaceholders;
  /** Placeholders that stood for numbers. */
  readonly #numbers: ReadonlySet<string>;
  readonly #needles: RegExp;
  readonly #heldByIndex = new Map<string, HeldText>();
  readonly #urls: UrlTexts | undefined;
  readonly #onKept: (placeholders: number) => void;

  /** @param onKept called for placeholders that stay because they stand in a URL */
  constructor(
    { values, numbers = [], urls }: Pick<Vault, 'values' | 'numbers' | 'urls'>,
    onKept: (placeholders: number) => void = () => {},
  ) {
    this.#issued = new IssuedPlaceholders(values);
    this.#numbers = new Set(numbers);
    this.#urls = openUrlTexts(urls);
    this.#onKept = onKept;
    this.#needles = numbers.length > 0 ? PLACEHOLDERS_OR_LAST_QUOTE : PLACEHOLDERS;
  }

  /** The restored event, preceded by held text if that must go first; none if all is held. */
  event(event: SseEvent): SseEvent | readonly SseEvent[] {
    if (!this.#isRead(event)) return event;
    return finished(this.#steps(event));
  }

  *steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    const mayChange = this.#heldByIndex.size > 0 || (yield* event.matches(this.#needles));
    if (!mayChange && !this.#isForUrls(event)) return event;
    yield;
    return yield* this.#steps(event);
  }

  #isRead(event: SseEvent): boolean {
    return this.#mayChange(event) || this.#isForUrls(event);
  }

  #isForUrls(event: SseEvent): boolean {
    if (this.#urls === undefined || event.isWhole) return false;
    const { delta } = event;
    if (!delta) return !this.#urls.followsDelta(event.text);
    this.#urls.follow(delta);
    return false;
  }

  #mayChange(event: SseEvent): boolean {
    if (this.#heldByIndex.size > 0) return true;
    const { delta } = event;
    // Around its text, a usual delta has no match.
    return this.#needles.test(delta ? `${delta.raw}"` : event.text);
  }

  *#steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    yield* event.parse();
    const { json } = event;
    if (event.isWhole) {
      if (!json) return yield* this.#restoredText(event);
      return yield* event.edit(yield* this.#edits(json));
    }
    if (!this.#mayChange(event)) {
      return json ? yield* this.#followed(event, json) : event;
    }
    if (event.isClosing) {
      const before = event.type === 'error' ? this.#endBroken() : this.end();
      return [...before, json ? yield* event.edit(yield* this.#edits(json)) : event];
    }
    return json ? yield* this.#restored(event, json) : event;
  }

  /** Held text of all blocks. */
  end(): readonly SseEvent[] {
    return this.#endAll(true);
  }

  breakOff(error: unknown): BrokenOff {
    return { events: this.#endBroken(), error };
  }

  /** Held text up to the last whole placeholder: the client must not see the start of another. */
  #endBroken(): readonly SseEvent[] {
    return this.#endAll(false);
  }

  #endAll(isEnd: boolean): readonly SseEvent[] {
    const events: SseEvent[] = [];
    for (const [index, held] of this.#heldByIndex) {
      const raw = this.#restoredEnd(index, held, isEnd);
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
      const { index, deltaType } = added;
      const { depth } = TEXT_DELTAS[deltaType];
      const { done, held, kept } = yield* restoreSteps(
        (this.#heldByIndex.get(index)?.raw ?? '') + own,
        depth,
        this.#issued,
        { numbers: this.#numbers, urls: this.#urls?.ofBlock(index, depth) },
      );
      if (kept > 0) this.#onKept(kept);
      if (held) this.#heldByIndex.set(index, { deltaType, raw: held, lineEnd: event.lineEnd });
      else this.#heldByIndex.delete(index);
      if (done === '' && own !== '' && type === 'content_block_delta') return before;
      if (done !== own) {
        edits.push({ start: added.at.start + 1, end: added.at.end - 1, text: done });
      }
    }
    if (type === 'content_block_stop') this.#urls?.forget(json.index ?? '');
    return [...before, yield* event.edit(edits)];
  }

  /** Reads text that needs no change: a URL may begin in it. */
  *#followed(event: SseEvent, json: EventJson): Generator<void, SseEvent> {
    const added = blockTextOf(json, event.type);
    if (!added) return event;
    const { index, deltaType, at } = added;
    const urls = this.#urls?.ofBlock(index, TEXT_DELTAS[deltaType].depth);
    if (urls) yield* urls.read(json.text, at.start + 1, at.end - 1);
    return event;
  }

  /** Edits that restore all texts except `excluded`. */
  *#edits(json: EventJson, excluded?: JsonString): Generator<void, Edit[]> {
    const { text, root } = json;
    const edits: Edit[] = [];
    const shown = this.#urls ? shownTextsOf(json) : NO_TEXTS;
    const page = this.#urls?.ofPage();
    const { texts, values } = yield* restorableSteps(text, root);
    for (const [index, node] of texts.entries()) {
      if (index % STEP_TEXTS === STEP_TEXTS - 1) yield;
      if (node === excluded) continue;
      const inner = { start: node.start + 1, end: node.end - 1 };
      const raw = text.slice(inner.start, inner.end);
      const number = values.has(node) ? yield* this.#numberOf(raw) : undefined;
      if (number !== undefined) {
        edits.push({ start: node.start, end: node.end, text: number });
        continue;
      }
      const isShown = shown.has(node);
      if (!isShown && !PLACEHOLDER.test(raw)) continue;
      const urls = isShown ? page : this.#urls?.ofText(1);
      const { done, kept } = yield* restoreSteps(raw, 1, this.#issued, { urls, isEnd: true });
      if (kept > 0) this.#onKept(kept);
      if (done !== raw) edits.push({ ...inner, text: done });
    }
    return edits;
  }

  /** The number that a complete string stands for. */
  *#numberOf(raw: string): Generator<void, string | undefined> {
    if (this.#numbers.size === 0 || raw.length > NUMBER_LENGTH_MAX) return undefined;
    const { text } = yield* decodeSteps(raw, 1);
    const whole = yield* this.#issued.ofWhole(text);
    return whole && this.#numbers.has(whole.placeholder) ? whole.value : undefined;
  }

  /** A response that is not JSON is restored as plain text. */
  *#restoredText(event: SseEvent): Generator<void, SseEvent> {
    const options = { urls: this.#urls?.ofText(0), isEnd: true };
    const { done, kept } = yield* restoreSteps(event.text, 0, this.#issued, options);
    if (kept > 0) this.#onKept(kept);
    if (done === event.text) return event;
    return new SseEvent(Buffer.from(done, 'latin1'), event.kind);
  }

  /** A delta with the held text of a block, unless this event continues that text. */
  #flushBlock(index: string, type: string, added: BlockText | undefined): readonly SseEvent[] {
    const held = this.#heldByIndex.get(index);
    if (!held) return [];
    const continues =
      type === 'content_block_delta' && (!added || added.deltaType === held.deltaType);
    if (continues || !type.startsWith('content_block_')) return [];
    this.#heldByIndex.delete(index);
    return [deltaEvent(index, { ...held, raw: this.#restoredEnd(index, held, true) })];
  }

  /**
   * Held text may end in a complete placeholder whose string was not closed, or whose URL was not.
   * @param isEnd whether the start of a placeholder at its end is text
   */
  #restoredEnd(index: string, { deltaType, raw }: HeldText, isEnd: boolean): string {
    const { depth } = TEXT_DELTAS[deltaType];
    const urls = this.#urls?.ofBlock(index, depth);
    const { done, kept } = restoreJsonText(raw, depth, this.#issued, { urls, isEnd });
    if (kept > 0) this.#onKept(kept);
    return done;
  }
}

const NO_TEXTS: ReadonlySet<JsonString> = new Set();

/** The texts of a message, which clients show one after the other. */
function shownTextsOf(json: EventJson): ReadonlySet<JsonString> {
  const content = json.property('content');
  if (content?.kind !== 'array') return NO_TEXTS;
  const texts = content.items.map((block) =>
    block.kind === 'object' && json.word('type', block) === 'text'
      ? json.string('text', block)
      : undefined,
  );
  return new Set(texts.filter((text) => text !== undefined));
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
