// A labelled corpus: eight kinds of text with values of every entity at known positions. Generated from
// fixed seeds, because files full of keys and cards would trigger repository scanners.

import { pick, seeded, type Chance } from '../../kit/seeded.ts';
import type { Maker } from './maker.ts';
import { NATIONAL } from './national-numbers.ts';
import { PERSONAL, UNRULY } from './personal-values.ts';
import { SECRETS } from './secret-values.ts';

export interface Gold {
  readonly start: number;
  readonly end: number;
}

export interface Sample {
  /** The entity, and its form if there are several. */
  readonly label: string;
  readonly kind: string;
  readonly text: string;
  readonly gold: readonly Gold[];
}

const SAMPLES_EACH = 24;
const CSV_ROWS = 5;

/** Writes a text in which «» enclose the values to find. */
type Writer = (name: string, next: () => string, chance: Chance) => string;

const snake = (name: string): string => name.toLowerCase().replaceAll(/[ -]/g, '_');
const camel = (name: string): string =>
  snake(name).replaceAll(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
const oneLine = (value: string): string => value.replaceAll('\n', '\\n');

const WRITERS: Readonly<Record<string, Writer>> = {
  prose: (name, next, chance) =>
    `${pick(chance, ['Hello,', 'Good morning,', 'Dear team,'])} I moved last month and something is wrong. ` +
    `My ${name} is ${next()}, could you update the file before Friday? Thank you very much.`,
  json: (name, next) =>
    JSON.stringify({ id: 17, active: true, [snake(name)]: next(), since: '2024-03-01' }, null, 2),
  yaml: (name, next) => {
    const value = next();
    const block = value.includes('\n') ? `|\n    ${value.replaceAll('\n', '\n    ')}` : value;
    return `customer:\n  plan: basic\n  ${snake(name)}: ${block}\n  since: 2024-03-01\n`;
  },
  env: (name, next) =>
    `NODE_ENV=production\n${snake(name).toUpperCase()}=${oneLine(next())}\nPORT=8080\n`,
  log: (name, next, chance) =>
    `2026-03-01T10:00:0${chance(10)}.${100 + chance(900)}Z INFO billing request done ` +
    `${snake(name)}=${oneLine(next())} status=200 duration_ms=${chance(90)}`,
  code: (name, next) =>
    `async function main() {\n  const ${camel(name)} = '${oneLine(next())}';\n  await send(${camel(name)});\n}\n`,
  csv: (name, next) => {
    const rows = Array.from({ length: CSV_ROWS }, (_, row) => `${row + 1},${oneLine(next())},open`);
    return [`id,${snake(name)},state`, ...rows].join('\n');
  },
  thread: (name, next) =>
    `From: support\nSubject: Re: your question\n\nHi, we have it now.\n\n> On Monday you wrote:\n` +
    `> > the ${name} is ${next().replaceAll('\n', '\n> > ')}\n> > and I am waiting.\n>\n> Thanks`,
};

export const KINDS: readonly string[] = Object.keys(WRITERS);

/** Every entity in every kind of text; `unruly` selects opt-in entities. */
export function corpus(which: 'known' | 'unruly' = 'known'): Sample[] {
  const makers = which === 'known' ? [...PERSONAL, ...NATIONAL, ...SECRETS] : UNRULY;
  return makers.flatMap((maker, place) =>
    KINDS.flatMap((kind) => {
      const chance = seeded(1_000 * place + KINDS.indexOf(kind));
      return Array.from({ length: SAMPLES_EACH }, () => sampleOf(maker, kind, chance));
    }),
  );
}

export function labelOf({ entity, form }: Maker): string {
  return form === undefined ? entity : `${entity} ${form}`;
}

function sampleOf(maker: Maker, kind: string, chance: Chance): Sample {
  const next = () => marked(maker.make(chance));
  const written = WRITERS[kind]?.(maker.name, next, chance) ?? '';
  return { label: labelOf(maker), kind, ...unmarked(written) };
}

function marked(value: string): string {
  return value.includes('«') ? value : `«${value}»`;
}

/** The text without its marks, and their positions. */
export function unmarked(written: string): { text: string; gold: Gold[] } {
  const gold: Gold[] = [];
  let text = '';
  for (const [index, part] of written.split(/[«»]/).entries()) {
    if (index % 2 === 1) gold.push({ start: text.length, end: text.length + part.length });
    text += part;
  }
  return { text, gold };
}
