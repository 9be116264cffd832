// What a recognizer with a model does, whichever runtime runs it.

import { afterEach, expect, it } from 'vitest';
import { createLookupModel, type LookupModel, type LookupOptions } from './lookup-model.ts';
import { recognizing } from './recognizing.ts';

const TOKENS = {
  Ann: 'B-PER',
  Lee: 'I-PER',
  Bob: 'B-PER',
  Mü: 'B-PER',
  '##ller': null,
  Ber: 'B-LOC',
  '##lin': null,
  Acme: 'B-ORG',
  王: 'B-PER',
  伟: 'I-PER',
  May: 'B-DATE',
  is: null,
  in: null,
  and: null,
  of: null,
  '.': null,
  ',': null,
};

/** @param runtime a package or its folder */
export function modelSuite(runtime: string): void {
  let model: LookupModel;
  afterEach(() => model[Symbol.dispose]());

  function opened(options: Partial<LookupOptions> = {}, rules: object = {}) {
    model = createLookupModel({ tokens: TOKENS, ...options });
    return recognizing({ model: { folder: model.folder, runtime }, ...rules });
  }

  it('finds names by their tokens, in words of Presidio', async () => {
    const find = opened();
    expect(await find('Ann Lee of Acme and Müller, Bob is in Berlin.')).toEqual([
      ['PERSON', 'Ann Lee'],
      ['ORGANIZATION', 'Acme'],
      ['PERSON', 'Müller'],
      ['PERSON', 'Bob'],
      ['LOCATION', 'Berlin'],
    ]);
  });

  it('keeps places in texts with characters of any length', async () => {
    expect(await opened()('😀 \u200bAnn  Lee\u0301 𠮷王伟 👩‍👩‍👧 is in\tBerlin')).toEqual([
      ['PERSON', 'Ann'],
      ['PERSON', '王伟'],
      ['LOCATION', 'Berlin'],
    ]);
  });

  it('finds them in any case where the model has one case', async () => {
    const tokens = { ann: 'B-PER', lee: 'I-PER', jose: 'B-PER', is: null };
    const find = opened({ tokens, lowercase: true });
    expect(await find('ANN LEE is José, is Jose\u0301')).toEqual([
      ['PERSON', 'ANN LEE'],
      ['PERSON', 'José'],
      ['PERSON', 'Jose\u0301'],
    ]);
  });

  it('finds each name of a long text once, in windows of the model', async () => {
    const find = opened({ positions: 32 }, { window_chars: 4_000 });
    const sentence = 'Ann Lee is in Berlin and Bob is in Acme, and of and of and of and of.\n';
    const found = await find(sentence.repeat(400));
    const one = [
      ['PERSON', 'Ann Lee'],
      ['LOCATION', 'Berlin'],
      ['PERSON', 'Bob'],
      ['ORGANIZATION', 'Acme'],
    ];
    expect(found).toEqual(Array.from({ length: 400 }, () => one).flat());
  });

  it('takes dates only where they are asked for', async () => {
    expect(await opened()('Ann is in May')).toEqual([['PERSON', 'Ann']]);
    model[Symbol.dispose]();
    const asking = opened({}, { entities: ['DATE_TIME'] });
    expect(await asking('Ann is in May')).toEqual([['DATE_TIME', 'May']]);
  });

  it('fails closed where the file is not a model', async () => {
    model = createLookupModel({ tokens: TOKENS });
    const find = recognizing({ model: { folder: model.folder, file: 'config.json', runtime } });
    await expect(find('Ann is here')).rejects.toMatchObject({ code: 'recognizer_failed' });
  });
}
