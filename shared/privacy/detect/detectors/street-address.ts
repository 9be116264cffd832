// Postal addresses after a label (`Address: …`, `"street": …`, `住所: …`), after words such as `demeurant`, and
// by a form that proves them: a street with a number before a postal code and a town.

import type { Detector, Range } from '../detector.ts';
import {
  around,
  beginsLabel,
  beginsWord,
  fieldAt,
  lineFrom,
  spellings,
} from '../personal/labelled-field.ts';

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

const WHOLE = spellings(
  'address,home address,postal address,mailing address,street address,billing address,shipping address,delivery address,residential address,residence,' +
    'address line 1,address line 2,address1,address2,addr1,anschrift,adresse,wohnanschrift,lieferadresse,rechnungsadresse,lieferanschrift,wohnhaft,wohnhaft in,' +
    'adresse postale,domicile,demeurant,domicilié,domiciliée,demeurant au,dirección,direccion,domicilio,domiciliado en,residente en,indirizzo,residente in,residenza,' +
    'morada,endereço,endereco,residente na,adres,woonadres,zamieszkały,zamieszkała,adres zamieszkania,адрес,проживает по адресу,адрес доставки,' +
    '住所,現住所,ご住所,お届け先,配送先,送付先,地址,住址,家庭住址,收货地址,通讯地址,주소,배송지,거주지,adresi,ev adresi,العنوان,عنوان السكن,عنوان',
);
const STREET = spellings(
  'street,street 1,street name,straße,strasse,rue,calle,via,rua,straat,ulica,улица,sokak,cadde,straße und hausnummer,straße hausnummer,街道,番地',
);
const CODE = spellings(
  'zip,zip code,zipcode,postal code,postcode,post code,plz,postleitzahl,code postal,código postal,codigo postal,cap,cep,código de endereçamento postal,kod pocztowy,индекс,почтовый индекс,posta kodu,郵便番号,邮编,邮政编码,우편번호,الرمز البريدي',
);
const TOWN = spellings(
  'city,town,ort,wohnort,stadt,ville,localité,ciudad,localidad,città,comune,cidade,localidade,stad,plaats,woonplaats,miasto,miejscowość,город,şehir,市区町村,城市,도시,المدينة',
);
const KIND_BY_LABEL = new Map<string, 'whole' | 'street' | 'code' | 'town'>([
  ...WHOLE.map((label) => [label, 'whole'] as const),
  ...STREET.map((label) => [label, 'street'] as const),
  ...CODE.map((label) => [label, 'code'] as const),
  ...TOWN.map((label) => [label, 'town'] as const),
]);

const POSTAL_CODE =
  /^(?:[A-Z]{1,2}-)?(?:\d{5}-\d{3,4}|\d{2}[ -]?\d{3}|\d{3}[ -]\d{2}|\d{3}[ -]?\d{4}|\d{4,7}|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)$/i;
const TOWN_FORM = /^[\p{Lu}\p{Lo}][\p{L}\p{M}.'’ ()/-]{1,40}$/u;
const POSTAL_COMPANION =
  /addr|adress|street|straße|strasse|\bzip|postal|postcode|\bplz\b|postleitzahl|\bcep\b|\bcap\b|direcci|indirizzo|endere|phone|telefon|e-?mail|[Nn]ame\b|住所|地址|주소|адрес/i;
/** An address of a machine or in memory. */
const TECHNICAL =
  /^(?:0x|https?:|[\w+.-]{1,12}:\/\/|\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}::?[\da-f]|localhost|\*|:\d|[\w.+-]+@|[a-z\d-]+(?:\.[a-z\d-]+)+(?::\d+)?$|bc1|[\w-]+:\d+$)/i;

export const labelledAddress: Detector = {
  ...ADDRESS,
  triggers: [{ kind: 'word', words: [...KIND_BY_LABEL.keys()] }],
  find(text, start, end): Range | undefined {
    const kind = KIND_BY_LABEL.get(text.slice(start, end).toLowerCase());
    if (kind === undefined || !begins(text, start, end, kind)) return undefined;
    const range = valueAt(text, start, end, kind);
    if (!range) return undefined;
    const value = text.slice(range.start, range.end);
    switch (kind) {
      case 'whole':
        return isAddress(value) ? range : undefined;
      case 'street':
        return isStreet(value) ? range : undefined;
      case 'code':
        return POSTAL_CODE.test(value) ? range : undefined;
      case 'town':
        return TOWN_FORM.test(value) &&
          !/\b(?:string|name|city|town|ort|stadt|ville)\b/i.test(value) &&
          isPostal(text, start, end, range)
          ? range
          : undefined;
    }
  },
};

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

function valueAt(text: string, start: number, end: number, kind: string): Range | undefined {
  const field = fieldAt(text, start, end);
  if (field?.end !== undefined) return { start: field.start, end: field.end };
  let from = field?.start;
  if (from === undefined) {
    // In a sentence: `demeurant 8, rue …`, `wohnhaft in der …`.
    if (kind !== 'whole' || !PROSE.has(text.slice(start, end).toLowerCase())) return undefined;
    from =
      end +
      (/^(?: (?:au|à|in|in der|im|am|at|en|na|przy|w|по адресу))?[ :,]{1,3}/.exec(
        text.slice(end, end + 16),
      )?.[0].length ?? 0);
    if (from === end) return undefined;
  }
  if (kind !== 'whole') {
    const part = /^[^\r\n,;|"'`<>{}()[\]\\\t=]{2,60}/
      .exec(text.slice(from, from + 60))?.[0]
      .replace(/[ .]+$|  .*$/, '');
    return part === undefined ? undefined : { start: from, end: from + part.length };
  }
  const line = lineFrom(text, from, LENGTH_MAX);
  // The mark of a Japanese postal code may begin the address.
  const next = NEXT_FIELD.exec(line.slice(1))?.index;
  const value = line
    .slice(0, next === undefined ? line.length : next + 1)
    .replace(/[\s,.;:（(〒/]+$/, '');
  return value.length < 5 ? undefined : { start: from, end: from + value.length };
}

const PROSE: ReadonlySet<string> = new Set(
  'wohnhaft,wohnhaft in,demeurant,demeurant au,domicilié,domiciliée,domiciliado en,residente en,residente in,residente na,zamieszkały,zamieszkała,проживает по адресу'.split(
    ',',
  ),
);
/** Where another field begins in the same line, or a sentence ends. */
const NEXT_FIELD =
  /[ ,;.(–-]{1,3}(?:tel|phone|telefon|téléphone|mobile|mobil|portable|handy|e-?mail|fax|dob|born|geb|n° de|电话|電話|전화)\b|〒|(?<=[\p{L}\d]{4})\.\s+\p{Lu}|[。、,،] ?(?:電話|电话|전화|هاتف)|, (?:née?|born|geboren|et|und|and|is|ist|vertreten|represented)\b/iu;

function isAddress(value: string): boolean {
  if (TECHNICAL.test(value) || value.length > LENGTH_MAX) return false;
  if (
    /[={}$<>`"'[\]\\_]|\w\(|\w: |\b(?:const|return|function|null|undefined)\b/.test(
      value.replaceAll(/(?<=\p{L})'(?=\p{L})/gu, ''),
    )
  )
    return false;
  if (/[\u3040-\u30ff\u3400-\u9fff]{4}/.test(value))
    return /[\d０-９一二三四五六七八九十]|[都道府県市区町村省路街号]/.test(value);
  if (/[\uac00-\ud7af]{2}|[\u0600-\u06ff]{3}/.test(value)) return /\s/.test(value);
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

const TYPE_WORDS =
  'street,st.,st,road,rd,rd.,avenue,ave,ave.,lane,ln,drive,dr.,court,crescent,boulevard,blvd,blvd.,terrace,close,rue,chemin,place,quai,impasse,allée,route,' +
  'calle,avenida,avda.,av.,paseo,plaza,carrer,via,viale,piazza,corso,vicolo,largo,rua,travessa,praça,estrada,ulica,ul.,al.,aleja,улица,ул.,проспект,пр.,переулок';
/** Also the ends of longer words: `Lindenallee`, `Kerkstraat`. */
const TYPE_ENDS =
  'straße,strasse,str.,weg,allee,platz,gasse,ring,ufer,damm,straat,laan,gracht,plein,caddesi,cad.,sokak,sok.'.split(
    ',',
  );
const CITY = String.raw`\p{Lu}[\p{L}\p{M}.'’-]{1,30}(?: [\p{L}\p{M}.'’-]{1,20}){0,2}`;
const STREET_WORD = String.raw`[\p{L}\p{M}.'’-]{1,30}`;
const CODE_AND_TOWN = String.raw`(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3})?|\d{2}-\d{3}|\d{4}(?: ?[A-Z]{2})?) ${CITY}`;
const BRITISH_OR_AMERICAN = String.raw`(?:\p{Lu}[\p{L}.'’-]{1,30},? ){1,4}(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2},? \d{5}(?:-\d{4})?)`;
const COMMA = String.raw`(?:,|[ -]–|\\n|\r?\n) ?`;
const COMPLETE = new RegExp(
  [
    // Number first: `17 Harcourt Road, Bristol BS6 7RG`, `8 bis, avenue Victor-Hugo, 33000 Bordeaux`.
    `\\d{1,5}[a-zA-Z]?(?: ?(?:bis|ter))?,? (?:${STREET_WORD} ){0,4}${STREET_WORD}(?:,? (?:Apt|Suite|Unit|Flat)\\.? ?#?\\w{1,5})?${COMMA}(?:${CODE_AND_TOWN}|${BRITISH_OR_AMERICAN})`,
    // Number last: `Lindenallee 14a, 50823 Köln`, `Via Garibaldi 21, 00153 Roma`.
    `(?:${STREET_WORD} ){0,5}${STREET_WORD},? ?(?:n[º°.] ?)?\\d{1,4}(?:[a-zA-Z]| ?[a-c]|[-/]\\d{1,4})?(?:, [^,\\n]{1,20})?${COMMA}${CODE_AND_TOWN}`,
  ].join('|'),
  'uy',
);
const ADDRESS_LENGTH_MAX = 120;

/** A complete address, as below a letter: its form proves it. */
export const completeAddress: Detector = {
  ...ADDRESS,
  triggers: [
    {
      kind: 'word',
      words: [...TYPE_WORDS.split(','), ...TYPE_ENDS].flatMap((word) => [`${word} `, `${word},`]),
    },
  ],
  find(text, start, end): Range | undefined {
    const word = text.slice(start, end - 1).toLowerCase();
    if (!TYPE_ENDS.includes(word) && !beginsWord(text, start)) return undefined;
    // A postal code, a number of a house and a capital: rare in code, and cheap to test.
    const after = text.slice(end, end + ADDRESS_LENGTH_MAX);
    if (!/\d{4}|\d [A-Z\d]{3}|\d{2}-\d{3}|\d[A-Z]{2}\b/.test(after) || !/\p{Lu}/u.test(after))
      return undefined;
    for (const from of clauseStarts(text, start)) {
      COMPLETE.lastIndex = from;
      // Where licences say to write to.
      if (/Software\s{1,4}(?:\S{1,3} +)?Foundation/.test(text.slice(Math.max(0, from - 60), from)))
        continue;
      if (!COMPLETE.test(text)) continue;
      // The full stop of a sentence.
      const to = COMPLETE.lastIndex - Number(text[COMPLETE.lastIndex - 1] === '.');
      if (to > end) return { start: from, end: to };
    }
    return undefined;
  },
};

/** Where an address around `start` may begin: at a number or a capital, at most some words before. */
function clauseStarts(text: string, start: number): number[] {
  const from = Math.max(0, start - 48);
  const clause = /[^\r\n\t;:"`(){}<>|=\\!?]*$/.exec(text.slice(from, start))?.[0] ?? '';
  const base = start - clause.length;
  const starts = [...clause.matchAll(/(?<![\p{L}\p{M}\d-])(?:\d{1,5}|\p{Lu})/gu)].map(
    ({ index }) => base + index,
  );
  return [...starts.slice(-5), start];
}

/** `〒150-0041`. */
export const japanesePostcode: Detector = {
  ...ADDRESS,
  triggers: [{ kind: 'word', words: ['〒'] }],
  find(text, _start, end): Range | undefined {
    const code = /^[ \u3000]?(\d{3}[-‐－]?\d{4})(?!\d)/.exec(text.slice(end, end + 12));
    if (!code?.[1]) return undefined;
    const start = end + code[0].length - code[1].length;
    const line = lineFrom(text, start + code[1].length, 80);
    const rest = /^[ \u3000]{1,2}[\u3040-\u30ff\u3400-\u9fff][^:：,、]{4,60}/.exec(line)?.[0];
    return { start, end: start + code[1].length + (rest?.length ?? 0) };
  },
};
