// Forms of labelled values: patterns of one country, and letters and digits in any grouping.

import { endsAlone, isDigit, isLetter, isLower, SPACE, codeAt } from './characters.ts';
import type { Form } from './labelled.ts';

const MINUS_TO_SLASH = '-./';

export interface CodeOptions {
  /** Letters and digits. */
  readonly min: number;
  readonly max: number;
  readonly digitsMin: number;
  readonly lettersMax: number;
}

/** A form by pattern, in any letter case. The pattern must be bounded. */
export function pattern(source: string): Form {
  const form = new RegExp(`(?:${source})(?!\\w)`, 'iy');
  return (text, start) => {
    form.lastIndex = start;
    return form.test(text) && endsAlone(text, form.lastIndex) ? form.lastIndex : undefined;
  };
}

/** The first of several forms that matches. */
export function either(...forms: readonly Form[]): Form {
  return (text, start, isWeak) => {
    for (const form of forms) {
      const end = form(text, start, isWeak);
      if (end !== undefined) return end;
    }
    return undefined;
  };
}

/** A form for strong labels and one for weak ones. */
export function byStrength(strong: Form, weak: Form): Form {
  return (text, start, isWeak) => (isWeak ? weak : strong)(text, start, isWeak);
}

/** The form where its digits pass a check. */
export function checked(form: Form, isValid: (digits: string) => boolean): Form {
  return (text, start, isWeak) => {
    const end = form(text, start, isWeak);
    if (end === undefined) return undefined;
    return isValid(text.slice(start, end).replaceAll(/\D/g, '')) ? end : undefined;
  };
}

/** Letters and digits with single signs between groups; blanks only before digits. */
export function code({ min, max, digitsMin, lettersMax }: CodeOptions): Form {
  return (text, start) => {
    let count = 0;
    let digits = 0;
    let best: number | undefined;
    for (let at = start; count < max; at++) {
      const char = codeAt(text, at);
      if (isDigit(char)) digits++;
      else if (isLetter(char)) {
        if (count - digits >= lettersMax) break;
        // A word after the value.
        if (at > start && isLower(char) && codeAt(text, at - 1) === SPACE) break;
      } else if (!continues(text, at, start)) break;
      else continue;
      count++;
      const isComplete = count >= min && digits >= digitsMin;
      if (isComplete && endsAlone(text, at + 1)) best = at + 1;
    }
    return best;
  };
}

/** Whether the sign at `at` stands between two groups of a value. */
function continues(text: string, at: number, start: number): boolean {
  if (at === start) return false;
  const next = codeAt(text, at + 1);
  if (codeAt(text, at) === SPACE) return isDigit(next);
  return MINUS_TO_SLASH.includes(text.charAt(at)) && (isDigit(next) || isLetter(next));
}
