import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  passagesOf,
  splitMarkdown,
  type SplitPassage,
} from '../../../../services/rag/split/split-markdown.ts';
import { TimeSlice } from '../../../../shared/runtime/time-slice.ts';
import { limits } from '../../../../shared/limits.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const { passageChars, passageCharsMax, overlapChars } = limits.documents;

function split(markdown: string, changed: Partial<typeof limits.documents> = {}): SplitPassage[] {
  return [...passagesOf(markdown, { ...limits.documents, ...changed })];
}

/** Small limits, so that short texts have many borders. */
const small = { passageChars: 40, passageCharsMax: 60, overlapChars: 15 };

function sentences(count: number, from = 0): string {
  return Array.from(
    { length: count },
    (_, index) => `Sentence number ${from + index} is about the ${from + index}th thing.`,
  ).join(' ');
}

describe('passagesOf', () => {
  test('keeps a short document in one passage', () => {
    expect(split('One.\n\nTwo.\n- three\n- four')).toEqual([
      { text: 'One.\n\nTwo.\n- three\n- four', headings: [] },
    ]);
  });

  test('gives each passage its enclosing headings, and crosses none', () => {
    const markdown =
      '# Shop\n\nHello.\n\n## Refunds ##\n\nThirty days.\n\nOnline\n------\nBy mail.\n\n# Jobs\n\nNone.';
    expect(split(markdown)).toEqual([
      { text: 'Hello.', headings: ['Shop'] },
      { text: 'Thirty days.', headings: ['Shop', 'Refunds'] },
      { text: 'By mail.', headings: ['Shop', 'Online'] },
      { text: 'None.', headings: ['Jobs'] },
    ]);
  });

  test('makes a passage of a heading with nothing under it', () => {
    expect(split('# Shop\n\n## Closed on Mondays\n\n## Prices\n\nLow.')).toEqual([
      { text: 'Closed on Mondays', headings: ['Shop'] },
      { text: 'Low.', headings: ['Shop', 'Prices'] },
    ]);
  });

  test('packs paragraphs up to the target size', () => {
    const paragraphs = Array.from({ length: 30 }, (_, index) => sentences(4, 4 * index));
    const lengths = split(paragraphs.join('\n\n')).map(({ text }) => text.length);
    expect(lengths.length).toBeGreaterThan(3);
    for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThan(passageChars / 2);
  });

  test('splits a long paragraph between sentences, and repeats the last one', () => {
    const [first, second] = split(sentences(60));
    expect(first?.text).toMatch(/thing\.$/);
    const last = /[^.]+\.$/.exec(first?.text ?? '')?.[0].trim() ?? '';
    expect(second?.text.startsWith(`${last} Sentence`)).toBe(true);
  });

  test('repeats nothing across headings', () => {
    const [, second] = split(`# A\n\n${sentences(10)}\n\n# B\n\n${sentences(10)}`);
    expect(second?.text).toMatch(/^Sentence number 0/);
  });

  test('keeps code and tables together when they fit', () => {
    const code = `\`\`\`\n# no heading\n\n${'line();\n'.repeat(130)}\`\`\``;
    const table = `| a | b |\n| - | - |\n${'| 1 | 2 |\n'.repeat(100)}`.trim();
    const texts = split(`${sentences(15)}\n\n${code}\n\n${table}`).map(({ text }) => text);
    expect(texts.some((text) => text.includes(code))).toBe(true);
    expect(texts.some((text) => text.includes(table))).toBe(true);
  });

  test('repeats the head of a table that does not fit', () => {
    const table = `| name | pay |\n| --- | --- |\n${'| Ann | 12 |\n'.repeat(500)}`;
    const passages = split(table);
    expect(passages.length).toBeGreaterThan(3);
    for (const { text } of passages) {
      expect(text.startsWith('| name | pay |\n| --- | --- |\n| Ann | 12 |')).toBe(true);
    }
  });

  test('recognizes front matter', () => {
    expect(split('---\ntitle: A\n---\n\nWords.')).toEqual([
      { text: '---\ntitle: A\n---\n\nWords.', headings: [] },
    ]);
  });

  test('splits no grapheme if possible', () => {
    const family = '👩‍👩‍👧‍👦';
    for (const { text } of split(family.repeat(1_000))) {
      expect(text.length % family.length).toBe(0);
    }
  });

  test('splits Chinese between sentences', () => {
    for (const { text } of split('今天天气很好我们去公园散步。'.repeat(500))) {
      expect(text.endsWith('。')).toBe(true);
    }
  });

  test('loses and repeats nothing of any text without overlap', () => {
    const character = fc.constantFrom(
      ...Array.from('ab漢🙂\u0301.!? \n\n\t-*>|`~0123)'),
      ' word ',
      '. A',
      '\n\n',
      '\n- ',
      '\n|-|',
      '\n```\n',
    );
    checkProperty(
      fc.property(fc.array(character, { maxLength: 400 }), (characters) => {
        // Setext headings lose their underline, so there are none.
        const markdown = characters.join('').replace(/^ *-{3,}[ \t]*$/gm, '- -');
        const texts = split(markdown, { ...small, overlapChars: 0 }).map(({ text }) => text);
        expect(texts.join('').replace(/\s/g, '')).toBe(markdown.replace(/\s/g, ''));
      }),
      { runs: 500 },
    );
  });

  test('keeps every word of a document in order, in texts or new headings', () => {
    const block = fc.oneof(
      fc.record({
        mark: fc.constantFrom('# ', '## ', '### ', '###### '),
        words: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({
        mark: fc.constantFrom('', '- ', '1. ', '> ', '| '),
        words: fc.integer({ min: 1, max: 60 }),
      }),
    );
    checkProperty(
      fc.property(fc.array(block, { maxLength: 30 }), (blocks) => {
        let count = 0;
        const markdown = blocks
          .map(
            ({ mark, words }) =>
              mark + Array.from({ length: words }, () => `w${count++}`).join(' '),
          )
          .join('\n\n');
        const seen = new Set<string>();
        for (const { headings, text } of split(markdown, small)) {
          expect(text.length).toBeLessThanOrEqual(small.passageCharsMax);
          for (const [word] of `${headings.join(' ')} ${text}`.matchAll(/w\d+/g)) seen.add(word);
        }
        // A set keeps insertion order.
        expect([...seen]).toEqual(Array.from({ length: count }, (_, index) => `w${index}`));
      }),
      // A regression: a word was split where a long sentence is read in windows.
      {
        examples: [
          [
            [
              { mark: '# ', words: 2 },
              { mark: '| ', words: 56 },
              { mark: '', words: 44 },
            ],
          ],
        ],
      },
    );
  });

  test('keeps its limits and is deterministic', () => {
    checkProperty(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3_000 }), (text) => {
        const passages = split(text, small);
        for (const passage of passages) {
          expect(passage.text.length).toBeLessThanOrEqual(small.passageCharsMax);
          expect(passage.text.trim()).toBe(passage.text);
          expect(passage.text).not.toBe('');
        }
        expect(split(text, small)).toEqual(passages);
      }),
    );
  });

  test.each([
    ['number signs', '#'.repeat(100_000)],
    ['nested quotes', '> '.repeat(100_000)],
    [
      'items nested line by line',
      Array.from({ length: 1_500 }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n'),
    ],
    ['items nested in a line', `${'- '.repeat(100_000)}a`],
    ['one line', 'word '.repeat(400_000)],
    ['one word', 'w'.repeat(2_000_000)],
    ['accents on one letter', `a${'\u0301'.repeat(2_000_000)}`],
    ['blank lines', `a${'\n'.repeat(2_000_000)}b`],
    ['fences', '```\n'.repeat(400_000)],
    ['table rows', '| a | b |\n'.repeat(200_000)],
  ])(
    'takes no longer than reading it for a text of %s',
    (_, text) => {
      const passages = split(text);
      const longest = passages.reduce((most, passage) => Math.max(most, passage.text.length), 0);
      expect(longest).toBeLessThanOrEqual(passageCharsMax);
      const length = passages.reduce((sum, passage) => sum + passage.text.length, 0);
      expect(length).toBeLessThanOrEqual(text.length + passages.length * (overlapChars + 1));
    },
    5_000,
  );
});

describe('splitMarkdown', () => {
  const timeSlice = (signal = new AbortController().signal) =>
    new TimeSlice(createFakeClock(), 0, signal);

  test('returns all passages', async () => {
    const markdown = sentences(200);
    expect(await splitMarkdown(markdown, limits.documents, timeSlice())).toEqual(split(markdown));
  });

  test('rejects a document with too many passages rather than losing some', async () => {
    const bounds = { ...limits.documents, passagesMax: 3 };
    const three = '# a\n# b\n# c\n';
    expect(await splitMarkdown(three, bounds, timeSlice())).toHaveLength(3);
    await expect(splitMarkdown(`${three}# d`, bounds, timeSlice())).rejects.toMatchObject({
      reason: 'too_many_passages',
    });
  });

  test('stops on abort', async () => {
    const abortedSlice = timeSlice(AbortSignal.abort(new Error('aborted')));
    await expect(splitMarkdown(sentences(200), limits.documents, abortedSlice)).rejects.toThrow(
      'aborted',
    );
  });
});
