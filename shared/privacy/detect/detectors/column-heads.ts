// Heads of columns with names, addresses, dates of birth and users. `person-columns.ts` reads the cells below.

import type { Detector, Range } from '../detector.ts';
import { isWord } from '../characters.ts';
import { isDate } from '../personal/date-form.ts';
import { spellings } from '../personal/labelled-field.ts';
import { isName, isPlausible } from '../personal/person-name.ts';
import { isUserName } from '../personal/user-name-form.ts';
import { DATE_OF_BIRTH } from './labelled-birth-date.ts';
import { PERSON } from './labelled-name.ts';
import { ADDRESS } from './street-address.ts';
import { USERNAME } from './user-name.ts';

/** Before and after a head in its line, or in the list of an INSERT statement. */
const BEFORE = /(?:^|[\r\n,;|\t(]|\\n)["'` *]{0,12}(?:\w{2,16}[_.])?$/;
const AFTER = /^["'` *]{0,12}(?:$|[\r\n,;|\t)]|\\[rn])/;
/** Another column about a person. */
const PERSONAL =
  /e-?mail|phone|telefon|téléphone|teléfono|\btel\b|mobil|handy|(?:first|last|full|given|family).?name|surname|vorname|nachname|prénom|apellido|birth|\bdob\b|geburt|street|stra(?:ß|ss)e|address|adresse|anschrift|dirección|iban|ssn|氏名|姓名|電話|住所/i;
const REACH = 200;

function headFinder(isSure: boolean) {
  return (text: string, start: number, end: number): Range | undefined => {
    const before = text.slice(Math.max(0, start - 32), start);
    if (
      isWord(text.charCodeAt(end)) ||
      !BEFORE.test(before) ||
      !AFTER.test(text.slice(end, end + 14))
    )
      return undefined;
    if (isSure) return { start, end };
    const line =
      text
        .slice(Math.max(0, start - REACH), start)
        .split('\n')
        .at(-1) +
      '|' +
      text.slice(end, end + REACH).split('\n', 1)[0];
    return PERSONAL.test(line) ? { start, end } : undefined;
  };
}

const isPerson = (cell: string): boolean =>
  isName(cell) || (/^\p{Ll}{2,24}(?: \p{Ll}{2,24}){0,3}$/u.test(cell) && isPlausible(cell));

export const nameColumn: Detector = {
  ...PERSON,
  cells: { accepts: isPerson },
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'first name,last name,full name,given name,family name,middle name,surname,fname,lname,patient name,customer name,employee name,vorname,nachname,familienname,prénom,prenom,apellido,apellidos,cognome,sobrenome,voornaam,achternaam,imię,nazwisko,фамилия,фио,soyad,氏名,お名前,姓名,성명,الاسم',
      ),
    },
  ],
  find: headFinder(true),
};

/** `name` alone may be that of anything. */
export const plainNameColumn: Detector = {
  ...nameColumn,
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'name,customer,patient,client,contact,contact name,kunde,nom,client,nombre,nome,naam,имя,名前,이름,ad soyad,author,owner,employee',
      ),
    },
  ],
  find: headFinder(false),
};

export const addressColumn: Detector = {
  ...ADDRESS,
  cells: {
    accepts: (cell) =>
      cell.length >= 5 &&
      /\d/.test(cell) &&
      /\p{L}{2}/u.test(cell) &&
      /[\s\u0590-\uffff]/.test(cell) &&
      !/[={}<>\\]|:\/\/|@/.test(cell),
  },
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'street,street address,address,address1,address line 1,home address,postal address,straße,strasse,anschrift,adresse,rue,calle,dirección,direccion,indirizzo,via,rua,endereço,morada,adres,ulica,адрес,住所,地址,주소,العنوان',
      ),
    },
  ],
  find: headFinder(true),
};

export const postalColumn: Detector = {
  ...ADDRESS,
  cells: { accepts: (cell) => /^(?=.*\d)[A-Z\d][A-Z\d -]{2,9}$/i.test(cell) },
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'zip,zip code,zipcode,postal code,postcode,plz,postleitzahl,code postal,cp,código postal,cap,cep,郵便番号,邮编',
      ),
    },
  ],
  find: headFinder(false),
};

export const townColumn: Detector = {
  ...ADDRESS,
  cells: { accepts: (cell) => /^[\p{Lu}\p{Lo}][\p{L}\p{M}.'’ ()/-]{1,40}$/u.test(cell) },
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'city,town,ort,wohnort,stadt,ville,ciudad,città,citta,comune,cidade,stad,plaats,woonplaats,miasto,город,市区町村,城市',
      ),
    },
  ],
  find: headFinder(false),
};

export const birthDateColumn: Detector = {
  ...DATE_OF_BIRTH,
  cells: { accepts: isDate },
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'dob,date of birth,birth date,birthdate,birthday,geburtsdatum,geburtstag,geb,date de naissance,fecha de nacimiento,data di nascita,data de nascimento,geboortedatum,data urodzenia,дата рождения,doğum tarihi,生年月日,出生日期,생년월일',
      ),
    },
  ],
  find: headFinder(true),
};

export const userNameColumn: Detector = {
  ...USERNAME,
  cells: { accepts: isUserName },
  triggers: [
    {
      kind: 'word',
      words: spellings(
        'username,user name,login,login name,benutzername,benutzer,usuario,utilisateur,gebruikersnaam,用户名,ユーザー名',
      ),
    },
  ],
  find: headFinder(false),
};
