// README.md and docs/ say what the code says, and point only at what is there.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../services/cli/commands.ts';
import { parseCommandLine } from '../../services/cli/parse.ts';
import { readCases, runCases } from '../../services/cli/policy-cases.ts';
import { readPolicy } from '../../services/cli/policy-check.ts';
import { createPolicyDryRun } from '../../services/cli/policy-dry-run.ts';
import { readConfig } from '../../services/config/config.ts';
import { readEnvText } from '../../services/config/env-file.ts';
import { readPrices } from '../../services/config/prices.ts';
import { directiveSchema, readDirectives } from '../../services/upstream/simulator/directives.ts';
import { createSimulation } from '../kit/ask-simulator.ts';
import { EXPLAINED, optionsOf } from '../kit/simulator-guide.ts';
import { readUpstreams } from '../../services/config/upstreams.ts';
import { buildDetection } from '../../shared/privacy/detection.ts';
import { policySchema } from '../../shared/policy/document.ts';
import { readRules } from '../../shared/privacy/rules.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { readmeCommands } from '../compose/kit/readme-script.ts';
import { readTree } from '../kit/tree-rules.ts';
import { BARE_CONTEXT } from '../kit/policies.ts';
import { GENERATED, generated, textOf } from '../kit/readme-tables.ts';
import { limits } from '../../shared/limits.ts';

const tree = readTree(fileURLToPath(new URL('../..', import.meta.url)));
const pages = [...tree].filter(
  ([path]) => path.endsWith('.md') && (/^[^/]+$/.test(path) || path.startsWith('docs/')),
);
const allText = pages.map(([, text]) => text).join('\n');

/** Fenced blocks of a language on all pages, with the page they are on. */
function blocksOf(language: string): [page: string, block: string][] {
  return pages.flatMap(([page, text]) =>
    Array.from(text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')), (match) => {
      const block: [string, string] = [page, match[1] ?? ''];
      return block;
    }),
  );
}

describe('the documentation', () => {
  it.each(GENERATED)('has %s as the code has it (npm run docs writes it)', (path) => {
    expect(textOf(path)).toBe(generated(path));
  });

  it('points only at files and headings that are there', () => {
    const broken = pages.flatMap(([page, text]) =>
      linksOf(text)
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
    expect(pages.flatMap(([, text]) => linksOf(text)).length).toBeGreaterThan(150);
  });

  it('is pointed at by comments only where it has such a heading', () => {
    const cited = [...tree]
      .filter(([path]) => /^(services|shared|test)\/.*\.ts$/.test(path))
      .flatMap(([path, text]) =>
        Array.from(text.matchAll(/docs\/([\w-]+\.md)#([\w-]+)/g), ([link, page, anchor]) => ({
          at: `${path}: ${link}`,
          isThere: anchorsOf(tree.get(`docs/${page}`) ?? '').includes(anchor ?? ''),
        })),
      );
    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter(({ isThere }) => !isThere)).toEqual([]);
  });

  it('has every page reachable from the README', () => {
    const seen = new Set<string>();
    const visit = (page: string) => {
      if (seen.has(page)) return;
      seen.add(page);
      for (const link of linksOf(tree.get(page) ?? '')) {
        const [path = ''] = link.split('#');
        if (path.endsWith('.md')) visit(posix.join(posix.dirname(page), path));
      }
    };
    visit('README.md');
    expect(pages.map(([page]) => page).filter((page) => !seen.has(page))).toEqual([]);
  });

  it('keeps the README short enough to be read', () => {
    expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });

  it('names only npm scripts that package.json has', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const named = [
      ...Array.from(allText.matchAll(/npm run (?:--silent )?([\w:]+)/g), ([, name]) => name ?? ''),
      ...Array.from(allText.matchAll(/npm (start|test)\b/g), ([, name]) => name ?? ''),
    ];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !Object.keys(manifest.scripts).includes(name))).toEqual([]);
  });

  it('shows only llmp commands that the command line takes', () => {
    const commands = blocksOf('sh').flatMap(([page, block]) =>
      Array.from(
        block.matchAll(
          /(?:llmp --|\bllmp|llmp\.ts) ((?:keys|teams|usage|requests|policy|collections|documents|scrub|start|init|doctor|claude|completion)\b[^\n&|>#)]*)/g,
        ),
        ([, words = '']) => ({ page, words: wordsOf(words) }),
      ),
    );
    expect(commands.length).toBeGreaterThan(20);
    for (const { page, words } of commands)
      expect(() => parseCommandLine(words), page).not.toThrow();
    const inline = Array.from(
      allText.matchAll(/`llmp ((?:keys|teams|usage|requests|policy|collections|documents) \w+)/g),
      ([, words = '']) => words,
    );
    const known = COMMANDS.map(({ name }) => name);
    expect(inline.filter((words) => !known.includes(words))).toEqual([]);
  });

  it('names only settings that there are', () => {
    const known = textOf('.env.example');
    // An entity that the scrubber finds.
    const entity = 'LLMP_KEY';
    const named = Array.from(
      allText.matchAll(/`((?:LLMP|NATS|REDIS)_[A-Z_]*[A-Z])(?:_FILE)?(?:[=`])/g),
      ([, name = '']) => name.replace(/_FILE$/, ''),
    );
    expect(named.length).toBeGreaterThan(100);
    const missing = named.filter((name) => name !== entity && !known.includes(`# ${name}=`));
    expect([...new Set(missing)]).toEqual([]);
  });

  it('names only files of the data directory that the code writes', () => {
    const code = [...tree].filter(([path]) => /^(services|shared)\//.test(path));
    const files = Array.from(allText.matchAll(/`([a-z]+\.db)`/g), ([, name = '']) => name);
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((name) => !code.some(([, text]) => text.includes(`'${name}'`)))).toEqual(
      [],
    );
  });

  it('shows in the README the first commands that test:compose runs', () => {
    const [first = ''] = /```sh\nmkdir.*?```/s.exec(textOf('README.md')) ?? [];
    const commands = readmeCommands();
    expect(commands.length).toBeGreaterThan(12);
    expect(first).toBe(`\`\`\`sh\n${commands.slice(0, 4).join('\n')}\n\`\`\``);
    expect(commands.slice(-2)).toEqual(['docker compose stop', 'docker compose down']);
  });
});

describe('what the documentation shows', () => {
  it('explains every directive of the simulator, with values that it takes', async () => {
    const names = directiveSchema.keyof().options;
    expect(EXPLAINED.toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      for (const value of optionsOf(name)) {
        expect(() => readDirectives({ [name]: value }), `${name}=${value}`).not.toThrow();
      }
    }
    const example = /such as `(status=529[^`]*)`/.exec(textOf('README.md'))?.[1] ?? '';
    const response = await createSimulation().say('hello', {}, { simulate: example });
    expect(response.status).toBe(529);
  });

  it('has a .env that can be read', () => {
    const files = blocksOf('sh').filter(([, block]) => block.startsWith('# .env\n'));
    expect(files.length).toBeGreaterThan(0);
    for (const [, block] of files) expect(readEnvText(block).issues).toEqual([]);
  });
});

describe('YAML in the documentation', () => {
  const yaml = blocksOf('yaml');
  /** Each kind by what tells it from others, and what must be able to read it. */
  const KINDS: readonly (readonly [kind: string, is: RegExp, read: (text: string) => unknown])[] = [
    ['upstreams', /\nupstreams:/, readUpstreams],
    ['prices', /\nmodels:\n/, readPrices],
    ['scrubber rules', /^# scrub-rules\n/, readRules],
    ['settings', /^# llmp-config\n/, readSettings],
    ['policy', /\nrules:/, (text) => policySchema.parse(parse(text))],
    ['policy cases', /^cases:/, parse],
  ];
  const kindOf = (block: string) => KINDS.find(([, is]) => is.test(block));

  it.each(yaml)('in %s can be read by what it is for', (_page, block) => {
    const [kind, , read] = kindOf(block) ?? [];
    expect(kind).toBeDefined();
    expect(() => read?.(block)).not.toThrow();
  });

  it('has an example of each kind', () => {
    const shown = new Set(yaml.map(([, block]) => kindOf(block)?.[0]));
    expect(shown).toEqual(new Set(KINDS.map(([kind]) => kind)));
  });

  it('has a policy that passes the cases beside it', async () => {
    const policy = yaml.find(([, block]) => block.includes('\nrules:'))?.[1] ?? '';
    const cases = yaml.find(([, block]) => block.startsWith('cases:'))?.[1] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'llmp-docs-'));
    writeFileSync(join(folder, 'strict.yaml'), policy);
    writeFileSync(join(folder, 'cases.yaml'), cases);
    const detection = buildDetection(null);
    const path = join(folder, 'strict.yaml');
    const compiled = await readPolicy(path, path, BARE_CONTEXT);
    const table = await readCases(join(folder, 'cases.yaml'), 'cases.yaml');
    const results = await runCases(
      compiled,
      table,
      createPolicyDryRun(detection, systemClock, limits),
    );
    expect(results.length).toBeGreaterThan(1);
    expect(results.filter(({ failure }) => failure !== '')).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

function readSettings(text: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-docs-'));
  const path = join(folder, 'llmp.yaml');
  writeFileSync(path, text);
  try {
    readConfig({ LLMP_CONFIG: path }, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As a shell splits them. */
function wordsOf(line: string): string[] {
  return Array.from(
    line.matchAll(/"([^"]*)"|'([^']*)'|\S+/g),
    ([all, twice, once]) => twice ?? once ?? all,
  );
}

/** Relative links outside of fenced blocks. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/```.*?```/gs, '');
  return Array.from(prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, link = '']) => link);
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(new URL(`../../${target}`, import.meta.url))) return false;
  if (anchor === undefined) return true;
  const text = readFileSync(new URL(`../../${target}`, import.meta.url), 'utf8');
  return anchorsOf(text).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  const prose = text.replaceAll(/```.*?```/gs, '');
  return Array.from(prose.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
