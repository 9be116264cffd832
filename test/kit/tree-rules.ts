// The repository rules as pure functions over the source tree. Each returns one message per violation.
// The lists are closed on purpose: every new library or layer is a decision made here.

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** File contents by path from the repository root, with forward slashes. */
export type Tree = ReadonlyMap<string, string>;
export type Rule = (tree: Tree) => string[];

const NOT_OURS = /(^|\/)(node_modules|\.git|\.llmp|\.venv)(\/|$)|^dist\//;

const TOP = new Set(
  [
    '.ci .github deploy policies services shared test',
    '.dockerignore .env .env.example .gitignore .npmrc .oxfmtrc.json .oxlintrc.json',
    'Dockerfile LICENSE README.md docker-compose.yml docker-compose.override.yml docs CHANGELOG.md CONTRIBUTING.md SECURITY.md',
    'package-lock.json package.json tsconfig.json vitest.config.ts',
  ].flatMap((row) => row.split(' ')),
);

/** Which files may use a library; unlisted Node modules are free. */
const LIBRARIES: readonly (readonly [library: RegExp, users: RegExp])[] = [
  [/^zod$/, /^(services|shared)\//],
  [/^yaml$/, /^(services\/config\/|shared\/privacy\/rules\.ts$)/],
  [/^libphonenumber-js(\/|$)/, /^shared\/privacy\/detect\//],
  [/^re2js$/, /^shared\/(privacy\/detect\/|policy\/(matchers\/regex|regex-evidence)\.ts$)/],
  [/^pino$/, /^shared\/log\.ts$/],
  [/^(@?fastify)(\/|$)/, /^services\/ingress\//],
  [/^undici$/, /^services\/(upstream\/|rag\/vectors\/embeddings\.ts$)/],
  [/^(@nats-io\/|nats$)/, /^shared\/bus\/nats[^/]*\.ts$/],
  [/^ioredis$/, /^shared\/(store\/redis|queue\/bullmq)(-[a-z]+)*\.ts$/],
  [/^bullmq$/, /^shared\/queue\/bullmq(-[a-z]+)*\.ts$/],
  [
    /^node:sqlite$/,
    /^(shared\/(store|queue)\/embedded|services\/rag\/passage-index\/sqlite)(-[a-z]+)*\.ts$/,
  ],
  [/^pg$/, /^services\/rag\/passage-index\/postgres(-[a-z]+)*\.ts$/],
  [/^stemmer$/, /^services\/rag\/passage-index\/analyzer\.ts$/],
  [/^(unpdf|mammoth|turndown)$/, /^services\/rag\/read\//],
  [/^commander$/, /^services\/cli\/parse\.ts$/],
  [/^cli-progress$/, /^services\/cli\/progress-bar\.ts$/],
];

/** The first match is a file's layer. Workers, admin and ingress also see their own folder. */
const LAYERS: readonly (readonly [layer: string, where: RegExp, sees: readonly string[]])[] = [
  [
    'app',
    /^services\/(main\.ts|(host|cli)\/.+)$/,
    [
      'app',
      'config',
      'ingress',
      'admin',
      'opener',
      'worker',
      'adapter',
      'protocol',
      'port',
      'core',
    ],
  ],
  ['config', /^services\/config\//, ['config', 'core']],
  ['ingress', /^services\/ingress\//, ['admin', 'protocol', 'port', 'core']],
  // Rules shared by the ingress and the command line.
  ['admin', /^services\/admin\//, ['port', 'core']],
  [
    'adapter',
    /^services\/rag\/passage-index\/(sqlite|postgres)[^/]*$/,
    ['worker', 'adapter', 'port', 'core'],
  ],
  // Builds a worker, or a part of it, from the configuration.
  [
    'opener',
    /^services\/(scrubber|policy|rag|upstream)\/(worker|open-[^/]+)\.ts$/,
    ['config', 'port', 'core'],
  ],
  ['worker', /^services\/(scrubber|policy|rag|upstream)\//, ['port', 'core']],
  ['port', /^shared\/((bus|store|queue)\/\2|log|events)\.ts$/, ['port', 'core']],
  // The protocol of both ends of a request over the bus port, independent of the adapter.
  ['protocol', /^shared\/pipeline\/(frames\/|dispatch\.ts$)/, ['protocol', 'port', 'core']],
  ['core', /^shared\/(store\/response-cache)\.ts$/, ['core']],
  ['adapter', /^shared\/(bus|store|queue|pipeline)\//, ['adapter', 'protocol', 'port', 'core']],
  [
    'core',
    /^shared\/((runtime|json|scan|anthropic|protocol|privacy|policy|metering|retrieval)\/.+|[^/]+)$/,
    ['core'],
  ],
];

/** Text that code lines must not contain; comment lines count only with `comments`. */
const LINES = {
  'the environment is read by the commands alone': {
    where: /^(services|shared)\/(?!(main|cli\/llmp|host\/compose\/init)\.ts$)/,
    pattern: /\bprocess\.env\b|\benv\b[^}]*\} from 'node:process'/,
  },
  'time comes from the clock': {
    where: /^(services|shared)\/(?!runtime\/clock\.ts$)/,
    pattern:
      /(?<![.\w])set(Timeout|Interval)\b|\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|AbortSignal\.timeout|node:timers/,
  },
  'folders are made by makeFolder, which always returns': {
    where: /^(services|shared)\/(?!runtime\/make-folder\.ts$)/,
    pattern: /\bmkdir(Sync)?\b(?! -p)/,
  },
  'nothing is typed any': {
    where: /^(services|shared|test)\//,
    pattern: /(:\s*|\bas\s+|<)any\b\s*([;,)=>\][|&{]|$)/,
  },
  'nothing is left to do': {
    where: /^(services|shared|test|\.ci|\.github)\//,
    pattern: /\b(TO[D]O|FIX[M]E|X{3})\b/,
    comments: true,
  },
  // docs/glossary.md has the words to use. Only words without an ordinary sense in this code are here.
  'the words are those of the glossary': {
    where: /^(services|shared|test|docs|deploy|\.ci|\.github|README\.md)/,
    pattern:
      /\b(ro[o]ms?|par[c]els?|itinerar[y]|itinerar[i]es|tell[H]ome|home[c]oming|book[k]eepers?|shel[v]es|take[B]ack|hand[O]n|pur[s]es?|Letter[M]eta|recog[n]isers?|dis[g]uises?|poli[c]ed)\b/i,
    comments: true,
  },
  // Fields, files, tables and keys that were renamed before the first release.
  'old public and stored names stay gone': {
    where: /^(services|shared|test\/(?!fixtures\/)|docs|deploy|docker-compose\.yml|README\.md)/,
    pattern:
      /\b(answe[r][A-Z]\w*|[a-z]+Answe[r]s?|answe[r]ed(By)?['"`]|answe[r]s?:|answe[r]s\.db|injection[s]\.db|unanswe[r]ed|policyUnanswe[r]ed)|\bllmp:(answe[r]|injectio[n]|seat[s]):|\b(TABLE|INTO|FROM|UPDATE) (answe[r]s|injection[s]|seat[s]|piece[s]|stray[s])\b/,
    comments: true,
  },
  'fields of files and of the HTTP API are snake_case': {
    where: /^(services\/(config|admin|cli)|shared\/(policy|privacy))\//,
    pattern: /^\s*[a-z]+[A-Z]\w*: (z\.|[\w.]+(\(.*\))?\.(exactOptional|default|nullable)\()/,
  },
  'nothing is written to the console': {
    where: /^(services|shared|test\/(?!bench\/))/,
    pattern: /\bconsole\./,
  },
  'no test is left out or left alone': {
    where: /^test\//,
    pattern: /\.(only|skip|todo|fails)\s*[(.]/,
  },
  'every property is checked by the kit': {
    where: /^test\/(?!kit\/properties\.ts$)/,
    pattern:
      /(\bfc|^\s*)\.(assert|check|sample|statistics|configureGlobal)\(|\{[^}]*\b(assert|check|sample)\b[^}]*\} from 'fast-check'/,
  },
  'only the kit may skip what a machine lacks': {
    where: /^test\/(?!(.*\/)?kit\/)/,
    pattern: /\.(skipIf|runIf)\s*\(/,
  },
} satisfies Record<string, { where: RegExp; pattern: RegExp; comments?: true }>;

const BANNED_NAMES = /^(utils?|helpers?|common|index|misc)(\.|$)/;
const KEBAB_FILE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|d))?\.ts$/;
const KEBAB_FOLDER = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** In parts, so that this file does not name them itself. */
const REGISTRIES = [
  ['registry.', 'npmjs'],
  ['registry.', 'yarnpkg'],
  ['npm', 'mirror.com'],
  ['npm.pkg.', 'github.com'],
  ['py', 'pi.org'],
  ['python', 'hosted.org'],
  ['deb.', 'debian.org'],
  ['archive.', 'ubuntu.com'],
  ['registry-1.', 'docker.io'],
  ['gh', 'cr.io'],
  ['quay', '.io'],
].map((chunks) => chunks.join(''));

/** Rules by the sentence they enforce. */
export const RULES: Readonly<Record<string, Rule>> = {
  'imports look down, never up or sideways': layers,
  'a driver is imported only by the file named for it': libraries,
  'imports go in no circle': circles,
  ...Object.fromEntries(
    Object.entries(LINES).map(([name, line]): [string, Rule] => [
      name,
      (tree) => lines(tree, line),
    ]),
  ),
  'files are short': sizes,
  'ports and programs open with what they are': openings,
  'names are kebab-case and say something': names,
  'every stage and matcher has its test': mirrors,
  'the top of the repository is tidy': top,
  'no registry is named': registries,
  'lock files hold for every registry': lock,
};

/** Reads all files under `root`, without dependencies, version control and run-time state. */
export function readTree(root: string): Tree {
  return new Map(
    filesUnder(root).map((path) => [path, readFileSync(join(root, path), 'utf8')] as const),
  );
}

function filesUnder(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (NOT_OURS.test(path)) return [];
    return entry.isDirectory() ? filesUnder(root, path) : [path];
  });
}

function layers(tree: Tree): string[] {
  return modules(tree).flatMap(([path, text]) => {
    const layer = layerOf(path);
    if (!layer) return [`${path} belongs to no layer; give it one in test/kit/tree-rules.ts`];
    const [name, , sees] = layer;
    const own =
      name === 'ingress' || name === 'admin' || name === 'opener' || name === 'worker'
        ? `services/${path.split('/')[1]}/`
        : undefined;
    return localImports(path, text)
      .filter((target) => own === undefined || !target.startsWith(own))
      .filter((target) => !sees.includes(layerOf(target)?.[0] ?? 'no layer'))
      .map((target) => `${path} (${name}) must not import ${target}`);
  });
}

function layerOf(path: string) {
  return LAYERS.find(([, where]) => where.test(path));
}

function libraries(tree: Tree): string[] {
  return modules(tree).flatMap(([path, text]) =>
    imports(text)
      .filter((name) => !name.startsWith('.'))
      .filter((name) => {
        const users = LIBRARIES.find(([pattern]) => pattern.test(name))?.[1];
        return users ? !users.test(path) : !name.startsWith('node:');
      })
      .map((name) => `${path} must not import ${name}; see the list in test/kit/tree-rules.ts`),
  );
}

function circles(tree: Tree): string[] {
  const targetsByPath = new Map(
    modules(tree).map(([path, text]) => [path, localImports(path, text)] as const),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const target of targetsByPath.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targetsByPath.keys()) visit(path, []);
  return found;
}

interface LineRule {
  readonly where: RegExp;
  readonly pattern: RegExp;
  readonly comments?: true;
}

function lines(tree: Tree, { where, pattern, comments }: LineRule): string[] {
  return [...tree]
    .filter(([path]) => where.test(path) && (comments ?? path.endsWith('.ts')))
    .flatMap(([path, text]) =>
      text.split('\n').flatMap((line, index) => {
        if (!comments && /^\s*(\/\/|\/?\*)/.test(line)) return [];
        const match = pattern.exec(line)?.[0].trim();
        return match === undefined ? [] : [`${path}:${index + 1} has ${match}`];
      }),
    );
}

function sizes(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => /^(services|shared|test)\/.*\.ts$/.test(path))
    .map(([path, text]) => [path, lengthOf(text), path.startsWith('test/') ? 400 : 300] as const)
    .filter(([, length, max]) => length > max)
    .map(([path, length, max]) => `${path} has ${length} lines, above ${max}`);
}

function lengthOf(text: string): number {
  return text.trimEnd().split('\n').length;
}

/** Files read first: they must say what they are for. */
const ENTRIES =
  /^(shared\/(bus|store|queue)\/(bus|store|queue)|services\/(main|cli\/llmp|host\/(compose\/init|fill-compile-cache)))\.ts$/;

function openings(tree: Tree): string[] {
  return [...tree]
    .filter(([path]) => ENTRIES.test(path))
    .filter(([, text]) => !/^(#!.*\n)?(\/\/ ?\S|\/\*)/.test(text))
    .map(([path]) => `${path} does not open with a comment that says what it is`);
}

function names(tree: Tree): string[] {
  return [...tree.keys()]
    .filter((path) => /^(services|shared|test)\//.test(path))
    .filter((path) => {
      const folders = path.split('/');
      const file = folders.pop() ?? '';
      const kebab =
        folders.every((name) => KEBAB_FOLDER.test(name)) &&
        (!file.endsWith('.ts') || KEBAB_FILE.test(file));
      return !kebab || [...folders, file].some((name) => BANNED_NAMES.test(name));
    })
    .map((path) => `${path} is not kebab-case, or a name that says nothing`);
}

function mirrors(tree: Tree): string[] {
  const tests = [...tree.keys()].filter((path) => /^test\/(unit|integration)\//.test(path));
  return modules(tree)
    .map(([path]) => path)
    .filter((path) =>
      /^(services\/(scrubber|policy|rag|upstream)\/\2|shared\/policy\/matchers\/.+)\.ts$/.test(
        path,
      ),
    )
    .filter(
      (path) => !tests.some((test) => test.endsWith(`/${posix.basename(path, '.ts')}.test.ts`)),
    )
    .map((path) => `${path} has no test named for it under test/unit or test/integration`);
}

function top(tree: Tree): string[] {
  return [...tree.keys()]
    .filter((path) => !TOP.has(path.split('/')[0] ?? ''))
    .map((path) => `${path} does not belong at the top; see the list in test/kit/tree-rules.ts`);
}

function registries(tree: Tree): string[] {
  return [...tree]
    .filter(([, text]) => REGISTRIES.some((host) => text.toLowerCase().includes(host)))
    .map(([path]) => `${path} names a package registry`);
}

function lock(tree: Tree): string[] {
  return [...tree]
    .filter(
      ([path, text]) =>
        /(^|\/)package-lock\.json$/.test(path) && /"resolved"\s*:\s*"[^"]*:/.test(text),
    )
    .map(([path]) => `${path} has "resolved" addresses, which bind it to one registry`);
}

/** All product modules, without tests. */
function modules(tree: Tree): [path: string, text: string][] {
  return [...tree].filter(([path]) => /^(services|shared)\/.*\.ts$/.test(path));
}

function localImports(path: string, text: string): string[] {
  return imports(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name));
}

function imports(text: string): string[] {
  const pattern =
    /^\s*(?:import|export)\b(?:[^'";]*?\bfrom)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  return Array.from(text.matchAll(pattern), ([, named, called]) => named ?? called ?? '');
}
