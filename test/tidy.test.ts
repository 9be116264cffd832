import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readTree, RULES, type Tree } from './kit/tree-rules.ts';

const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));

describe('the source tree', () => {
  it('is read completely', () => {
    expect([...tree.keys()]).toEqual(
      expect.arrayContaining([
        'package.json',
        'services/main.ts',
        'shared/runtime/clock.ts',
        'test/tidy.test.ts',
      ]),
    );
  });

  it.each(Object.entries(RULES))('keeps the rule that %s', (_, rule) => {
    expect(rule(tree)).toEqual([]);
  });
});

const long = (lines: number) => '// Long.\n'.repeat(lines);

/**
 * For each rule, files that violate it (first) and files that only look like it (second). A `~` is removed
 * before use; it keeps this file from violating the rules itself.
 */
const PLANTS: Record<
  keyof typeof RULES,
  [broken: Record<string, string>, kept: Record<string, string>]
> = {
  'imports look down, never up or sideways': [
    {
      'shared/errors.ts': "import { b } from '../services/config/config.ts';",
      'shared/runtime/b.ts': "import type { Bus } from '../bus/bus.ts';",
      'shared/bus/bus.ts': "import { c } from './nats.ts';",
      'shared/pipeline/frames/c.ts': "import { c } from '../../bus/nats.ts';",
      'shared/pipeline/runner.ts': "import {\n  d,\n  e,\n} from '../../services/rag/rag.ts';",
      'shared/e.ts': "export * from './kit/tree.ts';",
      'services/rag/rag.ts': "import { d } from '../policy/policy.ts';",
      'services/rag/f.ts': "const f = await import('../../shared/pipeline/runner.ts');",
      'services/policy/g.ts': "import '../host/wiring.ts';",
      'services/policy/h.ts': "import type { Config } from '../config/config.ts';",
      'services/upstream/worker.ts': "import '../policy/policy.ts';",
      'services/config/i.ts': "import '../host/wiring.ts';",
      'services/admin/g.ts': "import '../ingress/ingress.ts';",
      'services/ingress/h.ts': "import { h } from '../../shared/bus/embedded.ts';",
      'services/host/wiring.ts': "import { i } from './kit/tree.ts';",
      'services/kitchen/j.ts': '',
    },
    {
      'services/host/wiring.ts': "import { a } from '../ingress/a.ts';\nimport '../config/b.ts';",
      'services/ingress/a.ts':
        "import { b } from './routes/b.ts';\nimport '../../shared/bus/bus.ts';",
      'services/rag/rag.ts': "import { d } from './index/d.ts';\n// import '../policy/policy.ts'",
      'services/rag/worker.ts':
        "import { d } from './rag.ts';\nimport type { Config } from '../config/config.ts';",
      'shared/pipeline/runner.ts':
        "import { a } from '../bus/bus.ts';\nconst b = Buffer.from('../services/a');",
    },
  ],
  'a driver is imported only by the file named for it': [
    {
      'shared/bus/embedded.ts': "import { connect } from '@nats-io/transport-node';",
      'shared/store/store.ts': "import type { Redis } from 'ioredis';",
      'shared/store/redis.ts': "import { DatabaseSync } from 'node:sqlite';",
      'services/upstream/a.ts': "import fastify from 'fastify';",
      'services/ingress/b.ts': "import { Agent } from 'undici';",
      'services/rag/c.ts': "import lodash from 'lodash';",
    },
    {
      'shared/bus/nats-login.ts': "import { connect } from '@nats-io/transport-node';",
      'services/ingress/health.ts': "import fastify from 'fastify';\nimport * as z from 'zod';",
      'services/upstream/a.ts': "import { Agent } from 'undici';\nimport 'node:crypto';",
    },
  ],
  'imports go in no circle': [
    {
      'shared/a.ts': "import { b } from './b.ts';",
      'shared/b.ts': "import type { c } from './c.ts';",
      'shared/c.ts': "import { a } from './a.ts';",
    },
    {
      'shared/a.ts': "import './b.ts';\nimport './c.ts';",
      'shared/b.ts': "import './c.ts';",
      'shared/c.ts': '',
    },
  ],
  'the environment is read by the commands alone': [
    {
      'services/config/config.ts': 'const a = process.env.A;',
      'shared/a.ts': "import { env } from 'node:process';",
    },
    {
      'services/main.ts': 'read(process.env);',
      'services/cli/llmp.ts': 'read(process.env);',
      'shared/a.ts': '// process.env is not read here',
    },
  ],
  'time comes from the clock': [
    Object.fromEntries(
      [
        'setTimeout(run, 1);',
        'run(setInterval);',
        'Date.now();',
        'performance.now();',
        'new Date();',
        'AbortSignal.timeout(1);',
        "import { setTimeout as a } from 'node:timers/promises';",
      ].map((text, index) => [`services/a${index}.ts`, text]),
    ),
    {
      'shared/runtime/clock.ts': 'Date.now();',
      'shared/a.ts': 'socket.setTimeout(0);\nnew Date(stamp);',
    },
  ],
  'folders are made by makeFolder, which always returns': [
    {
      'shared/a.ts': 'mkdirSync(folder, { recursive: true });',
      'services/b.ts': "import { mkdir, open } from 'node:fs/promises';",
    },
    { 'shared/runtime/make-folder.ts': 'mkdirSync(folder);', 'shared/a.ts': '// mkdirSync' },
  ],
  'nothing is typed any': [
    {
      'shared/a.ts': 'let a: an~y;',
      'services/b.ts': 'b as an~y',
      'test/unit/c.test.ts': 'new Map<an~y>()',
    },
    { 'shared/a.ts': "const a = 'for: any address';\nconst any: string = b.any;" },
  ],
  'nothing is left to do': [
    {
      'shared/a.ts': '// TO~DO: all',
      'test/kit/b.ts': 'a(); // FIX~ME',
      '.ci/run': '# X~XX',
    },
    { 'shared/a.ts': 'const todo = 1;', 'services/b.ts': "'XX'.padEnd(3)" },
  ],
  'the words are those of the glossary': [
    {
      'shared/a.ts': '// The next ro~om.',
      'services/b.ts': 'const par~cel = 1;',
      'docs/c.md': 'A letter has an itiner~ary.',
    },
    { 'shared/a.ts': '// Letters and digits.', 'services/b.ts': 'const broom = policy;' },
  ],
  'old public and stored names stay gone': [
    {
      'shared/a.ts': 'const annotations = { answer~Policy: label };',
      'shared/b.ts': "join(directory, 'answer~s.db')",
      'shared/c.ts': "open('injection~s.db')",
      'shared/d.ts': '// Kept under `llmp:injectio~n:`.',
      'shared/e.ts': "prepare('DELETE FROM seat~s WHERE a = ?')",
      'services/f.ts': "return 'answer~ed';",
      'services/g.ts': 'const who~leAnswe~r = 1;',
      'docs/h.md': 'answer~s: report',
      'docker-compose.yml': 'keys: llmp:answer~:*',
    },
    {
      'shared/a.ts': '// It answers at once. const pieces = answer + 1;',
      'docs/b.md': 'One that is answered, or injections that are found.',
      'test/fixtures/c.json': '{ "toolAnswe~r": 1 }',
    },
  ],
  'fields of files and of the HTTP API are snake_case': [
    {
      'services/config/a.ts': '  webSearch: dollars.exactOptional(),',
      'services/admin/b.ts': '  tokensMax: wholeNumber(1, 9).default(1),',
      'shared/privacy/c.ts': '  deadlineMs: z.int(),',
    },
    {
      'services/config/a.ts': '  web_search: z.int(),\n  url: text.exactOptional(),',
      'shared/protocol/b.ts': '  replyTo: z.string(),',
      'shared/policy/c.ts': '  wholeWord: true,',
    },
  ],
  'nothing is written to the console': [
    { 'services/a.ts': 'cons~ole.log(1);', 'test/unit/b.test.ts': 'cons~ole.error(1);' },
    { 'test/bench/a.ts': 'cons~ole.log(1);' },
  ],
  'no test is left out or left alone': [
    { 'test/unit/a.test.ts': 'it.on~ly(', 'test/b.test.ts': 'it.sk~ip.each(' },
    { 'test/kit/a.ts': 'describe.skip~If(!a)(' },
  ],
  'every property is checked by the kit': [
    {
      'test/unit/a.test.ts': 'fc.ass~ert(property);',
      'test/contract/b-suite.ts': 'const values = fc\n    .sam~ple(values);',
      'test/kit/c.ts': "import { assert, property } fr~om 'fast-check';",
    },
    {
      'test/kit/properties.ts': 'fc.ass~ert(property);',
      'test/unit/a.test.ts': "import fc from 'fast-check';\nwatch.check();\nfc.asyncProperty();",
    },
  ],
  'only the kit may skip what a machine lacks': [
    { 'test/unit/a.test.ts': 'it.skip~If(!a)(' },
    { 'test/kit/a.ts': 'describe.skip~If(!a)(' },
  ],
  'files are short': [
    { 'shared/a.ts': long(301), 'test/kit/c.ts': long(401) },
    {
      'shared/a.ts': long(300),
      'test/c.ts': long(400),
    },
  ],
  'ports and programs open with what they are': [
    { 'shared/bus/bus.ts': "import './b.ts';", 'services/main.ts': '\n// Late.' },
    {
      'shared/store/store.ts': '// What it is.',
      'services/main.ts': '/** What. */',
      'services/cli/llmp.ts': '#!/usr/bin/env node\n// What.',
      'shared/a.ts': "import './b.ts';",
    },
  ],
  'names are kebab-case and say something': [
    {
      'shared/aB.ts': '',
      'shared/a_b.ts': '',
      'services/Rag/a.ts': '',
      'shared/utils.ts': '',
      'services/rag/helpers/a.ts': '',
      'services/index.ts': '',
      'test/kit/common.ts': '',
    },
    { 'shared/a-b.ts': '', 'test/unit/a-b.test.ts': '', 'services/rag/commonness.ts': '' },
  ],
  'every stage and matcher has its test': [
    {
      'services/rag/rag.ts': '',
      'shared/policy/matchers/email.ts': '',
    },
    { 'services/rag/rag.ts': '', 'services/rag/question.ts': '', 'test/unit/rag/rag.test.ts': '' },
  ],
  'the top of the repository is tidy': [
    { 'notes.md': '', 'scripts/run.sh': '' },
    { 'README.md': '', 'services/main.ts': '' },
  ],
  'no registry is named': [
    {
      'package-lock.json': 'https://registry.~npmjs.org/a',
      'README.md': 'files.PYTHON~HOSTED.org',
    },
    { 'package-lock.json': '{}', 'README.md': 'the registry of your choice' },
  ],
  'lock files hold for every registry': [
    {
      'package-lock.json': '{"a": {"resolved": "https://a"}}',
      'test/compat/package-lock.json': '{"resolved" : "git+ssh://a"',
    },
    {
      'package-lock.json':
        '{"a": {"integrity": "resolved"}, "b": {"resolved": "test/tools", "link": true}}',
    },
  ],
};

function planted(files: Record<string, string>): Tree {
  return new Map(Object.entries(files).map(([path, text]) => [path, text.replaceAll('~', '')]));
}

describe('each rule', () => {
  it('has a planted violation here', () => {
    expect(Object.keys(PLANTS).toSorted()).toEqual(Object.keys(RULES).toSorted());
  });

  it.each(Object.entries(PLANTS))('that %s reports every violation', (name, [broken]) => {
    const found = RULES[name]?.(planted(broken)) ?? [];
    for (const path of Object.keys(broken)) {
      expect(
        found.filter((violation) => violation.includes(path)),
        path,
      ).not.toEqual([]);
    }
  });

  it.each(Object.entries(PLANTS))('that %s accepts valid files', (name, [, kept]) => {
    expect(RULES[name]?.(planted(kept))).toEqual([]);
  });
});
