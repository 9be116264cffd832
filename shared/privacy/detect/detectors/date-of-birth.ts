// Dates of birth: numeric dates or dates with an English month, near a word about birth. Opt-in,
// because dates are everywhere.

import { standsAlone } from '../characters.ts';
import type { Detector } from '../detector.ts';

const FIGURES =
  /^(?:(?:19|20)\d\d([-./]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])([-./ ])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)?\d\d)$/;
const MONTHS = (
  'january,february,march,april,may,june,july,august,september,october,november,december,' +
  'jan,feb,mar,apr,jun,jul,aug,sep,sept,oct,nov,dec'
).split(',');
const DAY_BEFORE = /(?<!\d)(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)? (?:of )?$/;
const YEAR_AFTER = /^\.?,? (?:19|20)\d\d(?!\d)/;
const DAY_AND_YEAR_AFTER = /^\.? (?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? (?:19|20)\d\d(?!\d)/;
const REACH = 12;

export const dateOfBirth: Detector = {
  entity: 'DATE_OF_BIRTH',
  label: 'DOB',
  tier: 'C',
  triggers: [
    { kind: 'digits', digitsMin: 4, digitsMax: 8 },
    { kind: 'word', words: MONTHS },
  ],
  context: (
    'dob,date of birth,birth date,birthdate,birthday,birth,born,geburtsdatum,geboren,' +
    'né le,née le,date de naissance,naissance,fecha de nacimiento,nacimiento,' +
    'data de nascimento,nascimento,data di nascita,nascita,geboortedatum,出生日期,生年月日'
  ).split(','),
  find(text, start, end) {
    if (FIGURES.test(text.slice(start, Math.min(end, start + REACH)))) {
      return standsAlone(text, start, end) ? { start, end } : undefined;
    }
    const after = text.slice(end, end + REACH);
    const american = DAY_AND_YEAR_AFTER.exec(after);
    if (american) return { start, end: end + american[0].length };
    const day = DAY_BEFORE.exec(text.slice(Math.max(0, start - REACH), start));
    const year = day && YEAR_AFTER.exec(after);
    return year ? { start: start - day[0].length, end: end + year[0].length } : undefined;
  },
};
