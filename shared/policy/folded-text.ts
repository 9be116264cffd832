// A text with its confusables read away: message case, accents, full-width and styled messages, look-alikes
// of other scripts, invisible characters, runs of spaces. Words are folded in the same way, so words of
// any script still match themselves. And the way back, from the copy to the text.

import type { Range } from '../privacy/detect/detector.ts';

export interface NormalizedText {
  readonly text: string;
  /** The same, unit by unit. */
  readonly units: Uint8Array | Uint16Array;
  /** Where a range of the copy stands in the text, with what is invisible in and behind it. */
  original(range: Range): Range;
}

/** Messages that look like those of the Latin alphabet, in pairs; capitals count as small ones. */
const LOOK_ALIKES = [
  'аa вb сc ԁd еe ёe ғf һh нh іi їi јj кk ӏl мm оo рp ԛq ѕs тt ѵv ԝw хx уy', // Cyrillic
  'αa βb ϲc εe ηh ιi κk μm νv οo ρp τt υy χx ζz', // Greek
  'օo ոn սu հh ցg զq', // Armenian
  'ıi łl øo đd ħh ŧt ɑa ɡg ɩi ʟl ƒf ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz',
  `‘' ’' ‚' ʼ' \`' ´' “" ”" „" «" »" ‐- ‑- ‒- –- —- ―- −-`,
];

const NORMALIZATION_BY_CHARACTER = new Map([
  ...LOOK_ALIKES.flatMap((row) => row.split(' ')).map((pair): [string, string] => {
    const [character = '', ...normalization] = pair;
    return [character, normalization.join('')];
  }),
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
]);

/** Accents that are put on messages; signs that are messages of their own script are not among them. */
const ACCENTS =
  /[\p{Mn}&&[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]]/gv;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
// oxlint-disable-next-line no-control-regex
const BEYOND_ASCII = /[^\u0000-\u007f]/;
const SPACE = 0x20;
const CACHE_ENTRIES_MAX = 20_000;

const normalizations = { small: new Map<number, string>(), cased: new Map<number, string>() };
type Kind = keyof typeof normalizations;

/** For what is folded within one call: a window of a text. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Of ASCII, by unit; 0 for what folds to nothing. */
const ASCII = { small: asciiTable(true), cased: asciiTable(false) };

/** With `keepsCase`, capitals stay what they are. In linear time. */
export function foldText(text: string, { keepsCase = false } = {}): NormalizedText {
  const kind = keepsCase ? 'cased' : 'small';
  return BEYOND_ASCII.test(text) ? foldAll(text, kind) : foldAscii(text, kind);
}

/** Most texts: read as bytes, and without the way back, which few are asked for. */
function foldAscii(text: string, kind: Kind): NormalizedText {
  const table = ASCII[kind];
  const bytes = text.length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(text.length);
  const length = bytes.write(text, 'latin1');
  let count = 0;
  let last = 0;
  for (let at = 0; at < length; at += 1) {
    const normalized = table[bytes[at] ?? 0] ?? 0;
    if (normalized === 0 || (normalized === SPACE && last === SPACE)) continue;
    bytes[count] = last = normalized;
    count += 1;
  }
  let whole: NormalizedText | undefined;
  return {
    text: bytes.toString('latin1', 0, count),
    units: new Uint8Array(bytes.subarray(0, count)),
    original: (range) => (whole ??= foldAll(text, kind)).original(range),
  };
}

function foldAll(text: string, kind: Kind): NormalizedText {
  const ascii = ASCII[kind];
  let units = new Uint16Array(text.length + 64);
  let starts = new Int32Array(text.length + 65);
  let ends = new Int32Array(text.length + 65);
  let count = 0;
  const put = (unit: number, start: number, end: number) => {
    // A run of spaces is one; its end is where the next character starts.
    if (unit === SPACE && count > 0 && units[count - 1] === SPACE) return;
    if (count === units.length) {
      units = grown(units, new Uint16Array(count * 2));
      starts = grown(starts, new Int32Array(count * 2 + 1));
      ends = grown(ends, new Int32Array(count * 2 + 1));
    }
    units[count] = unit;
    starts[count] = start;
    ends[count++] = end;
  };
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      const normalized = ascii[unit] ?? 0;
      if (normalized !== 0) put(normalized, at, at + 1);
      at += 1;
      continue;
    }
    const point = text.codePointAt(at) ?? unit;
    const end = at + (point > 0xffff ? 2 : 1);
    const normalized = normalizationOf(point, kind);
    for (let index = 0; index < normalized.length; index++)
      put(normalized.charCodeAt(index), at, end);
    at = end;
  }
  starts[count] = text.length;
  return {
    text: Buffer.from(units.buffer, 0, count * 2).toString('utf16le'),
    units: units.subarray(0, count),
    original: ({ start, end }) => ({
      start: starts[start] ?? text.length,
      end: Math.max(ends[end - 1] ?? 0, starts[end] ?? text.length),
    }),
  };
}

function normalizationOf(point: number, kind: Kind): string {
  const cache = normalizations[kind];
  const known = cache.get(point);
  if (known !== undefined) return known;
  const normalization = computed(String.fromCodePoint(point), kind);
  if (cache.size >= CACHE_ENTRIES_MAX) cache.clear();
  cache.set(point, normalization);
  return normalization;
}

function computed(character: string, kind: Kind): string {
  const plain = character.normalize('NFKD').replace(INVISIBLE, '').replace(ACCENTS, '');
  return Array.from(plain, (one) => {
    if (/\s/.test(one)) return ' ';
    const small = one.toLowerCase();
    const normalization = NORMALIZATION_BY_CHARACTER.get(small) ?? small;
    return kind === 'small' || one === small ? normalization : normalization.toUpperCase();
  }).join('');
}

function asciiTable(lowers: boolean): Uint16Array {
  return Uint16Array.from({ length: 0x80 }, (_, unit) => {
    if (unit === 0x60) return 0x27;
    if (unit === SPACE || (unit >= 9 && unit <= 13)) return SPACE;
    if (unit < SPACE || unit === 0x7f) return 0;
    return lowers ? String.fromCharCode(unit).toLowerCase().charCodeAt(0) : unit;
  });
}

function grown<Units extends Uint16Array | Int32Array>(old: Units, larger: Units): Units {
  larger.set(old);
  return larger;
}
