// Postal addresses after a label (`Address: …`, `"street": …`, `住所: …`) and after words such as `demeurant`.

import type { Detector, Range } from '../detector.ts';
import { addressColumn } from '../personal/columns.ts';
import { isNoTown } from '../personal/no-towns.ts';
import { PART_BY_LABEL, PROSE, type AddressPart } from '../personal/address-labels.ts';
import {
  AFTER_LABEL,
  around,
  beginsLabel,
  beginsWord,
  fieldAt,
  lineFrom,
} from '../personal/labelled-field.ts';
import { isPlausible } from '../personal/person-name.ts';

export const ADDRESS = {
  entity: 'ADDRESS',
  label: 'ADDRESS',
  tier: 'A',
  topic: 'addresses',
  // A town or a postal code alone may be anything.
  isDistinctive: (value: string): boolean => value.length >= 9 && isAddress(value),
  resembles: (value: string): boolean => isAddress(value),
} as const;
const LENGTH_MAX = 160;

const POSTAL_CODE =
  /^(?:[A-Z]{1,2}-)?(?:\d{5}-\d{3,4}|\d{2}[ -]?\d{3}|\d{3}[ -]\d{2}|\d{3}[ -]?\d{4}|\d{4,7}|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)$/i;
const TOWN_FORM = /^[\p{Lu}\p{Lo}][\p{L}\p{M}.'’ ()/-]{1,40}$/u;
const POSTAL_COMPANION =
  /addr|adress|street|straße|strasse|\bzip|postal|postcode|\bplz\b|postleitzahl|\bcep\b|\bcap\b|\bcp\b|calle|\brue\b|\bvia\b|straat|ulica|hausn|улиц|direcci|indirizzo|endere|phone|telefon|e-?mail|[Nn]ame\b|住所|地址|주소|адрес/i;
/** An address of a machine or in memory. */
const TECHNICAL =
  /^(?:0x|https?:|[\w+.-]{1,12}:\/\/|\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}::?[\da-f]|localhost|\*|:\d|[\w.+-]+@|[a-z\d-]+(?:\.[a-z\d-]+)+(?::\d+)?$|bc1|[\w-]+:\d+$)/i;

const isOfList = (label: string): boolean => label.endsWith('[');
const LABELS = [...PART_BY_LABEL.keys()].filter((label) => !isOfList(label));
const LABELS_OF_LISTS = [...PART_BY_LABEL.keys()].filter(isOfList);

export const labelledAddress: Detector = {
  ...ADDRESS,
  triggers: [
    { kind: 'word', words: LABELS, startsPart: true, after: AFTER_LABEL },
    { kind: 'word', words: LABELS_OF_LISTS, startsPart: true },
  ],
  column: addressColumn,
  find(text, start, labelEnd): Range | undefined {
    const label = text.slice(start, labelEnd).toLowerCase();
    const kind = PART_BY_LABEL.get(label);
    if (kind === undefined || !begins(text, start, labelEnd, kind)) return undefined;
    const end = isOfList(label) ? start + LINE.length : labelEnd;
    const range = valueAt(text, start, end, kind);
    if (!range) return undefined;
    const value = text.slice(range.start, range.end);
    const isQuoted = /["'>]$/.test(text.slice(start, range.start));
    // `line1 = …` is one of a program.
    if (label.startsWith(LINE) && !isQuoted) return undefined;
    switch (kind) {
      case 'whole':
        return isAddress(value) ? range : undefined;
      case 'street':
        return isStreet(value) ||
          (isQuoted && isStreetName(value) && HOUSE.test(around(text, range, HOUSE_REACH)))
          ? range
          : undefined;
      case 'number':
        return HOUSE_NUMBER.test(value) && STREET_LABEL.test(around(text, range, HOUSE_REACH))
          ? range
          : undefined;
      case 'code':
        return POSTAL_CODE.test(value) &&
          !/^0+$/.test(value) &&
          (!WEAK_CODES.has(label) || isPostal(text, start, end, range))
          ? range
          : undefined;
      case 'codeAndTown':
        return CODE_AND_TOWN.test(value) ? range : undefined;
      case 'town':
        return TOWN_FORM.test(value) &&
          !isNoTown(value) &&
          (HOME_TOWNS.has(label) || isPostal(text, start, end, range))
          ? range
          : undefined;
    }
  },
};

/** FHIR has the lines of an address in a list. */
const LINE = 'line';
/** Also words of programs. */
const WEAK_CODES: ReadonlySet<string> = new Set(['cp', 'cap', 'c.p.']);
const HOME_TOWNS: ReadonlySet<string> = new Set([
  'wohnort',
  'woonplaats',
  'place of residence',
  'lieu de résidence',
]);
const HOUSE_REACH = 100;
const HOUSE =
  /house.?n|hausn|haus_n|huisn|civico|\bnumber\b|\bnummer\b|\bnr\b|postal.?code|post.?code|\bzip|\bplz\b|\bcep\b|\bcap\b|\bcp\b/i;
const HOUSE_NUMBER = /^\d{1,5} ?[a-zA-Z]?(?:[-/] ?\d{1,4}[a-zA-Z]?)?$/;
const STREET_LABEL = /street|stra(?:ß|ss)e|\brue\b|calle|\bvia\b|\brua\b|straat|ulica|улица/i;
const CODE_AND_TOWN =
  /^(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3})?|\d{2}-\d{3}|\d{3} \d{2}|\d{4}(?: ?[A-Z]{2})?),? \p{Lu}[\p{L}\p{M}.'’ ()/-]{1,40}$/u;

/** `IP address` and `EMAIL_ADDRESS` are labels of other things. */
function begins(text: string, start: number, end: number, kind: string): boolean {
  if (kind !== 'whole') return beginsPart(text, start);
  return (
    (beginsWord(text, start) &&
      !/(?:\b(?:ip|ipv[46]|mac|e-?mail|web|memory|bind|listen|server|host|network|url|wallet|bitcoin|remote|local|peer|return|base|start)[ \t-]{1,2})$/i.test(
        text.slice(Math.max(0, start - 12), start),
      )) ||
    (end - start > 8 && beginsLabel(text, start))
  );
}

/** `billing_city` and `address.street` have these labels; `capacity` and `velocity` have not. */
function beginsPart(text: string, start: number): boolean {
  return (
    beginsWord(text, start) ||
    /[_.]/.test(text[start - 1] ?? '') ||
    (/[a-z]/.test(text[start - 1] ?? '') && /[A-Z]/.test(text[start] ?? ''))
  );
}

function isPostal(text: string, start: number, end: number, range: Range): boolean {
  const label = text.slice(start, end);
  const rest = around(text, range, 140).replaceAll(label, '');
  return POSTAL_COMPANION.test(rest);
}

function valueAt(text: string, start: number, end: number, kind: AddressPart): Range | undefined {
  const field = fieldAt(text, start, end);
  if (field?.end !== undefined) return { start: field.start, end: field.end };
  let from = field?.start;
  if (from === undefined) {
    // In a sentence: `demeurant 8, rue …`, `wohnhaft in der …`.
    if (kind !== 'whole' || !PROSE.has(text.slice(start, end).toLowerCase())) return undefined;
    from =
      end +
      (/^(?: (?:au|à|in|im|am|at|en|na|przy|w|op|aan|по адресу))?(?: (?:der|dem|den|de la|the))?[ :,]{1,3}/.exec(
        text.slice(end, end + 24),
      )?.[0].length ?? 0);
    if (from === end || !NUMBER.test(text.slice(from, from + LENGTH_MAX))) return undefined;
  }
  if (kind !== 'whole') {
    const part = /^[^\r\n,;|"'`<>{}()[\]\\\t=]{2,60}/
      .exec(text.slice(from, from + 60))?.[0]
      .replace(/ {1,4}\p{L}[\p{L}./-]{1,20} ?[:：].*$/u, '')
      .replace(/[ .]+$|  .*$/, '');
    return part === undefined ? undefined : { start: from, end: from + part.length };
  }
  const line = lineFrom(text, from, LENGTH_MAX);
  // The mark of a Japanese postal code may begin the address.
  const next = (field ? NEXT_FIELD : NEXT_CLAUSE).exec(line.slice(1))?.index;
  const value = line
    .slice(0, next === undefined ? line.length : next + 1)
    .replace(/[\s,.;:（(〒/]+$/, '');
  return value.length < 5 ? undefined : { start: from, end: from + value.length };
}

/** Where another field begins in the same line, or a sentence ends. */
const NEXT_FIELD =
  /[ ,;.(–-]{1,3}(?:tel|phone|telefon|téléphone|mobile|mobil|portable|handy|e-?mail|fax|dob|born|geb|n° de|电话|電話|전화)\b|〒|(?<=[\p{L}\d]{4})\.\s+\p{Lu}|[。、,،] ?(?:電話|电话|전화|هاتف)|, (?:née?|born|geboren|et|und|and|is|ist|vertreten|represented)\b/iu;
const NUMBER = /[\d０-９一二三四五六七八九十]/;
/** In a sentence also at a conjunction. */
const NEXT_CLAUSE = new RegExp(
  `${NEXT_FIELD.source}|,? (?:and|und|et|y|since|seit|depuis|desde|dal|sinds|od|with|mit|avec|con|who|where|but|because|when|which|hereinafter|nachfolgend)\\b|[.;] `,
  'iu',
);

function isAddress(value: string): boolean {
  if (TECHNICAL.test(value) || value.length > LENGTH_MAX) return false;
  if (
    /[={}$<>`"'[\]\\_]|\w\(|\w: |\b(?:const|return|function|null|undefined)\b/.test(
      value.replaceAll(/(?<=\p{L})'(?=\p{L})|(?<=\b(?:No|Nr|D|Kat|Daire|Apt|Blok)): ?(?=\d)/gu, ''),
    )
  )
    return false;
  if (/^(?:\p{L}+ )?(?:address|addr|line|street)(?: line)? ?\d?$/iu.test(value)) return false;
  if (/[\u3040-\u30ff\u3400-\u9fff]{4}/.test(value))
    return /[\d０-９]|[一二三四五六七八九十](?:丁目|番|号|条|楼|街|路|弄)|[都道府県市区町村省路街号]/.test(
      value,
    );
  if (/[\uac00-\ud7af]{2}/.test(value))
    return /\s/.test(value) && (/\d/.test(value) || /[시도구군동읍면로길](?:\s|$)/.test(value));
  // Arabic words for a street, a district, a building.
  if (/[\u0600-\u06ff]{3}/.test(value))
    return /\s/.test(value) && /[\d٠-٩۰-۹]|شارع|حي |طريق|مبنى|بناية|عمارة|ميدان|جادة/.test(value);
  if (/[\p{sc=Hebrew}\p{sc=Devanagari}\p{sc=Thai}]{2}/u.test(value))
    return /\s/.test(value) && /\p{Nd}/u.test(value);
  const letters = value.match(/\p{L}{2,}/gu)?.length ?? 0;
  return (
    /(?:^|[\s,#/-])\d{1,6}(?: ?[a-z])?(?=$|[\s,./-])/i.test(value) &&
    letters >= 1 &&
    /\p{Lu}\p{L}/u.test(value) &&
    / /.test(value)
  );
}

function isStreet(value: string): boolean {
  if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(value)) return value.length >= 3;
  return (
    /^(?=.*\d)(?=.*\p{Lu}\p{L}{2}).*[ ]/u.test(value) &&
    !/^\d+\.\d/.test(value) &&
    !/[={}$<>\\]|:\/\//.test(value) &&
    value.length <= 80
  );
}

/** A street without its number, which has a field of its own. */
function isStreetName(value: string): boolean {
  return /^\p{Lu}[\p{L}\p{M}.'’ -]{3,50}$/u.test(value) && isPlausible(value) && !isNoTown(value);
}
