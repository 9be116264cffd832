import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proseOf } from '../../../../../shared/privacy/recognizer/prose.ts';
import { SKIPPED, type Skipped } from '../../../../../shared/privacy/recognizer/rules.ts';
import { finish } from '../../../../kit/finish.ts';
import { checkProperty } from '../../../../kit/properties.ts';

function prose(text: string, skip: readonly Skipped[] = SKIPPED): string[] {
  return finish(proseOf(text, new Set(skip))).map(({ start, end }) => text.slice(start, end));
}

describe('prose', () => {
  it.each([
    'Dear Ann Lee,\nthank you for your letter.\n',
    'Name: Ann Lee\nCity: Berlin\n',
    'Ann Lee; Bob Ray; Cleo Ng;\n',
    '- Ann Lee (Berlin)\n- Bob Ray (Rome)\n',
    'For Ann Lee: see below.\n',
    'return the keys to Ann Lee (Berlin)\n',
    'new employee Ann Lee (Berlin)\n',
    'class Biology: Ann Lee teaches it.\n',
    'type of visit: Ann Lee came in person\n',
    'let Ann Lee know = soon.\n',
    'import from Ann Lee was late.\n',
    'await Ann Lee, please.\n',
    'If Ann Lee (the boss) comes, open.\n',
    'at Ann Lee (10:30)\n',
    'from Ann Lee, import duty paid\n',
    'author = "Ann Lee"\n',
    '"patient": "Ann Lee",\n',
    '// Written by Ann Lee\n',
    '# Ann Lee reviewed this\n',
    '<p>Ann Lee lives in Berlin</p>\n',
    '| Ann Lee | Berlin |\n',
    'Anna(Berlin):\n',
    'git commit --author="Ann Lee"\n',
    '```text\nDear Ann Lee\n```\n',
    '~~~ md\nDear Ann Lee\n~~~\n',
    '```js\nAn open fence says nothing about Ann Lee\n',
    '> Ann Lee wrote:\n',
    '私は田中太郎です。\n',
  ])('includes %j', (text) => {
    expect(prose(text).join('')).toBe(text);
  });

  it.each([
    "import { Ann } from './lee.ts';\n",
    "import './ann.css';\n",
    'from ann.lee import Berlin\n',
    'import numpy as np\n',
    '#include <Ann.h>\n',
    'using System.Text;\n',
    'package org.Lee;\n',
    'use Lee::Ann;\n',
    'const AnnLee = new Lee();\n',
    'let { Ann, Lee } = berlin;\n',
    'export default async function Ann(Lee) {\n',
    'def ann(self, lee):\n',
    'func (s) Ann\n'.replace('(s) Ann', 'Ann(s Lee) error {'),
    'class Ann extends Lee {\n',
    'class Ann(Lee):\n',
    'interface Ann<Lee> {\n',
    'type Ann = Lee;\n',
    '  if (Ann === Lee) {\n',
    '  } else {\n',
    '    return new Ann(Lee);\n',
    '    throw new AnnError(`Lee`);\n',
    'expect(Ann).toThrow(AssertionError);\n',
    '    at Ann.lee (/srv/ann.js:10:3)\n',
    '    at async Lee (node:internal/main:1:2)\n',
    '    at file:///srv/ann.ts:3:1\n',
    '  File "/srv/ann.py", line 3, in Lee\n',
    'Traceback (most recent call last):\n',
    '@Lee.fixture(Ann)\n',
    '});\n',
    '<div class="Ann">\n',
    '@@ -1,3 +1,4 @@ Ann\n',
    '+++ b/Ann/Lee\n',
    '    at Ann.main(Lee.java:12)\n',
    '```\nAnn Lee\n```\n',
    '```ts\nAnn Lee\n```\n',
    '- ```ts\n  Ann Lee\n  ```\n',
    '````md-x\n```\nAnn Lee\n```\n````\n',
    '~~~python\nAnn Lee\n~~~\n',
    '> ```sh\n> Ann Lee\n> ```\n',
    'A1b2'.repeat(200),
  ])('leaves out %j', (code) => {
    expect(prose(`Before.\n${code}`)).toEqual(['Before.\n']);
  });

  it('continues after code', () => {
    expect(prose('One.\n```ts\nx\n```\nTwo.\nfoo();\nThree.')).toEqual([
      'One.\n',
      'Two.\n',
      'Three.',
    ]);
  });

  it.each([
    ['fenced_code', '```\nAnn Lee\n```\n'],
    ['code_lines', 'expect(Ann).toBe(Lee);\n'],
  ] as const)('includes %s where the rules do not skip it', (kind, text) => {
    expect(
      prose(
        text,
        SKIPPED.filter((each) => each !== kind),
      ).join(''),
    ).toBe(text);
  });

  it('is read in small steps, and each character once, whatever the text', () => {
    const piece = fc.constantFrom(
      '```',
      '~~~',
      '\n',
      ' ',
      'Ann',
      '(',
      ');',
      '{',
      'a=',
      'x'.repeat(300),
      '\r\n',
      '😀',
    );
    checkProperty(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end } of finish(proseOf(text, new Set(SKIPPED)))) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it.each([
    ['spaces', ' '.repeat(399)],
    ['open brackets', '('.repeat(399)],
    ['words before an import', `import ${'from '.repeat(78)}`],
    ['a call that does not end', `a${'('.repeat(390)}`],
    ['modifiers', 'public '.repeat(56)],
    ['dots', 'a.'.repeat(199)],
    ['backticks', '`'.repeat(399)],
  ])('takes linear time for lines of %s', (_, line) => {
    // A quadratic pattern would take a thousand times as many steps as lines, beyond the test's timeout.
    const steps = [...proseOf(`${line}\n`.repeat(5_000), new Set(SKIPPED))].length;
    expect(steps).toBeLessThan(400);
  });
});
