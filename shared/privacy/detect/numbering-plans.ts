// Validates telephone numbers with libphonenumber's largest metadata set. Its parser rebuilds each
// pattern and takes 5 to 20 µs per number, which blocks the event loop on large texts; this caches
// the patterns. A test compares the results with the parser.

import metadata from 'libphonenumber-js/max/metadata';

/** Indexes in a minified plan, as the library's Metadata class names them. */
const NATIONAL_PATTERN = 2;
const LENGTHS = 3;
const NATIONAL_PREFIX = 5;
const LEADING_DIGITS = 10;
const TYPES = 11;

interface Plan {
  readonly national: RegExp;
  readonly types: readonly { readonly pattern: RegExp; readonly lengths: readonly number[] }[];
  /** Selects between countries that share a calling code. */
  readonly leading: RegExp | undefined;
}

interface CallingCode {
  readonly plans: readonly Plan[];
  /** Lengths of numbers in any of the plans. */
  readonly lengths: ReadonlySet<unknown>;
  /** Prefix that domestic callers dial, often written by mistake. */
  readonly prefix: string;
}

const MINIFIED_BY_CODE = new Map<string, readonly unknown[][]>([
  ...Object.entries(metadata.country_calling_codes).map(
    ([code, countries]) =>
      [code, countries.map((country): unknown[] => metadata.countries[country] ?? [])] as const,
  ),
  ...Object.entries(metadata.nonGeographic).map(([code, plan]): [string, unknown[][]] => [
    code,
    [plan],
  ]),
]);

const CODE_LENGTH_MAX = 3;
const callingCodes = new Map<string, CallingCode>();

/** Whether `digits`, which begin with a calling code without `+`, are a valid number. */
export function isInternationalNumber(digits: string): boolean {
  for (let length = 1; length <= CODE_LENGTH_MAX; length++) {
    const code = digits.slice(0, length);
    if (MINIFIED_BY_CODE.has(code)) return isNationalNumber(code, digits.slice(length));
  }
  return false;
}

/** Whether `code` is a calling code whose numbers have as many digits as `national`. */
export function isPossibleNumber(code: string, national: string): boolean {
  if (!MINIFIED_BY_CODE.has(code)) return false;
  const { lengths, prefix } = callingCode(code);
  if (lengths.has(national.length)) return true;
  return (
    prefix !== '' && national.startsWith(prefix) && lengths.has(national.length - prefix.length)
  );
}

/** Whether `digits` are a valid number of the country, with or without its national prefix. */
export function isNationalNumber(code: string, digits: string): boolean {
  const { plans, prefix, lengths } = callingCode(code);
  if (lengths.has(digits.length) && isInPlans(plans, digits)) return true;
  if (prefix === '' || !digits.startsWith(prefix)) return false;
  const rest = digits.slice(prefix.length);
  return lengths.has(rest.length) && isInPlans(plans, rest);
}

function isInPlans(plans: readonly Plan[], digits: string): boolean {
  for (const plan of plans) {
    if (plan.leading?.test(digits)) return isInPlan(plan, digits);
    if (!plan.leading && isInPlan(plan, digits)) return true;
  }
  return false;
}

function isInPlan({ national, types }: Plan, digits: string): boolean {
  if (!national.test(digits)) return false;
  return types.some(
    ({ pattern, lengths }) =>
      (lengths.length === 0 || lengths.includes(digits.length)) && pattern.test(digits),
  );
}

/** Built on first use: most texts need few of the 240 countries. */
function callingCode(code: string): CallingCode {
  let entry = callingCodes.get(code);
  if (!entry) {
    const minified = MINIFIED_BY_CODE.get(code) ?? [];
    const prefix = minified[0]?.[NATIONAL_PREFIX];
    entry = {
      plans: minified.map(planOf),
      lengths: new Set(minified.flatMap((plan) => listOf(plan[LENGTHS]))),
      prefix: typeof prefix === 'string' ? prefix : '',
    };
    callingCodes.set(code, entry);
  }
  return entry;
}

function planOf(minified: readonly unknown[]): Plan {
  const leading = minified[LEADING_DIGITS];
  return {
    national: anchored(minified[NATIONAL_PATTERN]),
    types: listOf(minified[TYPES])
      .map(listOf)
      .filter(([pattern]) => typeof pattern === 'string' && pattern !== '')
      .map(([pattern, lengths]) => ({
        pattern: anchored(pattern),
        lengths: listOf(lengths).filter((length) => typeof length === 'number'),
      })),
    leading: typeof leading === 'string' ? new RegExp(`^(?:${leading})`) : undefined,
  };
}

function anchored(pattern: unknown): RegExp {
  return new RegExp(`^(?:${String(pattern)})$`);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
