import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detector, Trigger } from '../../../../../shared/privacy/detect/detector.ts';
import { createScanner, UNNAMED_LABEL } from '../../../../../shared/privacy/detect/scan.ts';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { detectorOf, key, SIMPLE_DETECTORS } from './kit/simple-detectors.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const scanner = createScanner(SIMPLE_DETECTORS);
const KEY = 'tok_a1b2c3d4e5f6';

/** Returns findings as `ENTITY text`. */
function found(text: string, from = scanner): string[] {
  return from
    .scan(text)
    .map(({ start, end, detector }) => `${detector.entity} ${text.slice(start, end)}`);
}

/** Returns the candidates a trigger offers. */
function candidates(trigger: Trigger, text: string): string[] {
  const seen: string[] = [];
  const detector: Detector = {
    ...detectorOf('ANY', trigger, /x/),
    find(given, start, end) {
      seen.push(given.slice(start, end));
      return undefined;
    },
  };
  createScanner([detector]).scan(text);
  return seen;
}

describe('a trigger', () => {
  it('of characters fires at each of them', () => {
    expect(candidates({ kind: 'char', chars: '@:' }, 'a@b:c@@')).toEqual(['@', ':', '@', '@']);
  });

  it('of characters is case-sensitive, unlike keywords', () => {
    expect(candidates({ kind: 'char', chars: 'x' }, 'xX')).toEqual(['x']);
  });

  it('of words fires at each of them, in any letter case and anywhere', () => {
    const words = ['key', 'keys', 'y-'];
    expect(candidates({ kind: 'word', words }, 'myKEYS-keY-')).toEqual([
      'KEY',
      'KEYS',
      'keY',
      'Y-',
    ]);
    expect(candidates({ kind: 'word', words: ['Key', 'key'] }, 'key')).toEqual(['key']);
  });

  it('of words does not fire across a non-ASCII character', () => {
    expect(candidates({ kind: 'word', words: ['key'] }, 'ke\u00e9y ke\u6f22y')).toEqual([]);
  });

  it('of digits fires at groups of that many digits', () => {
    const trigger: Trigger = { kind: 'digits', digitsMin: 3, digitsMax: 4 };
    expect(candidates(trigger, '12 a1-2.3b 1/234,12345 1  2')).toEqual(['1-2.3', '234', '1/234']);
  });

  it('of runs fires at runs that have letters and digits', () => {
    const trigger: Trigger = { kind: 'run', lengthMin: 3, lengthMax: 4 };
    expect(candidates(trigger, 'a12 abc 123 x-1a2b_a1b2c é1é 9zz')).toEqual(['a12', '1a2b', '9zz']);
  });

  it('is rejected if malformed', () => {
    const compiling = (trigger: Trigger) => () => createScanner([detectorOf('ANY', trigger, /x/)]);
    expect(compiling({ kind: 'char', chars: 'é' })).toThrow(RangeError);
    expect(compiling({ kind: 'word', words: [''] })).toThrow(RangeError);
    expect(compiling({ kind: 'digits', digitsMin: 4, digitsMax: 3 })).toThrow(RangeError);
    expect(compiling({ kind: 'run', lengthMin: 0, lengthMax: 3 })).toThrow(RangeError);
  });
});

describe('a scan', () => {
  it('returns the findings of each detector in text order', () => {
    expect(found(`pay 4111 1111 1111 1111 12/26, mail jo@acme.io, ${KEY}, ABC1234`)).toEqual([
      'CARD 4111 1111 1111 1111 12',
      'EMAIL jo@acme.io',
      `KEY ${KEY}`,
      'PLATE ABC1234',
    ]);
  });

  it('finds nothing in ordinary text', () => {
    expect(found('')).toEqual([]);
    expect(found('const a = b @ 12; // 3.14')).toEqual([]);
  });

  it('needs a context word for findings with context', () => {
    expect(found('customerSsn=123-45-6789')).toEqual(['SSN 123-45-6789']);
    expect(found('order 123-45-6789')).toEqual([]);
  });

  it('drops findings inside ids and hashes', () => {
    expect(found(`ssn 550e8400-e29b-41d4-a716-123456789012`)).toEqual([]);
    expect(found(`id toolu_${'1'.repeat(14)}`)).toEqual([]);
  });

  it('keeps a secret with a keyword, even if it looks like a hash', () => {
    const digest = '0cc175b9c0f1b6a831c399e269772661';
    const words: Trigger = { kind: 'word', words: ['pass='] };
    const find: Detector['find'] = (text, _, end) => ({ start: end, end: text.length });
    const sure = { ...detectorOf('PASS', words, /x/, { secret: true }), find };
    const plain = { ...detectorOf('PASS', words, /x/), find };
    expect(found(`pass=${digest}`, createScanner([sure]))).toEqual([`PASS ${digest}`]);
    expect(found(`pass=${digest}`, createScanner([plain]))).toEqual([]);
    expect(found('pass=PII_DATA_abcdefg2', createScanner([sure]))).toEqual([]);
  });

  it('rejects an invalid range', () => {
    const returning = (start: number, end: number) => () =>
      createScanner([{ ...key, find: () => ({ start, end }) }]).scan('tok_');
    expect(returning(0, 5)).toThrow(RangeError);
    expect(returning(2, 2)).toThrow(RangeError);
    expect(returning(-1, 2)).toThrow(RangeError);
  });

  it('resolves overlaps by length', () => {
    const wide = detectorOf('WIDE', { kind: 'word', words: ['id:tok_'] }, /id:tok_\w+/);
    const both = createScanner([key, wide]);
    expect(found(`id:${KEY}`, both)).toEqual([`WIDE id:${KEY}`]);
  });
});

describe('a confusable', () => {
  it.each([
    ['zero-width space', 'j\u200bo@ac\u200bme.io'],
    ['soft hyphen', 'jo@ac\u00adme.io'],
    ['byte order mark', 'jo\ufeff@acme.io'],
    ['word joiners', 'j\u2060\u2060o@acme.io'],
    ['full-width forms', 'ｊｏ＠ａｃｍｅ．ｉｏ'],
    ['full-width at sign', 'jo＠acme.io'],
    ['small at sign', 'jo﹫acme.io'],
    ['one-dot leader', 'jo＠acme\u2024io'],
    ['percent-encoding', 'jo%40acme.io'],
    ['percent-encoding throughout', '%6A%6f%40acme%2Eio'],
    ['unicode escapes', 'jo\\u0040acme.io'],
  ])('in an address is normalized: %s', (_, confused) => {
    expect(found(`to "${confused}".`)).toEqual([`EMAIL ${confused}`]);
    expect(scanner.labelOf(confused)).toBe('EMAIL');
  });

  it.each([
    ['full-width digits', '４１１１ 1111 1111 1111'],
    ['Arabic digits', '٤١١١١١١١١١١١١١١١'],
    ['Devanagari digits', '४१११-११११-११११-११११'],
    ['mathematical digits', '𝟒𝟏𝟏𝟏 𝟙𝟙𝟙𝟙 𝟣𝟣𝟣𝟣 𝟷𝟷𝟷𝟷'],
    ['no-break spaces', '4111\u00a01111\u00a01111\u00a01111'],
    ['thin spaces', '4111\u20091111\u20091111\u20091111'],
    ['ideographic spaces', '4111\u30001111\u30001111\u30001111'],
    ['en dashes', '4111\u20131111\u20131111\u20131111'],
    ['minus signs', '4111\u22121111\u22121111\u22121111'],
    ['zero-width joiners', '4111\u200d1111\u200d1111\u200d1111'],
  ])('in a number is normalized: %s', (_, confused) => {
    expect(found(`card: ${confused};`)).toEqual([`CARD ${confused}`]);
    expect(scanner.labelOf(confused)).toBe('CARD');
  });

  it('is normalized beside plain findings, and far into a text', () => {
    const text = `jo@acme.io ${'lorem ipsum '.repeat(3_000)} ann%40acme.io ssn１２３-45-6789`;
    expect(found(text)).toEqual(['EMAIL jo@acme.io', 'EMAIL ann%40acme.io', 'SSN １２３-45-6789']);
  });

  it('does not hide what precedes it', () => {
    expect(found('jo@acme.io\u200bnext')).toEqual(['EMAIL jo@acme.io\u200bnext']);
    expect(found('jo@acme.io%20and')).toEqual(['EMAIL jo@acme.io']);
  });

  it('never shifts a finding', () => {
    const noise = fc.string({
      unit: fc.constantFrom(' ', '漢', '\u200b', '%40', '%', '\\u0041', '１', '–', '𝟒', 'é', '😀'),
    });
    checkProperty(
      fc.property(noise, noise, (before, after) => {
        const text = `${before} ${KEY} ${after}`;
        expect(found(text)).toContain(`KEY ${KEY}`);
      }),
    );
  });

  it('may fill a long text', () => {
    const address = 'ｊｏ＠ａｃｍｅ．ｉｏ';
    expect(found(`${address} `.repeat(5_000))).toEqual(
      Array.from({ length: 5_000 }, () => `EMAIL ${address}`),
    );
  });
});

describe('base64', () => {
  const encoded = Buffer.from(`export TOKEN=${KEY}\n`).toString('base64');

  it('with a secret inside is one finding, padding included', () => {
    const padded = Buffer.from(`TOKEN=${KEY}`).toString('base64');
    expect(padded).toMatch(/=$/);
    expect(found(`data: ${padded}\n`)).toEqual([`KEY ${padded}`]);
    expect(scanner.labelOf(padded)).toBe('KEY');
  });

  it('may be in the URL alphabet', () => {
    const url = Buffer.from(`?>~?>~?>~ ${KEY} ok?`).toString('base64url');
    expect(url).toMatch(/[-_]/);
    expect(found(`"${url}"`)).toEqual([`KEY ${url}`]);
  });

  it('is searched for secrets only', () => {
    const other = Buffer.from('write to jo@acme.io, please').toString('base64');
    expect(found(other)).toEqual([]);
  });

  it('is decoded once', () => {
    expect(found(Buffer.from(encoded).toString('base64'))).toEqual([]);
  });

  it('of binary data is ignored', () => {
    expect(found(Buffer.from(`\u0001\u0002 ${KEY}`).toString('base64'))).toEqual([]);
    expect(found(Buffer.from(`plain at first ${KEY} \u0000`).toString('base64'))).toEqual([]);
  });

  it('is decoded only at the beginning if long', () => {
    const long = Buffer.from(`${KEY}\n${'A line of text. '.repeat(2_000)}`).toString('base64');
    expect(found(long)).toEqual([`KEY ${long}`]);
  });
});

const ENCODED = Buffer.from(`the key: ${KEY}`).toString('base64');
const fragments = fc.constantFrom(
  ...`${KEY}|jo@acme.io|ssn 123-45-6789|4111 1111 1111 1111|ABC1234|${ENCODED}`.split('|'),
  ...'１２|%40|漢字|\u200b| |word |@|tok_|1-1-1-|a1'.split('|'),
  ' '.repeat(4_000),
);

describe('slices', () => {
  it('give the same result as a scan', () => {
    checkProperty(
      fc.property(fc.array(fragments, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const steps = scanner.slices(text);
        let step = steps.next();
        while (!step.done) step = steps.next();
        expect(step.value).toEqual(scanner.scan(text));
      }),
    );
  });

  it('find values across slice boundaries', () => {
    for (const at of [8_180, 8_185, 8_190, 16_380]) {
      expect(found(`${' '.repeat(at)}${KEY}`)).toEqual([`KEY ${KEY}`]);
      expect(found(`${' '.repeat(at)}4111 1111 1111 1111`)).toHaveLength(1);
      expect(found(`${' '.repeat(at)}jo@acme.io`)).toEqual(['EMAIL jo@acme.io']);
    }
  });

  it('have a bounded length for any text', () => {
    const yields = (text: string) => {
      const steps = scanner.slices(text);
      let count = 0;
      while (!steps.next().done) count++;
      return count;
    };
    expect(yields('x'.repeat(1_000_000))).toBeGreaterThan(100);
    expect(yields('１'.repeat(200_000))).toBeGreaterThan(40);
    expect(yields('short')).toBe(0);
  });

  it('of several texts are independent', () => {
    const texts = [`${' '.repeat(9_000)}${KEY}`, `${'1 '.repeat(9_000)}jo@acme.io`];
    const running = texts.map((text) => scanner.slices(text));
    const results = running.map((): unknown => undefined);
    while (results.includes(undefined)) {
      for (const [index, steps] of running.entries()) {
        const step = steps.next();
        if (step.value) results[index] = step.value;
      }
    }
    expect(results).toEqual(texts.map((text) => scanner.scan(text)));
  });
});

describe('the label of a value', () => {
  it('is that of the detector that finds all of it', () => {
    expect(scanner.labelOf('jo@acme.io')).toBe('EMAIL');
    expect(scanner.labelOf(KEY)).toBe('KEY');
    expect(scanner.labelOf(`${KEY} `)).toBe(UNNAMED_LABEL);
    expect(scanner.labelOf('')).toBe(UNNAMED_LABEL);
  });

  it('needs no context and ignores harmless formats', () => {
    expect(scanner.labelOf('123-45-6789')).toBe('SSN');
    const hex = detectorOf('HEX', { kind: 'run', lengthMin: 32, lengthMax: 32 }, /[0-9a-f]{32}/);
    expect(createScanner([hex]).labelOf('0cc175b9c0f1b6a831c399e269772661')).toBe('HEX');
  });

  it('is not that of an identity number for a date, or for a word with a number', () => {
    const all = createScanner(DETECTORS);
    expect(all.labelOf('12.03.1968')).toBe('DOB');
    expect(all.labelOf('1968-03-12')).toBe('DOB');
    expect(all.labelOf('tulpe2024')).toBe(UNNAMED_LABEL);
  });

  it('is that of the detector listed first if several do', () => {
    const trigger: Trigger = { kind: 'digits', digitsMin: 9, digitsMax: 9 };
    const one = detectorOf('ONE', trigger, /\d{9}/);
    const two = detectorOf('TWO', trigger, /\d{9}/);
    expect(createScanner([one, two]).labelOf('123456789')).toBe('ONE');
    expect(createScanner([two, one]).labelOf('123456789')).toBe('TWO');
  });
});
