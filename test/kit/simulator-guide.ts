// For the README: what a client can ask of the built-in simulator. Names and values are those of the schema.

import * as z from 'zod';
import { directiveSchema, type Directives } from '../../services/upstream/simulator/directives.ts';

type Directive = keyof Directives;

/** Directives that belong together, with their form where the schema does not say it. */
const ROWS: readonly (readonly [
  directives: Readonly<Partial<Record<Directive, string>>>,
  effect: string,
])[] = [
  [
    { show: '' },
    'show only your message; also as it was received (what happens anyway when that differs); the passages of documents; or the whole request',
  ],
  [
    { text: '…', words: 'N' },
    'respond with this text, up to the end of the line; or with so many words',
  ],
  [{ tool: 'NAME', input: '{…}' }, 'call this tool with this input'],
  [{ status: '' }, 'respond with this HTTP error'],
  [{ type: '…', message: '…' }, '`error.type` and `error.message` of that error'],
  [{ 'retry-after': 'S', 'should-retry': '' }, 'headers of that error'],
  [
    { 'mid-error': 'TYPE' },
    'an `event: error` of this type after the first deltas; without streaming, an HTTP error',
  ],
  [{ cut: '' }, 'end the body early: between two events, inside one, or with a lost connection'],
  [{ hang: '' }, 'be silent: before the head, after it, or in the middle of the body'],
  [{ times: 'N', key: 'NAME' }, 'only the first `times` requests with this `key` fail'],
  [{ delay: 'MS', pace: 'MS' }, 'milliseconds before the head; before each delta'],
  [{ split: 'N' }, 'characters of each delta'],
  [{ unknown: '' }, 'also send an event, a block and a delta of types that no client knows'],
];

/** Every directive that the table explains. */
export const EXPLAINED: readonly string[] = ROWS.flatMap(([directives]) => Object.keys(directives));

export function simulateTable(): string {
  const rows = ROWS.map(([directives, effect]) => {
    const forms = Object.entries(directives).map(([name, value]) =>
      formOf(name as Directive, value),
    );
    return `| ${forms.join(', ')} | ${effect} |\n`;
  });
  return `| Directive | Effect |\n|---|---|\n${rows.join('')}`;
}

/** `cut=clean`, `partial`, `reset` for a directive with fixed values. */
function formOf(name: Directive, value: string): string {
  const options = optionsOf(name);
  if (options.length === 0) return `\`${name}${value === '' ? '' : `=${value}`}\``;
  const [first, ...more] = options;
  return [`\`${name}=${first}\``, ...more.map((option) => `\`${option}\``)].join(', ');
}

/** The values that a directive may have; none if it takes any, or no value. */
export function optionsOf(name: Directive): readonly string[] {
  const { innerType } = directiveSchema.shape[name].def;
  const input = innerType instanceof z.ZodPipe ? innerType.def.in : innerType;
  return input instanceof z.ZodEnum ? input.options.map(String) : [];
}
