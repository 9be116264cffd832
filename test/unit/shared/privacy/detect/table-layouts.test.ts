// Every kind of value in every layout of a table, with all detectors at the default level.

import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';

const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));

type Table = readonly (readonly string[])[];
type Layout = (headings: readonly string[], rows: Table) => string;

const joined =
  (delimiter: string, lineBreak = '\n'): Layout =>
  (headings, rows) =>
    [headings, ...rows].map((row) => `${row.join(delimiter)}${lineBreak}`).join('');
const quoted = (row: readonly string[], mark = '"') => row.map((cell) => `${mark}${cell}${mark}`);
const list = (row: readonly string[]) => `(${quoted(row, "'").join(', ')})`;

const LAYOUTS: Readonly<Record<string, Layout>> = {
  CSV: joined(','),
  'CSV with CRLF': joined(',', '\r\n'),
  'quoted CSV': (headings, rows) =>
    joined(',')(
      quoted(headings),
      rows.map((row) => quoted(row)),
    ),
  'CSV with blanks': joined(', '),
  TSV: joined('\t'),
  semicolons: joined(';'),
  Markdown: (headings, rows) =>
    [headings, headings.map(() => '---'), ...rows]
      .map((row) => `| ${row.join(' | ')} |\n`)
      .join(''),
  'Markdown with bold headings': (headings, rows) =>
    [headings.map((heading) => `**${heading}**`), headings.map(() => ':--'), ...rows]
      .map((row) => `|${row.join('|')}|\n`)
      .join(''),
  'a terminal': (headings, rows) =>
    [headings, ...rows]
      .map((row) => ` ${row.join(' | ')} `)
      .toSpliced(1, 0, '----+-----+------')
      .join('\n'),
  'a terminal with borders': (headings, rows) =>
    [headings, ...rows]
      .map((row) => `| ${row.join(' | ')} |`)
      .flatMap((line) => [line, '+----+-----+------+'])
      .join('\n'),
  INSERT: (headings, rows) =>
    `INSERT INTO t (${headings.join(', ')}) VALUES\n${rows.map(list).join(',\n')};\n`,
  'INSERT on one line': (headings, rows) =>
    `await db.query("INSERT INTO t (${headings.join(',')}) VALUES ${rows.map(list).join(',')}");`,
  COPY: (headings, rows) =>
    `COPY public.t (${headings.join(', ')}) FROM stdin;\n${rows.map((row) => row.join('\t')).join('\n')}\n\\.\n`,
  'a string of JSON': (headings, rows) =>
    JSON.stringify({ stdout: joined(',')(headings, rows), exit: 0 }),
  'a string of JSON with quotes': (headings, rows) =>
    JSON.stringify({
      stdout: joined(',')(
        headings,
        rows.map((row) => quoted(row)),
      ).trimEnd(),
    }),
};

interface Kind {
  readonly heading: string;
  readonly values: readonly string[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  passwords: { heading: 'password', values: ['hunter22', 'Plover!42x'] },
  keys: { heading: 'api_key', values: ['k3ys9Qm2xZ81', 'z7Rt2pLq9Vw4'] },
  'telephone numbers': { heading: 'phone', values: ['0171 4829301', '+49 221 9876543'] },
  'identity numbers': { heading: 'ssn', values: ['906-14-4085', '078051120'] },
  'numbers with a check digit': {
    heading: 'resident_id',
    values: ['110105200502140185', '11010519491231002X'],
  },
  'first names': { heading: 'first_name', values: ['Anna', 'Tendai'] },
  'full names': { heading: 'full_name', values: ['Anna Koch', 'Quill Abernathy'] },
  'names beside mail addresses': { heading: 'name', values: ['Anna Koch', 'Quill Abernathy'] },
  streets: { heading: 'street', values: ['Lindenallee 14a', '12 rue des Lilas'] },
  'dates of birth': { heading: 'date_of_birth', values: ['1984-03-17', '04/19/1951'] },
  users: { heading: 'username', values: ['kvogelsang84', 'anna.koch'] },
};

function valuesIn(text: string): string[] {
  return scanner.scan(text).map(({ start, end }) => text.slice(start, end));
}

/** A table with the values in the middle column. */
function tableOf({ heading, values }: Kind, layout: Layout, place = values): string {
  return layout(
    ['id', heading, 'email'],
    place.map((value, row) => [String(row + 1), value, `u${row + 1}@corp-mail.org`]),
  );
}

describe.each(Object.entries(LAYOUTS))('in %s', (_, layout) => {
  it.each(Object.entries(KINDS))('%s are found', (_name, kind) => {
    expect(valuesIn(tableOf(kind, layout))).toEqual(
      kind.values.flatMap((value, row) => [value, `u${row + 1}@corp-mail.org`]),
    );
  });
});

const ROWS = 5_000;

describe('far below the headings', () => {
  it.each(Object.entries(KINDS))('%s are found', (_, kind) => {
    const values = Array.from({ length: ROWS }, (_row, at) => kind.values[at % 2] ?? '');
    const found = valuesIn(tableOf(kind, joined(','), values));
    expect(found.filter((value) => kind.values.includes(value))).toEqual(values);
  });

  it('they are found behind empty cells', () => {
    const rows = Array.from({ length: ROWS }, () => 'Acme,\n').join('');
    expect(valuesIn(`firm,phone\n${rows}Corp,0171 4829301\n`)).toEqual(['0171 4829301']);
  });
});

describe('rows', () => {
  it.each([
    [
      'unquoted commas',
      'id,address,state\n1,«70 Mill Road, Leeds»,open\n2,«8 Elm Road, Graz»,open',
    ],
    ['quoted commas', 'id,name,note\n1,"«Koch, Anna»",a\n2,"«Roy, Ben»",b'],
    ['doubled quotes', 'id,note,phone\n1,"say ""hi"", he",«0171 4829301»'],
    ['an empty heading', ',first_name,email\n0,«Anna»,none\n1,«Ben»,none'],
    ['another table below', 'id,firm\n1,Acme\nid,firm,first_name\n1,Acme,«Anna»\n2,Acme,«Ben»'],
    [
      'two statements',
      "INSERT INTO a (id, pw) VALUES (1, '«hunter22»');\nINSERT INTO b (pw, id) VALUES ('«Plover!42x»', 2);",
    ],
    [
      'calls in a tuple',
      "INSERT INTO a (t, pw) VALUES (NOW(3, 2), '«hunter22»'), (f('a,b'), N'«Plover!42x»')",
    ],
    ['a long cell', `id,note,first_name\n1,${'x'.repeat(9_000)},«Anna»\n2,y,«Ben»`],
    ['a line too long', `id,note,first_name\n1,${'x'.repeat(40_000)},Anna\n2,y,«Ben»`],
    ['a comment above', 'Exported by hand, see below\n\nfirst_name;firm\n«Anna»;Acme'],
  ])('with %s are read', (_, marked) => {
    const values = Array.from(marked.matchAll(/«(.*?)»/gs), ([, value]) => value);
    expect(valuesIn(marked.replaceAll(/[«»]/g, ''))).toEqual(values);
  });

  it.each([
    ['of code', 'const name, city;\nfoo(name, 1),\nbar(city, 2),'],
    [
      'of exports',
      'module.exports = {\n  parseAddress,\n  parseIPv6,\n  password,\n  buildIt7x,\n}',
    ],
    ['of prose', 'She gave her name, address and phone,\nand left at 9, in 2024, for good.'],
    ['of products', 'name,license\nfoo,MIT\nBar Baz,ISC'],
  ])('%s hold no values', (_, text) => {
    expect(valuesIn(text)).toEqual([]);
  });
});
