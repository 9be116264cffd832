import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IssuedPlaceholders,
  SPELLING_LENGTH_MAX,
} from '../../../../services/ingress/restore/issued-placeholders.ts';
import { restoreJsonText } from '../../../../services/ingress/restore/restore-json-text.ts';
import { binaryText } from '../../../../shared/json/binary-text.ts';
import {
  EMAIL,
  NAME,
  slowlyRestored,
  placeholderText,
  UNKNOWN,
  VALUES,
} from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const ISSUED = new IssuedPlaceholders(issued(VALUES));

/** A text nested in `depth` JSON strings, as binary text. */
function nested(text: string, depth: number): string {
  let json = text;
  for (let level = 0; level < depth; level += 1) json = JSON.stringify(json).slice(1, -1);
  return binaryText(json);
}

function decoded(bytes: string, depth: number): string {
  let text = Buffer.from(bytes, 'latin1').toString('utf8');
  for (let level = 0; level < depth; level += 1) text = JSON.parse(`"${text}"`) as string;
  return text;
}

/** Escapes the chars of a text that `choose` selects. */
function escaped(text: string, choose: (at: number) => boolean): string {
  return Array.from(text, (char, at) =>
    choose(at) ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char,
  ).join('');
}

describe.each([1, 2])('restoreJsonText inside %i JSON strings', (depth) => {
  it('restores the decoded text', () => {
    checkProperty(
      fc.property(placeholderText, (text) => {
        const { done, held } = restoreJsonText(nested(text, depth), depth, ISSUED);
        // UTF-8 cannot carry a lone surrogate, but JSON escapes it.
        expect(decoded(done + held, depth)).toBe(slowlyRestored(text));
      }),
    );
  });

  it('restores a placeholder however its chars are escaped', () => {
    checkProperty(
      fc.property(fc.infiniteStream(fc.boolean()), (choices) => {
        const json = `"${escaped(EMAIL, () => choices.next().value)}"`;
        const text = depth === 1 ? json.slice(1, -1) : nested(json, 1);
        const { done, held } = restoreJsonText(text, depth, ISSUED);
        const restored = decoded(done + held, 1);
        expect(depth === 1 ? restored : (JSON.parse(restored) as string)).toBe(
          'ann.miller@corp.example',
        );
      }),
    );
  });

  it('changes nothing but placeholders', () => {
    const odd = 'caf\\u00e9 \\/ \xff\xfe é 😀 \\ud83d PII_ ';
    const { done, held } = restoreJsonText(`${odd}${UNKNOWN}!`, depth, ISSUED);
    expect([done, held]).toEqual([`${odd}${UNKNOWN}!`, '']);
  });

  it('escapes a value once per nesting level', () => {
    expect(decoded(restoreJsonText(NAME, depth, ISSUED).done, depth)).toBe(VALUES[NAME]);
  });

  it('holds back less than a placeholder, and only text that may become one', () => {
    checkProperty(
      fc.property(placeholderText, (text) => {
        const { held } = restoreJsonText(
          nested(text, depth),
          depth,
          new IssuedPlaceholders(issued({})),
        );
        expect(held.length).toBeLessThanOrEqual(SPELLING_LENGTH_MAX);
        // A sign may begin an escape; the next character tells.
        expect(held).toMatch(/^(|PI?|PII.*|PI?[^a-z\d\s].*)$/is);
      }),
    );
  });
});
