// Removes personal data and secrets from what an upstream sees besides the body: the path, the query and
// the headers. Nothing is restored there, so a finding becomes `[REDACTED_EMAIL_ADDRESS]` for good.

import { isProtocolHeader } from '../../shared/anthropic/protocol-headers.ts';
import type { ScanLimits } from '../../shared/limits.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import { pairsOf } from '../../shared/runtime/raw-headers.ts';
import { hiddenTexts, percentDecoded, utf8OfLatin1 } from './hidden-text.ts';

export interface EnvelopeFinding {
  /** Start within the text. */
  readonly at: number;
  readonly value: string;
  readonly entity: string;
}

export interface EnvelopeSearch {
  /** What detectors find, in the order of the text; depends only on the text. */
  readonly detect: (text: string) => Promise<readonly EnvelopeFinding[]>;
  /** Where values found in the body occur again, outside of `found`. */
  readonly recurring: (
    text: string,
    found: readonly EnvelopeFinding[],
  ) => Promise<readonly EnvelopeFinding[]>;
  readonly isAllowed: (entity: string) => boolean;
}

export interface ScrubbedEnvelope extends Pick<Envelope, 'path' | 'headers'> {
  readonly removed: readonly Pick<EnvelopeFinding, 'entity'>[];
}

export type ScrubEnvelope = (
  envelope: Pick<Envelope, 'path' | 'headers'>,
  search: EnvelopeSearch,
) => Promise<ScrubbedEnvelope>;

/** Remembers texts without findings: most headers are the same in every request. */
export function createEnvelopeScrubber({
  envelopeCacheEntriesMax,
}: Pick<ScanLimits, 'envelopeCacheEntriesMax'>): ScrubEnvelope {
  const clean = new LruCache<true>(envelopeCacheEntriesMax);
  return async ({ path, headers }, search) => {
    const scrub = new Scrub(search, clean);
    return {
      path: await scrub.path(path),
      headers: await scrub.headers(headers),
      removed: scrub.removed,
    };
  };
}

/** Delimiters, and the words of our own paths. */
const NOT_SEARCHED = /^(?:[/?#&;]?|v1|messages|count_tokens|models)$/;

class Scrub {
  readonly removed: { readonly entity: string }[] = [];
  readonly #search: EnvelopeSearch;
  readonly #clean: LruCache<true>;

  constructor(search: EnvelopeSearch, clean: LruCache<true>) {
    this.#search = search;
    this.#clean = clean;
  }

  async headers(raw: readonly string[]): Promise<string[]> {
    const kept: string[] = [];
    for (const [name, value] of pairsOf(raw)) {
      if (isProtocolHeader(name.toLowerCase())) kept.push(name, value);
      else {
        const utf8 = utf8OfLatin1(value);
        const scrubbed = await this.#named(name, ':', utf8 ?? value);
        const bytes = utf8 === undefined ? 'latin1' : 'utf8';
        // A name cannot be replaced by another one, so its header is dropped.
        if (scrubbed.name === name) {
          kept.push(name, Buffer.from(scrubbed.value, bytes).toString('latin1'));
        }
      }
    }
    return kept;
  }

  /** Scrubs segments of the path and parameters of the query; those without findings stay unchanged. */
  async path(path: string): Promise<string> {
    const queryStart = path.search(/[?#;]/);
    const route = queryStart < 0 ? path : path.slice(0, queryStart);
    const query = path.slice(route.length);
    const scrubbed: string[] = [];
    for (const piece of [...route.split(/(\/)/), ...query.split(/([?#&;])/)]) {
      scrubbed.push(NOT_SEARCHED.test(piece) ? piece : await this.#parameter(piece));
    }
    return scrubbed.join('');
  }

  async #parameter(piece: string): Promise<string> {
    const [, rawName = '', equals = '', rawValue = ''] = /^([^=]*)(=?)(.*)$/s.exec(piece) ?? [];
    const name = formDecoded(rawName);
    const value = formDecoded(rawValue);
    const scrubbed = await this.#named(name, equals, value);
    return (
      (scrubbed.name === name ? rawName : encodeURIComponent(scrubbed.name)) +
      equals +
      (scrubbed.value === value ? rawValue : encodeURIComponent(scrubbed.value))
    );
  }

  /** The name is context for its value: `x-service-key:…` says that a secret follows. */
  async #named(name: string, separator: string, value: string) {
    const context = name + separator;
    return {
      name: await this.#text(name, ''),
      value: value === '' ? value : await this.#text(value, context),
    };
  }

  async #text(text: string, context: string): Promise<string> {
    const key = keyOf(`${context.length} ${context}${text}`);
    const isClean = this.#clean.get(key) === true;
    const detected = isClean ? [] : await this.#search.detect(context + text);
    const recurring = await this.#search.recurring(context + text, detected);
    const spliced = this.#spliced(text, context.length, [...detected, ...recurring]);
    if (isClean) return spliced;
    let foundCount = detected.length;
    for (const hidden of hiddenTexts(spliced)) {
      const found = await this.#search.detect(context + hidden);
      const inText = found.filter(({ at, value }) => at + value.length > context.length);
      const finding = inText.find(({ entity }) => !this.#search.isAllowed(entity));
      // The position in the encoded text is unknown, so the whole text is replaced.
      if (finding) return this.#placeholder(finding.entity);
      foundCount += inText.length;
    }
    if (foundCount === 0) this.#clean.set(key, true);
    return spliced;
  }

  /** @param start of `text` within the text of the findings */
  #spliced(text: string, start: number, findings: readonly EnvelopeFinding[]): string {
    let spliced = '';
    let copied = 0;
    for (const { at, value, entity } of findings.toSorted((one, other) => one.at - other.at)) {
      const end = at + value.length - start;
      if (end <= 0 || this.#search.isAllowed(entity)) continue;
      spliced += text.slice(copied, Math.max(copied, at - start)) + this.#placeholder(entity);
      copied = end;
    }
    return spliced + text.slice(copied);
  }

  #placeholder(entity: string): string {
    this.removed.push({ entity });
    return `[REDACTED_${entity}]`;
  }
}

/** Below this, a hash costs more than it saves. */
const HASHED_LENGTH_MIN = 128;

function keyOf(text: string): string {
  return text.length < HASHED_LENGTH_MIN ? text : LruCache.keyOf(text);
}

/** A name or value of a query, as forms encode it. */
function formDecoded(text: string): string {
  return percentDecoded(text.replaceAll('+', ' '));
}
