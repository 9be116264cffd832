// What models do to placeholders, by name.

import * as fc from 'fast-check';

type Spell = (placeholder: string) => string;

const titled = (text: string) =>
  text.replaceAll(/[^_]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
const labelled =
  (label: string): Spell =>
  (placeholder) =>
    `PII_${label}_${placeholder.slice(-8)}`;
const fullWidth: Spell = (placeholder) =>
  placeholder
    .split('')
    .map((char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
    .join('');

export const SEPARATORS: Readonly<Record<string, string>> = {
  'Markdown escapes': '\\_',
  'Markdown escapes, twice': '\\\\_',
  hyphens: '-',
  'percent encoding': '%5F',
  'percent encoding in lower case': '%5f',
  'percent encoding, twice': '%255F',
  'percent-encoded Markdown escapes': '%5C%5F',
  'decimal entities': '&#95;',
  'decimal entities with zeros': '&#0095;',
  'entities without a semicolon': '&#95',
  'hexadecimal entities': '&#x5f;',
  'hexadecimal entities in upper case': '&#X5F;',
  'named entities': '&lowbar;',
  'other named entities': '&UnderBar;',
  'escaped entities': '&amp;#95;',
  'full-width underscores': '\uff3f',
  'percent-encoded full-width underscores': '%EF%BC%BF',
  'Markdown escapes of full-width underscores': '\\\uff3f',
};

const between =
  (invisible: string): Spell =>
  (placeholder) =>
    placeholder.split('').join(invisible);

export const SPELLINGS: Readonly<Record<string, Spell>> = {
  'upper case': (placeholder) => placeholder.toUpperCase(),
  'lower case': (placeholder) => placeholder.toLowerCase(),
  'title case': titled,
  'alternating case': (placeholder) =>
    placeholder.replaceAll(
      /../g,
      ([one = '', other = '']) => one.toLowerCase() + other.toUpperCase(),
    ),
  'the label of another kind': labelled('SECRET'),
  'a label that was never one': labelled('Customer'),
  'the entity as label': labelled('EMAIL_ADDRESS'),
  'a label with a digit': labelled('IPV6'),
  'full-width characters': fullWidth,
  'zero-width spaces': between('\u200b'),
  'byte order marks': between('\ufeff'),
  'soft hyphens': between('\u00ad'),
  'word joiners in pairs': between('\u2060\u2060'),
  'a zero-width joiner before underscores': (placeholder) => placeholder.replaceAll('_', '\u200d_'),
  ...Object.fromEntries(
    Object.entries(SEPARATORS).map(([name, separator]) => [
      name,
      (placeholder: string) => placeholder.replaceAll('_', separator),
    ]),
  ),
  'Markdown escapes in lower case': (placeholder) =>
    placeholder.toLowerCase().replaceAll('_', '\\_'),
  'percent encoding in upper case with another label': (placeholder) =>
    labelled('DATA')(placeholder).toUpperCase().replaceAll('_', '%5F'),
};

/** Any mixture of case, separators and invisible characters. */
export const anySpelling: fc.Arbitrary<Spell> = fc
  .infiniteStream(fc.nat({ max: 59 }))
  .map((choices) => (placeholder) => {
    const choose = <Item>(items: readonly Item[]) =>
      items[(choices.next().value ?? 0) % items.length];
    const separators = Object.values(SEPARATORS);
    return placeholder
      .split('')
      .map((char, at) => {
        const invisible = at > 0 && choose([false, false, true]) === true ? '\u200b' : '';
        const spelled = choose([char, char.toLowerCase(), char.toUpperCase()]) ?? char;
        return invisible + (char === '_' ? (choose(separators) ?? char) : spelled);
      })
      .join('');
  });
