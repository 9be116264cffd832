// Texts that look like secrets, persons or numbers and are none, at the default level. In the fixtures, each
// line is a text, and `⏎` a line break in it.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildDetection } from '../../../../../shared/privacy/detection.ts';

const FOLDER = new URL('../../../../fixtures/privacy/negatives/', import.meta.url);

const { scanner } = buildDetection(null);

const NEGATIVES = readdirSync(FOLDER).flatMap((file) =>
  readFileSync(new URL(file, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !/^## [a-z]/.test(line))
    .map((line) => ({ file, text: line.replaceAll('⏎', '\n') })),
);

describe('texts that only look like personal data and secrets', () => {
  it('are more than four hundred', () => {
    expect(NEGATIVES.length).toBeGreaterThan(400);
  });

  it.each(NEGATIVES)('$file: stays as it is: $text', ({ text }) => {
    const found = scanner
      .scan(text)
      .map(({ detector, start, end }) => `${detector.entity}: ${text.slice(start, end)}`);
    expect(found).toEqual([]);
  });
});
