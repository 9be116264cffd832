// Columns of names, addresses, dates of birth and users: their headings, and the test for the cells below.

import type { CellTest, Column } from '../detector.ts';
import { isDate } from './date-form.ts';
import { spellings } from './labelled-field.ts';
import { hasFirstName, isFullName, isName, isPlausible } from './person-name.ts';
import { isUserName } from './user-name-form.ts';

/** Another column about a person. */
const PERSONAL =
  /e-?mail|phone|telefon|téléphone|teléfono|\btel\b|mobil|handy|(?:first|last|full|given|family).?name|surname|vorname|nachname|prénom|apellido|birth|\bdob\b|geburt|street|stra(?:ß|ss)e|address|adresse|anschrift|dirección|iban|ssn|氏名|姓名|電話|住所/i;

/** Headings that mean the same. */
interface Meaning {
  readonly words: readonly string[];
  /** Words that may precede one of them: `customer_name`, but not `file_name`. */
  readonly prefix: RegExp;
  readonly isValue: CellTest;
  /** Whether it takes another column about people; else there is only `isValueAlone`. */
  readonly isWeak?: boolean;
  readonly isValueAlone?: CellTest;
}

const ANY_WORD = /^[\p{L}\d]{1,16}$/u;
const PERSON =
  /^(?:user|usr|customer|cust|client|patient|pat|employee|emp|member|contact|person|guest|student|[a-z])$/;

function columnOf(...meanings: readonly Meaning[]): Column {
  const meaningByWord = new Map(
    meanings.flatMap((meaning) => meaning.words.map((word) => [plain(word), meaning] as const)),
  );
  return {
    words: meanings.flatMap(({ words }) => words),
    testOf: (heading, headings) => {
      const meaning = meaningOf(meaningByWord, plain(heading));
      if (!meaning) return undefined;
      const { isWeak = false, isValue, isValueAlone } = meaning;
      const others = headings.filter((other) => other !== heading).join('|');
      return !isWeak || PERSONAL.test(others) ? isValue : isValueAlone;
    },
  };
}

function meaningOf(
  meaningByWord: ReadonlyMap<string, Meaning>,
  heading: string,
): Meaning | undefined {
  const whole = meaningByWord.get(heading);
  if (whole) return whole;
  const gap = heading.indexOf(' ');
  const rest = meaningByWord.get(heading.slice(gap + 1));
  return gap > 0 && rest?.prefix.test(heading.slice(0, gap)) ? rest : undefined;
}

/** The last heading; each column asks about it. */
let last = { heading: '', plain: '' };

/** Lower-case words without a qualifier, a number or a remark: `users.firstName` and `First name (1)`. */
function plain(heading: string): string {
  if (last.heading === heading) return last.plain;
  const unqualified = heading
    .replace(/^\w{1,32}\.(?=\w)/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])|[_.-]/g, ' ')
    .replace(/[ *:]*(?:\([^()]*\)|\d{1,2})?[ *:]*$/, '')
    .toLowerCase();
  last = { heading, plain: unqualified };
  return unqualified;
}

const isPerson: CellTest = (cell) =>
  isName(cell) || (/^\p{Ll}{2,24}(?: \p{Ll}{2,24}){0,3}$/u.test(cell) && isPlausible(cell));

export const nameColumn: Column = columnOf(
  {
    words: spellings(
      'first name,last name,full name,given name,family name,middle name,surname,fname,lname,patient name,customer name,employee name,vorname,nachname,familienname,prénom,prenom,apellido,apellidos,cognome,sobrenome,voornaam,achternaam,imię,nazwisko,фамилия,фио,soyad,氏名,お名前,姓名,성명,الاسم',
    ),
    prefix: ANY_WORD,
    isValue: isPerson,
  },
  {
    // `name` alone may be that of anything.
    words: spellings(
      'name,customer,patient,client,contact,contact name,kunde,nom,client,nombre,nome,naam,имя,名前,이름,ad soyad,author,owner,employee',
    ),
    prefix: PERSON,
    isValue: isPerson,
    isWeak: true,
    isValueAlone: (cell) => isFullName(cell) && isName(cell) && hasFirstName(cell),
  },
);

export const addressColumn: Column = columnOf(
  {
    words: spellings(
      'street,street address,address,address1,address line 1,home address,postal address,straße,strasse,anschrift,adresse,rue,calle,dirección,direccion,indirizzo,via,rua,endereço,morada,adres,ulica,адрес,住所,地址,주소,العنوان',
    ),
    prefix:
      /^(?!ip|ipv4|ipv6|mac|e|email|mail|web|wallet|memory|host|server|source|destination|src|dst|remote|local)[\p{L}\d]{1,16}$/u,
    isValue: (cell) =>
      cell.length >= 5 &&
      /\d/.test(cell) &&
      /\p{L}{2}/u.test(cell) &&
      /[\s\u0590-\uffff]/.test(cell) &&
      !/[={}<>\\]|:\/\/|@/.test(cell),
  },
  {
    words: spellings(
      'zip,zip code,zipcode,postal code,postcode,plz,postleitzahl,code postal,cp,código postal,cap,cep,郵便番号,邮编',
    ),
    prefix: ANY_WORD,
    isValue: (cell) => /^(?=.*\d)[A-Z\d][A-Z\d -]{2,9}$/i.test(cell),
    isWeak: true,
  },
  {
    words: spellings(
      'city,town,ort,wohnort,stadt,ville,ciudad,città,citta,comune,cidade,stad,plaats,woonplaats,miasto,город,市区町村,城市',
    ),
    prefix: ANY_WORD,
    isValue: (cell) => /^[\p{Lu}\p{Lo}][\p{L}\p{M}.'’ ()/-]{1,40}$/u.test(cell),
    isWeak: true,
  },
);

export const birthDateColumn: Column = columnOf({
  words: spellings(
    'dob,date of birth,birth date,birthdate,birthday,geburtsdatum,geburtstag,geb,date de naissance,fecha de nacimiento,data di nascita,data de nascimento,geboortedatum,data urodzenia,дата рождения,doğum tarihi,生年月日,出生日期,생년월일',
  ),
  prefix: ANY_WORD,
  isValue: isDate,
});

export const userNameColumn: Column = columnOf({
  words: spellings(
    'username,user name,login,login name,benutzername,benutzer,usuario,utilisateur,gebruikersnaam,用户名,ユーザー名',
  ),
  prefix: ANY_WORD,
  isValue: isUserName,
  isWeak: true,
});
