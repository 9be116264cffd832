// Names of people after a label (`Patient: …`, `"fullName": …`, `お客様名: …`), and before a mail
// address in angle brackets, as in mail headers and Git trailers.

import type { Detector, Range } from '../detector.ts';
import {
  around,
  beginsLabel,
  beginsLine,
  beginsWord,
  endsValue,
  fieldAt,
  spellings,
  type Field,
} from '../personal/labelled-field.ts';
import {
  hasFirstName,
  isFullName,
  isName,
  isPlausible,
  NAME_LENGTH_MAX,
  nameEnds,
  wordsOf,
} from '../personal/person-name.ts';

export const PERSON = {
  entity: 'PERSON',
  label: 'NAME',
  tier: 'A',
  topic: 'names',
  // A first name or a surname alone may be a word.
  isDistinctive: (value: string): boolean => wordsOf(value).length > 1,
  resembles: (value: string): boolean => isFullName(value) && isName(value),
} as const;

/** Labels that name a person, whatever stands around them. */
const SURE = spellings(
  'full name,first name,last name,given name,family name,middle name,maiden name,birth name,customer name,client name,patient name,' +
    'contact name,contact person,employee name,member name,guest name,recipient name,sender name,account holder,cardholder,card holder,' +
    'cardholder name,next of kin,emergency contact,patient,attending,attending physician,referring physician,surname,' +
    'legal name,billing name,shipping name,signed by,author name,signed-off-by,co-authored-by,reviewed-by,acked-by,tested-by,reported-by,' +
    'vorname,nachname,familienname,vor- und nachname,vollständiger name,geburtsname,kundenname,ansprechpartner,ansprechpartnerin,' +
    'kontoinhaber,karteninhaber,patientin,versicherter,versicherte,sachbearbeiter,sachbearbeiterin,' +
    'prénom,prenom,nom de famille,nom complet,nom et prénom,nom du client,nom du patient,titulaire,titulaire du compte,patiente,' +
    'nombre completo,nombre y apellidos,apellido,apellidos,paciente,titular,nombre del cliente,' +
    'cognome,nome e cognome,nome completo,paziente,intestatario,nome do cliente,sobrenome,apelido,nome do paciente,' +
    'voornaam,achternaam,volledige naam,patiënt,contactpersoon,imię i nazwisko,imię,nazwisko,pacjent,pacjentka,' +
    'фамилия,отчество,фио,ф.и.о.,полное имя,пациент,пациентка,клиент,ad soyad,adı soyadı,soyadı,soyad,hasta,hasta adı,müşteri adı,' +
    'お客様名,氏名,お名前,名前,患者名,患者氏名,担当者,担当者名,フリガナ,ふりがな,宛名,顧客名,姓名,客户姓名,客户名称,患者姓名,患者,联系人,收件人,寄件人,聯絡人,' +
    '이름,성명,성함,고객명,환자명,담당자,수신자,예금주,العميل,المريض,المريضة,الاسم,الاسم الكامل,اسم العميل,اسم المريض,الموظف',
);
/** Labels that also name other things: the value or its surroundings must be those of a person. */
const UNSURE = spellings(
  'name,display name,contact,customer,client,employee,recipient,sender,owner,assignee,reviewer,manager,doctor,physician,attn,attention,' +
    'author,authors,created by,approved by,prepared by,requested by,reported by,assigned to,witness,applicant,tenant,beneficiary,payee,' +
    'kunde,kundin,autor,autorin,absender,empfänger,empfängerin,bearbeiter,mieter,arzt,ärztin,z. hd.,mitarbeiter,' +
    'nom,auteur,expéditeur,destinataire,nombre,remitente,destinatario,cliente,médico,autore,medico,mittente,' +
    'nome,naam,klant,auteur,arts,klient,klientka,autorka,lekarz,имя,автор,врач,получатель,отправитель,ad,isim,müşteri,doktor,yazar',
);
/** Headers of letters and mails, at the beginning of a line. */
const HEADERS =
  'fn:,bill to:,ship to:,sold to:,deliver to:,rechnung an:,lieferung an:,from:,to:,cc:,bcc:,von:,an:,kopie:,de :,de:,à :,da:,para:,van:,aan:,od:,do:,от:,кому:,kimden:,kime:'.split(
    ',',
  );

const COMPANION =
  /e-?mail|phone|telefon|téléphone|teléfono|\btel\b|mobile|handy|\bdob\b|birth|geb\.|geboren|geburt|naissance|nacimiento|nascita|nascimento|addres|anschrift|adress|street|straße|postal|\bzip|\bplz\b|\bssn\b|\biban\b|passport|@[\w-]{1,40}\.\w/i;
const COMPANION_REACH = 160;
const COMPANY = /\b(?:inc|corp|ltd|llc|gmbh|ag|kg|sarl|s\.a|plc|b\.v|co)\b/i;

export const labelledName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [...SURE, ...UNSURE, ...HEADERS] }],
  find(text, start, end) {
    const label = text.slice(start, end).toLowerCase();
    if (HEADERS.includes(label)) return inHeader(text, start, end);
    const isSure = SURE_LABELS.has(label);
    if (!(isSure ? beginsLabel(text, start) : beginsWord(text, start))) return undefined;
    const field = fieldAt(text, start, end);
    if (!field) return undefined;
    const range = nameIn(text, field);
    if (!range) return undefined;
    const name = text.slice(range.start, range.end);
    if (isSure && isEnoughForSure(field, name, text, start, end)) return range;
    if (!isFullName(name) || COMPANY.test(name)) return undefined;
    return hasFirstName(name) ||
      hasTitle(name) ||
      COMPANION.test(around(text, range, COMPANION_REACH))
      ? range
      : undefined;
  },
};

const SURE_LABELS: ReadonlySet<string> = new Set(SURE);
const TITLE_BEFORE = /^(?:Dr|Prof|Mr|Mrs|Ms|Mme|Herr|Frau|Sr|Sra|Dott|Sig)\b/;

function hasTitle(name: string): boolean {
  return TITLE_BEFORE.test(name);
}

/** A single unquoted word may be a type: `firstName: Text`. */
function isEnoughForSure(
  { isKey, start: valueStart, end: quoteEnd }: Field,
  name: string,
  text: string,
  start: number,
  end: number,
) {
  if (quoteEnd !== undefined || isFullName(name) || hasFirstName(name)) return true;
  // `last_name: Koch` in YAML, beside other data of the person, and in queries.
  const after = text.slice(valueStart + name.length, valueStart + name.length + 2);
  const range = { start: valueStart, end: valueStart + name.length };
  if (isKey && /^(?:$|[\r\n&])/.test(after) && COMPANION.test(around(text, range, COMPANION_REACH)))
    return true;
  const isForPeople =
    !isKey &&
    (/^\P{Ll}|[^\x20-\x7e]/u.test(text.slice(start, end)) || text.slice(start, end).includes(' '));
  return isForPeople && beginsLine(text, start);
}

function nameIn(text: string, { start, end, operator }: Field): Range | undefined {
  if (end !== undefined) {
    const value = text.slice(start, end);
    const name = value.trim();
    if (!isName(name) && !isLowerCaseName(name)) return undefined;
    const from = start + value.indexOf(name);
    return { start: from, end: from + name.length };
  }
  for (const at of nameEnds(text, start)) {
    const name = text.slice(start, at);
    if (isPlausible(name) && endsName(text, at, operator)) return { start, end: at };
  }
  return undefined;
}

/** `anna koch` in a field for names; unquoted, it may be an expression. */
function isLowerCaseName(value: string): boolean {
  return (
    /^\p{Ll}{2,20}(?:[ -]\p{Ll}{2,20}){0,3}$/u.test(value) &&
    hasFirstName(value) &&
    isPlausible(value)
  );
}

function endsName(text: string, end: number, operator: string): boolean {
  // An expression: `name = Foo, Bar` in a program.
  if (operator === '=' && /^[ \t]?[(;]/.test(text.slice(end, end + 2))) return false;
  return endsValue(text, end) || /^ [<\p{Ll}]/u.test(text.slice(end, end + 2));
}

const HEADER_GAP = /^[ \t]{1,4}["']?/;
const HEADER_GAP_OR_LINE = /^[ \t]{0,4}(?:\r?\n[ \t]{0,8}|\\n)?/;

function inHeader(text: string, start: number, end: number): Range | undefined {
  if (!beginsLine(text, start)) return undefined;
  // Below `Bill to:`, the name has a line of its own.
  const gap = text.slice(start, end).includes(' ') ? HEADER_GAP_OR_LINE : HEADER_GAP;
  const from = end + (gap.exec(text.slice(end, end + 12))?.[0].length ?? 0);
  for (const at of nameEnds(text, from)) {
    const name = text.slice(from, at);
    if (
      isPlausible(name) &&
      isFullName(name) &&
      (hasFirstName(name) || hasTitle(name)) &&
      endsValue(text, at)
    )
      return { start: from, end: at };
  }
  return undefined;
}

/** `Anna Koch <anna@…>`, `"Koch, Anna" <…>`: the whole of a mail header, a trailer, a list of authors. */
export const mailboxName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'char', chars: '@' }],
  find(text, start): Range | undefined {
    const from = Math.max(0, start - MAILBOX_REACH);
    const open = from + text.slice(from, start).lastIndexOf('<');
    if (open < from || !LOCAL_PART.test(text.slice(open + 1, start))) return undefined;
    const before = text.slice(Math.max(0, open - NAME_LENGTH_MAX), open);
    const gap = /\\{0,3}["']?[ \t]{1,2}$|["']$/.exec(before);
    if (!gap) return undefined;
    const end = open - gap[0].length;
    const lead = before.slice(0, gap.index);
    // The name begins after the last mark that no name contains.
    // Who wrote a program is public, and part of its licence.
    if (/(?:^|\n)[ \t]*(?:[#%;*]|\/[/*]|--|dnl)[^\n]*$|copyright|©|\(c\)|SPDX/i.test(lead))
      return undefined;
    const clause = /[^\n\t\d"'`:;<>()[\]{}=|\\/*#@]*$/.exec(lead)?.[0] ?? '';
    const after = /^[\s-]*(?:(?:by|von|from|and|und)\s)?/.exec(clause)?.[0].length ?? 0;
    for (const candidate of candidates(clause.slice(after))) {
      if (isName(candidate) && (isFullName(candidate) || hasFirstName(candidate)))
        return { start: end - candidate.length, end };
    }
    return undefined;
  },
};

const MAILBOX_REACH = 66;
const LOCAL_PART = /^[\w.+%-]{1,64}$/;

/** The clause as a whole, then what follows its last comma. */
function candidates(clause: string): string[] {
  const last = clause.split(/,\s*/).at(-1) ?? '';
  return [clause, last];
}
