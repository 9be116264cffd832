// Finds the placeholders of a request in what a model writes, also misspelled or with another label. The
// suffix tells them apart, and nothing else is ever found: what was not issued stays as it is.

import type { IssuedValues } from '../../../shared/privacy/vault.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { LargeMap } from '../../../shared/runtime/large-map.ts';
import { spelledAt, startPattern } from './placeholder-spellings.ts';

export interface FoundPlaceholder {
  /** As it was issued. */
  readonly placeholder: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface FoundPlaceholders {
  readonly found: readonly FoundPlaceholder[];
  /** From here on, the text may be the start of a placeholder; its length if it is not. */
  readonly heldFrom: number;
}

/** Characters of any spelling, and so of the text that is held back: invisible ones are among them. */
export const SPELLING_LENGTH_MAX = 256;

const PREFIX = 'pii_';
const SUFFIX_LENGTH = 8;
const LABEL_LENGTH_MAX = 32;
/** Starts that are judged between two steps: less than a millisecond. */
const STEP_STARTS = 512;
/** Values that are indexed between two steps: less than a millisecond. */
const STEP_VALUES = 1_024;

export class IssuedPlaceholders {
  readonly #values: IssuedValues;
  /** Placeholders by suffix: two values have the same one once in a trillion. */
  #bySuffix: LargeMap<string | readonly string[]> | undefined;

  constructor(values: IssuedValues) {
    this.#values = values;
  }

  /** @param isEnd whether no more text follows */
  findIn(text: string, isEnd: boolean): FoundPlaceholders {
    return finished(this.findSteps(text, isEnd));
  }

  /** Like `findIn`, in short steps. */
  *findSteps(text: string, isEnd: boolean): Generator<void, FoundPlaceholders> {
    const pattern = startPattern();
    const found: FoundPlaceholder[] = [];
    let starts = 0;
    for (;;) {
      const start = pattern.exec(text)?.index;
      if (starts === 0 && start !== undefined) yield* this.#prepare();
      if (start === undefined) return { found, heldFrom: text.length };
      const at = this.#at(text, start);
      if (at === 'cut' && !isEnd) return { found, heldFrom: start };
      if (typeof at === 'object') {
        found.push(at);
        pattern.lastIndex = at.end;
      }
      starts += 1;
      if (starts % STEP_STARTS === 0) yield;
    }
  }

  /** The placeholder that is the whole text. */
  *ofWhole(text: string): Generator<void, FoundPlaceholder | undefined> {
    if (text.length > SPELLING_LENGTH_MAX) return undefined;
    yield* this.#prepare();
    const at = this.#at(text, 0);
    return typeof at === 'object' && at.end === text.length ? at : undefined;
  }

  *#prepare(): Generator<void, void> {
    if (this.#bySuffix) return;
    const bySuffix = new LargeMap<string | readonly string[]>();
    let count = 0;
    for (const [placeholder] of this.#values.entries()) {
      const suffix = placeholder.slice(-SUFFIX_LENGTH);
      const known = bySuffix.get(suffix) ?? [];
      bySuffix.set(suffix, known.length === 0 ? placeholder : [known, placeholder].flat());
      count += 1;
      if (count % STEP_VALUES === 0) yield;
    }
    this.#bySuffix = bySuffix;
  }

  /** The shortest placeholder at `start`; `cut` if the text ends where one may go on. */
  #at(text: string, start: number): FoundPlaceholder | 'cut' | undefined {
    let name = '';
    let runLength = 0;
    let at = start;
    while (at < text.length) {
      const spelled = spelledAt(text, at);
      if (spelled === 'cut') return isTooLong(start, text.length) ? undefined : 'cut';
      if (!spelled || isTooLong(start, spelled.end)) return undefined;
      at = spelled.end;
      const { unit } = spelled;
      if (unit === '') continue;
      name += unit;
      runLength = unit === '_' ? 0 : runLength + 1;
      if (!mayGoOn(name)) return undefined;
      if (runLength !== SUFFIX_LENGTH) continue;
      const placeholder = this.#issued(name.slice(PREFIX.length));
      const value = placeholder === undefined ? undefined : this.#values.get(placeholder);
      if (placeholder !== undefined && value !== undefined)
        return { placeholder, value, start, end: at };
    }
    return 'cut';
  }

  /** @param name label and suffix in lower case */
  #issued(name: string): string | undefined {
    const label = name.slice(0, -SUFFIX_LENGTH - 1);
    if (!/[^_]/.test(label)) return undefined;
    const placeholders = this.#bySuffix?.get(name.slice(-SUFFIX_LENGTH));
    if (placeholders === undefined || typeof placeholders === 'string') return placeholders;
    return placeholders.find((each) => each.toLowerCase() === PREFIX + name);
  }
}

function isTooLong(start: number, end: number): boolean {
  return end - start > SPELLING_LENGTH_MAX;
}

/** Whether a placeholder may begin with this name. Another one that begins in it comes first. */
function mayGoOn(name: string): boolean {
  if (name.length <= PREFIX.length) return PREFIX.startsWith(name);
  const label = name.slice(PREFIX.length);
  if (label.length > LABEL_LENGTH_MAX + 1 + SUFFIX_LENGTH) return false;
  if (!label.endsWith('_')) return true;
  return label.startsWith(PREFIX) ? label === PREFIX : !label.endsWith(PREFIX);
}
