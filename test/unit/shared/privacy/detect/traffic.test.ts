// What agents and people send, as whole texts: tickets, logs, letters, tables, settings. Values in `«»` must
// be found; of what is found, little may be anything else.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildDetection } from '../../../../../shared/privacy/detection.ts';

const FOLDER = new URL('../../../../fixtures/traffic/', import.meta.url);
const RECALL_MIN = 0.95;
const WRONG_MAX = 2;

interface MarkedText {
  readonly text: string;
  readonly values: readonly { readonly start: number; readonly end: number }[];
}

function marked(source: string): MarkedText {
  const values: { start: number; end: number }[] = [];
  let text = '';
  let read = 0;
  for (const { 0: whole, 1: value = '', index } of source.matchAll(/«(.*?)»/gs)) {
    text += source.slice(read, index);
    values.push({ start: text.length, end: text.length + value.length });
    text += value;
    read = index + whole.length;
  }
  return { text: text + source.slice(read), values };
}

describe('the detectors at their default levels', () => {
  const { scanner } = buildDetection(null);
  const results = readdirSync(FOLDER).map((name) => {
    const { text, values } = marked(readFileSync(new URL(name, FOLDER), 'utf8'));
    const found = scanner.scan(text);
    const missed = values.filter(
      ({ start, end }) => !found.some((each) => each.start <= start && each.end >= end),
    );
    const wrong = found.filter(
      ({ start, end }) => !values.some((each) => each.start < end && each.end > start),
    );
    const quote = ({ start, end }: { start: number; end: number }) =>
      `${name}: ${text.slice(start, end)}`;
    return { count: values.length, missed: missed.map(quote), wrong: wrong.map(quote) };
  });

  it('find at least 95 % of the values in the texts of an agent, completely', () => {
    const count = results.reduce((sum, each) => sum + each.count, 0);
    const missed = results.flatMap((each) => each.missed);
    expect(count).toBeGreaterThan(150);
    expect(1 - missed.length / count, missed.join('\n')).toBeGreaterThanOrEqual(RECALL_MIN);
  });

  it('find hardly anything else in them', () => {
    const wrong = results.flatMap((each) => each.wrong);
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(WRONG_MAX);
  });
});
