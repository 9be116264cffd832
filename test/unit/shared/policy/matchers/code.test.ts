import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_LANGUAGES, LANGUAGES } from '../../../../../shared/policy/code-languages.ts';
import { compiled, found } from '../../../../kit/policies.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const code = (...languages: string[]) => ({
  type: 'code',
  ...(languages.length > 0 ? { languages } : {}),
});

const PROGRAMS: readonly (readonly [language: string, program: string])[] = [
  ['bash', 'for f in *.txt; do\n  mv "$f" x\ndone'],
  ['bash', 'export PATH_X=1\nset -euo pipefail'],
  ['c', '#include <stdio.h>\nint main(void) {\n  printf("x");'],
  ['c', 'std::vector<int> v;\nusing namespace std;'],
  ['csharp', 'using System.Linq;\npublic class Foo\n{'],
  ['go', 'package main\n\nfunc main() {\n  x := 1'],
  ['html', '<!doctype html>\n<html lang="en">\n<body>'],
  ['java', 'import java.util.List;\npublic class A {\n  System.out.println(1);'],
  ['javascript', "import fs from 'node:fs';\nconst x = fs.readFileSync('a');"],
  ['javascript', 'export function f() {\n  const x = 1;\n}'],
  ['php', '<?php\n$a = 1;\necho $a;'],
  ['powershell', 'param(\n$x = Get-ChildItem\nWrite-Host "x"'],
  ['python', 'import os\n\ndef main(a, b):\n    print(a)'],
  ['python', 'class A(B):\n    def f(self):\n        self.x = 1'],
  ['ruby', "require 'json'\nclass Foo < Bar\n  def x\n  end"],
  ['ruby', 'items.each\n    do |item|\n      puts "x"'],
  ['rust', 'use std::io;\nfn main() {\n    let mut x = 1;'],
  ['sql', 'SELECT id, name FROM users\nWHERE id = 1'],
  ['sql', 'CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);'],
];

describe('the code matcher', () => {
  it.each(LANGUAGES)('finds two lines of %s that its pattern matches', (language) => {
    const { lines } = CODE_LANGUAGES[language];
    const matching = fc.stringMatching(new RegExp(lines.source.replaceAll(String.raw`\b`, '')));
    checkProperty(
      fc.property(matching, (line) => {
        fc.pre(!/[\r\n]/.test(line) && lines.test(line));
        expect(found(code(language), `${line}\n${line}`)).not.toEqual([]);
      }),
      { runs: 50 },
    );
  });

  it.each(PROGRAMS)('finds %s without a fence: %j', (language, program) => {
    expect(found(code(language), `Look at this:\n${program}\nNice?`)).not.toEqual([]);
    expect(found(code(), program)).not.toEqual([]);
    expect(found(code(language), program.replaceAll('\n', '\r\n'))).not.toEqual([]);
  });

  it.each([
    ['python', '```python\nx\n```'],
    ['python', '```py\nx\n```'],
    ['javascript', '~~~ts\nx\n~~~'],
    ['bash', '```sh\nls\n```'],
    ['c', '```c++\nx\n```'],
    ['csharp', '```C#\nx\n```'],
    ['sql', '- item\n  ```sql\n  x\n  ```'],
    ['rust', '```{.rust}\nx\n```'],
    ['python', '#!/usr/bin/env python3\nx'],
    ['bash', '#!/bin/bash -e\nx'],
    ['ruby', '#!/usr/bin/ruby\nx'],
  ])('finds %s by its name: %j', (language, text) => {
    expect(found(code(language), text)).toHaveLength(1);
    expect(found(code(language === 'go' ? 'rust' : 'go'), text)).toEqual([]);
  });

  it.each([
    'Import duties from China rose.\nThe class of 2020 met.',
    'Select the best option from the list.\nUpdate me when done.',
    'From: Ann\nTo: Bob\nSubject: hello\n\nDear Bob,\nfor what it is worth: yes.',
    '- one\n- two\n* three\n1. four',
    'let me know\nuse the stairs\nmatch the colours',
    '```\nplain quoted text\n```',
    '```json\n{"a": 1}\n```',
    '```text\nhello\n```',
    'def. of terms: a class of things',
    'if you want, and while you wait, we return the money;',
    '',
  ])('ignores prose: %j', (text) => {
    expect(found(code(), text)).toEqual([]);
  });

  it('needs distinctive lines near each other', () => {
    const far = `import os\n${'a line of prose.\n'.repeat(40)}import sys\n`;
    expect(found(code('python'), far)).toEqual([]);
    expect(found(code('python'), 'import os\nimport sys\n')).toHaveLength(1);
    expect(found(code('python'), 'import os\r\nimport sys\r\n')).toHaveLength(1);
  });

  it('rejects unknown languages', () => {
    const rule = { id: 'a', match: { any: [code('cobol')] }, action: 'flag' };
    expect(() => compiled([rule])).toThrow('rules.0.match.any.0.languages.0: must be some of');
  });

  it('handles any text, and a megabyte in one line or in many', () => {
    checkProperty(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(found(code(), text).every((hit) => text.includes(hit))).toBe(true);
      }),
    );
    const beginnings = 'import export const function (((( [[[[ {{{{ $a = SELECT '.repeat(18_000);
    expect(found(code(), beginnings)).toEqual([]);
    expect(found(code(), '#!\n```\n def f(\n'.repeat(60_000))).toEqual([]);
  });
});
