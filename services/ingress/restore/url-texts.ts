// The texts of one response, each with the URL that it may be in.

import type { Vault } from '../../../shared/privacy/vault.ts';
import type { TextDelta } from '../../../shared/anthropic/sse/text-delta.ts';
import { isLoopback } from '../../../shared/privacy/url-hosts.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import type { UrlRules } from './url-state.ts';
import { UrlText } from './url-text.ts';

/** JSON inside a string, such as a tool input: no page shows it. */
const INPUT_DEPTH = 2;

/** An event without a match adds no text to a block. */
const TEXTS = /"(?:text|partial_json)"/;
const DELTA =
  /^event: content_block_delta\ndata: \{"type":"content_block_delta","index":(\d{1,9}),"delta":\{"type":"(text|input_json)_delta","(?:text|partial_json)":"((?:[^"\\\n]|\\.)*)"\} *\}\n\n$/;
/** Longer ones are rare, and parsed. */
const DELTA_LENGTH_MAX = 4_096;

export class UrlTexts {
  readonly #rules: UrlRules;
  readonly #byIndex = new Map<string, UrlText>();
  /** The last block of text: clients show the next one right after it. */
  #last: UrlText | undefined;

  constructor(rules: UrlRules) {
    this.#rules = rules;
  }

  /** A text of its own, nested in `depth` JSON strings. */
  ofText(depth: number): UrlText {
    return UrlText.of(this.#rules, depth, false);
  }

  /** Text that clients show, in the blocks of a message. */
  ofPage(): UrlText {
    return UrlText.of(this.#rules, 1, true);
  }

  /** The text of a block of a stream. */
  ofBlock(index: string, depth: number): UrlText {
    const known = this.#byIndex.get(index);
    if (known?.depth === depth) return known;
    const started =
      depth === INPUT_DEPTH ? this.ofText(depth) : (this.#last?.clone() ?? this.ofPage());
    this.#byIndex.set(index, started);
    if (depth < INPUT_DEPTH) this.#last = started;
    return started;
  }

  /**
   * Reads the text of an event in the form that Anthropic's API sends, without parsing it.
   * @returns whether nothing more is to be read in the event
   */
  followsDelta(event: string): boolean {
    if (!TEXTS.test(event)) return true;
    const match = event.length <= DELTA_LENGTH_MAX ? DELTA.exec(event) : null;
    const [, index, kind, text] = match ?? [];
    if (index === undefined || text === undefined) return false;
    const urls = this.ofBlock(index, kind === 'text' ? 1 : INPUT_DEPTH);
    finished(urls.read(text, 0, text.length));
    return true;
  }

  /** Reads the text of an event in the usual form. */
  follow({ index, type, raw }: TextDelta): void {
    if (type !== 'text_delta' && type !== 'input_json_delta') return;
    const urls = this.ofBlock(index, type === 'text_delta' ? 1 : INPUT_DEPTH);
    finished(urls.read(raw, 0, raw.length));
  }

  /** The block has ended. */
  forget(index: string): void {
    this.#byIndex.delete(index);
  }
}

/** `undefined` if values are restored in every URL. */
export function openUrlTexts(urls: Vault['urls'] = 'never'): UrlTexts | undefined {
  if (urls === 'always') return undefined;
  if (urls === 'never') return new UrlTexts({ isNamed: () => false, isHeld: () => false });
  const named = new Set(urls.named);
  const holding = new Set(urls.holding);
  return new UrlTexts({
    isNamed: (host) => isLoopback(host) || named.has(host),
    isHeld: (placeholder, host) => holding.has(`${placeholder} ${host}`),
  });
}
