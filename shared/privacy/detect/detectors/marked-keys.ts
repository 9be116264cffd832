// Keys identified by a mark in the middle or at the end, or by the length of their first run of
// letters and digits. To add a provider, add an entry.

import { beginsAt } from '../boundary.ts';
import type { Detector, Range, Trigger } from '../detector.ts';
import type { Neighbours } from '../neighbours.ts';
import { bitsPerChar } from '../entropy.ts';

interface MarkedKey {
  readonly entity: string;
  readonly mark: string;
  readonly beside?: Neighbours;
  /** Matches at most 64 characters directly before the mark; anchored at the end. */
  readonly before: RegExp;
  /** Matches from the mark on. */
  readonly after: RegExp;
}

interface RunKey {
  readonly entity: string;
  /** Length of the first run of letters and digits. */
  readonly runLength: readonly [min: number, max: number];
  /** Letters that the pattern begins with; a test of them is cheap. */
  readonly first?: string;
  readonly pattern: RegExp;
  /** Part of the key directly before the run. */
  readonly lead?: string;
  readonly context?: readonly string[];
  readonly check?: (key: string) => boolean;
}

const BEFORE_LENGTH_MAX = 64;
const BITS_MIN = 2.4;

const MARKED: readonly MarkedKey[] = [
  {
    entity: 'TELEGRAM_TOKEN',
    mark: ':AA',
    before: /(?<!\d)\d{8,10}$/,
    after: /:AA[A-Za-z0-9_-]{32,34}/,
  },
  {
    entity: 'TERRAFORM_TOKEN',
    mark: '.atlasv1.',
    before: /(?<![A-Za-z0-9])[A-Za-z0-9]{14}$/,
    after: /\.atlasv1\.[A-Za-z0-9_=-]{60,70}/,
  },
  {
    // Microsoft Entra: three characters, a digit, then this mark.
    entity: 'AZURE_CLIENT_SECRET',
    mark: 'Q~',
    before: /(?<![\w.~-])[\w.~-]{3}\d$/,
    after: /Q~[\w.~-]{31,34}(?![\w.~-])/,
  },
  {
    entity: 'NEW_RELIC_KEY',
    mark: 'NRAL',
    before: /(?<!\w)(?:[0-9a-f]{36}|[a-z]{2}\d{2}x[0-9a-fx][0-9a-f]{30})$/,
    after: /NRAL/,
  },
  {
    entity: 'MAILCHIMP_KEY',
    mark: '-us',
    before: /(?<![A-Za-z0-9])(?:[0-9a-f]{32}|(?=[A-Za-z]{0,31}\d)[0-9A-Za-z]{32})$/,
    after: /-us\d{1,2}/,
  },
  {
    entity: 'MAXMIND_KEY',
    mark: '_mmk',
    before: /(?<![A-Za-z0-9])[A-Za-z0-9]{6}_[A-Za-z0-9]{29}$/,
    after: /_mmk/,
  },
  {
    // Microsoft's signature in keys of Azure services.
    entity: 'AZURE_SERVICE_KEY',
    mark: 'JQQJ99',
    before: /(?<![A-Za-z0-9])[A-Za-z0-9]{52}$/,
    after: /JQQJ99[A-Za-z0-9]{20,34}={0,2}/,
  },
  {
    entity: 'META_TOKEN',
    mark: '|',
    beside: { before: /\d/, after: /[\w-]/ },
    before: /(?<![\w.])\d{15,17}$/,
    after: /\|[A-Za-z0-9_-]{27}(?![\w-])/,
  },
  {
    entity: 'DROPBOX_TOKEN',
    mark: 'AAAAAAAAAA',
    before: /(?<![A-Za-z0-9+/_-])(?=[A-Za-z]{0,12}\d)[A-Za-z0-9]{10,12}$/,
    after: /A{10,12}[A-Za-z0-9_-]{40,44}(?![+/=])/,
  },
];

const RUNS: readonly RunKey[] = [
  {
    // The bot id in base64, a timestamp and a signature.
    entity: 'DISCORD_TOKEN',
    runLength: [23, 28],
    pattern: /[MNO][A-Za-z0-9]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}/,
    check: beginsWithId,
  },
  {
    entity: 'AIRTABLE_TOKEN',
    runLength: [17, 17],
    pattern: /pat[A-Za-z0-9]{14}\.[0-9a-f]{64}/,
  },
  {
    entity: 'MAILGUN_KEY',
    runLength: [32, 32],
    pattern: /[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}/,
  },
  {
    // Tokens of Vault before 1.10, which introduced `hvs.`.
    entity: 'VAULT_TOKEN',
    runLength: [24, 24],
    lead: 's.',
    pattern: /[A-Za-z0-9]{24}/,
    context: ['vault'],
  },
  {
    entity: 'TWILIO_KEY',
    runLength: [34, 34],
    pattern: /(?:SK|AC)(?:[0-9a-f]{32}|[0-9A-F]{32})/,
  },
  {
    // Seeds of NATS: https://github.com/nats-io/nkeys
    entity: 'NKEY_SEED',
    runLength: [58, 58],
    pattern: /S[ACNOPUX][A-Z2-7]{56}/,
  },
  {
    // An id of digits, a colon and random bytes, in base64.
    entity: 'ATLASSIAN_TOKEN',
    runLength: [8, 44],
    first: 'MNO',
    pattern: /[MNO][ADQTgjwz][AEIMQUYcgk][0-5w-z][A-Za-z0-9+/]{40}/,
    check: (key) => /^\d{8,13}:/.test(Buffer.from(key, 'base64').toString('latin1')),
  },
];

export const MARKED_KEYS: readonly Detector[] = [...MARKED.map(markedKey), ...RUNS.map(runKey)];

function markedKey({ entity, mark, beside, before, after }: MarkedKey): Detector {
  const rest = new RegExp(`(?:${after.source})(?![A-Za-z0-9])`, 'y');
  return keyDetector(entity, { kind: 'word', words: [mark], ...beside }, (text, start) => {
    rest.lastIndex = start;
    if (!text.startsWith(mark, start) || !rest.test(text)) return undefined;
    const head = before.exec(text.slice(Math.max(0, start - BEFORE_LENGTH_MAX), start))?.[0];
    if (head === undefined) return undefined;
    return random(text, { start: start - head.length, end: rest.lastIndex });
  });
}

function runKey({
  entity,
  runLength,
  lead = '',
  first,
  pattern,
  context,
  check,
}: RunKey): Detector {
  const [lengthMin, lengthMax] = runLength;
  const complete = new RegExp(`(?:${pattern.source})(?![A-Za-z0-9])`, 'y');
  const detector = keyDetector(entity, { kind: 'run', lengthMin, lengthMax }, (text, run) => {
    if (first?.includes(text.charAt(run)) === false) return undefined;
    complete.lastIndex = run;
    if (!complete.test(text)) return undefined;
    const start = run - lead.length;
    if (!text.startsWith(lead, start) || !beginsAt(text, start)) return undefined;
    if (check && !check(text.slice(start, complete.lastIndex))) return undefined;
    return random(text, { start, end: complete.lastIndex });
  });
  return context ? { ...detector, tier: 'B', context } : detector;
}

function keyDetector(entity: string, trigger: Trigger, find: Detector['find']): Detector {
  return { entity, label: 'KEY', tier: 'A', secret: true, triggers: [trigger], find };
}

function random(text: string, range: Range): Range | undefined {
  return bitsPerChar(text.slice(range.start, range.end)) >= BITS_MIN ? range : undefined;
}

/** Whether the key begins with a snowflake id: 17 to 20 decimal digits. */
function beginsWithId(key: string): boolean {
  return /^\d{17,20}$/.test(
    Buffer.from(key.slice(0, key.indexOf('.')), 'base64url').toString('latin1'),
  );
}
