// Limits of a key or a team as options: the field names of the HTTP API with hyphens.

import type { QuotaView } from '../admin/quota-input.ts';
import type { OptionSpec, OptionValues } from './command-spec.ts';
import { NOTHING, type Column } from './table.ts';
import { UsageError } from './usage-error.ts';

const LIMITS = {
  'requests-per-minute': 'requests per minute',
  'input-tokens-per-minute': 'input tokens per minute',
  'output-tokens-per-minute': 'output tokens per minute',
  'concurrent-requests': 'requests at the same time',
  'usd-per-day': 'dollars per day',
  'usd-per-month': 'dollars per month',
} as const;

const NAMES: readonly string[] = Object.keys(LIMITS);

export const LIMIT_OPTIONS: readonly OptionSpec[] = Object.entries(LIMITS).map(
  ([name, description]) => ({ flags: `--${name} <n>`, description: `limit of ${description}` }),
);

export const LIMIT_CHANGES: readonly OptionSpec[] = [
  ...LIMIT_OPTIONS,
  {
    flags: '--no-limit <limit>',
    description: 'remove one limit, such as requests-per-minute',
    choices: NAMES,
    isRepeated: true,
  },
  { flags: '--no-limits', description: 'remove all limits' },
];

/** Text that is not a number stays text, which the service rejects. */
export function limitsIn(options: OptionValues): Record<string, unknown> | undefined {
  const given = NAMES.flatMap((name) => {
    const text = options.text(name);
    return text === undefined ? [] : [[fieldOf(name), numberOr(text)] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** Only what changes; null for one limit or all removes it. */
export function limitChangesIn(
  options: OptionValues,
): Readonly<Record<string, unknown>> | null | undefined {
  const given = limitsIn(options);
  const removed = options.list('no-limit');
  if (options.has('no-limits')) {
    if (given !== undefined || removed.length > 0) {
      throw new UsageError('--no-limits contradicts the other limits');
    }
    return null;
  }
  const both = removed.find((name) => given && fieldOf(name) in given);
  if (both !== undefined) throw new UsageError(`--no-limit ${both} contradicts --${both}`);
  if (given === undefined && removed.length === 0) return undefined;
  return { ...given, ...Object.fromEntries(removed.map((name) => [fieldOf(name), null])) };
}

export function limitsText(limits: QuotaView | null): string {
  const texts = Object.entries(limits ?? {}).map(([name, count]) => `${name}=${count}`);
  return texts.join(',') || 'none';
}

export function limitsColumn<Row extends { readonly limits: QuotaView | null }>(): Column<Row> {
  return {
    title: 'limits',
    of: ({ limits }) => limitsText(limits),
    short: ({ limits }) => {
      const texts = Object.entries(limits ?? {}).map(([name, count]) =>
        name.startsWith('usd_')
          ? `$${count} ${name.slice('usd_'.length).replaceAll('_', ' ')}`
          : `${count} ${name.replaceAll('_', ' ')}`,
      );
      return texts.join(', ') || NOTHING;
    },
  };
}

function fieldOf(option: string): string {
  return option.replaceAll('-', '_');
}

export function numberOr(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
