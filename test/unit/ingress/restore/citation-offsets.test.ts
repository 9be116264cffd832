import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  citationEdits,
  originalOffset,
} from '../../../../services/ingress/restore/citation-offsets.ts';
import { scanJson, type JsonObject } from '../../../../shared/json/parse.ts';
import { splice } from '../../../../shared/json/edit.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** A document in parts: unchanged text, and tokens with their values. */
const document = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }).map((text) => ({ sent: text, original: text })),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .map((original) => ({ sent: 'PII_EMAIL_aaaaaaaa', original })),
  ),
  { maxLength: 8 },
);

type Part = { readonly sent: string; readonly original: string };

const codePoints = (text: string) => Array.from(text);

function replacementsOf(parts: readonly Part[]): [number, number, number][] {
  let at = 0;
  return parts.flatMap(({ sent, original }): [number, number, number][] => {
    const start = at;
    at += codePoints(sent).length;
    return sent === original ? [] : [[start, codePoints(sent).length, codePoints(original).length]];
  });
}

describe('originalOffset', () => {
  it('marks the same words in the original as in the forwarded text', () => {
    checkProperty(
      fc.property(document, fc.nat(), fc.nat(), (parts, one, other) => {
        const [from, to] = [one, other]
          .map((position) => position % (parts.length + 1))
          .toSorted((a, b) => a - b);
        const join = (list: readonly Part[], side: keyof Part) =>
          list.map((part) => part[side]).join('');
        const start = codePoints(join(parts.slice(0, from), 'sent')).length;
        const end = codePoints(join(parts.slice(0, to), 'sent')).length;
        const replacements = replacementsOf(parts);
        const cited = codePoints(join(parts, 'original'))
          .slice(
            originalOffset(start, 'start', replacements),
            originalOffset(end, 'end', replacements),
          )
          .join('');
        expect(cited).toBe(join(parts.slice(from, to), 'original'));
      }),
    );
  });

  it('covers the whole value if a citation starts or ends inside a token', () => {
    const replacements: [number, number, number][] = [
      [10, 18, 5],
      [40, 18, 30],
    ];
    expect(originalOffset(15, 'start', replacements)).toBe(10);
    expect(originalOffset(15, 'end', replacements)).toBe(15);
    expect(originalOffset(41, 'start', replacements)).toBe(27);
    expect(originalOffset(57, 'end', replacements)).toBe(57);
  });
});

describe('citationEdits', () => {
  const edited = (
    citation: string,
    documents = { 1: [[4, 18, 23]] as [number, number, number][] },
  ) => splice(citation, citationEdits(citation, scanJson(citation) as JsonObject, documents));

  it('maps both offsets and nothing else', () => {
    expect(edited('{"document_index": 1, "start_char_index":4 ,"end_char_index":30,"n":1.0}')).toBe(
      '{"document_index": 1, "start_char_index":4 ,"end_char_index":35,"n":1.0}',
    );
  });

  it.each([
    ['of a document without replacements', '{"document_index":0,"end_char_index":30}'],
    ['without a document', '{"end_char_index":30}'],
    ['of a document named like an inherited property', '{"document_index":"toString"}'],
    ['that are not integers', '{"document_index":1,"start_char_index":1e1,"end_char_index":-3}'],
    ['that are absent', '{"document_index":1,"start_char_index":null}'],
  ])('keeps offsets %s', (_, citation) => {
    expect(edited(citation)).toBe(citation);
  });
});
