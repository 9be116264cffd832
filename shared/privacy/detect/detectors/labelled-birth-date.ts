// Dates of birth directly after a word that says so: `DOB: …`, `née le …`, `geb. …`, `生年月日: …`.

import type { Detector, Range } from '../detector.ts';
import { birthDateColumn } from '../personal/columns.ts';
import { dateEnd, isDate } from '../personal/date-form.ts';
import { beginsLabel, spellings } from '../personal/labelled-field.ts';

const LABELS = spellings(
  'dob,bday,d.o.b.,date of birth,birth date,birthdate,birthday,birth day,born,geburtsdatum,geburtsdatum/-ort,geburtsdatum und -ort,geburtsdatum und ort,gebdat,geb.dat.,geb.-dat.,geburtstag,geb.,geb,geboren,geb. datum,' +
    '(b.,(*,d. o. b.,né(e),né.e,ddn,date et lieu de naissance,luogo e data di nascita,fec. nac.,fecha nac.,f. nacimiento,data nasc.,dt. nasc.,d. tarihi,doğum yeri ve tarihi,' +
    'né,née,date de naissance,naissance,nacido,nacida,nació,fecha de nacimiento,nacimiento,f. nac.,nato,nata,data di nascita,nascita,' +
    'nascido,nascida,data de nascimento,nascimento,geboortedatum,urodzony,urodzona,ur.,data urodzenia,родился,родилась,дата рождения,д.р.,г.р.,' +
    'fødselsdato,født,födelsedatum,född,syntymäaika,syntynyt,datum narození,narozen,narozena,nar.,dátum narodenia,narodený,narodená,születési dátum,született,szül.,data nașterii,născut,născută,' +
    'ημερομηνία γέννησης,γεννήθηκε,дата народження,народився,народилася,дата на раждане,ngày sinh,sinh ngày,tanggal lahir,tgl lahir,תאריך לידה,วันเกิด,जन्म तिथि,जन्मतिथि,' +
    'doğum tarihi,doğum,doğumlu,生年月日,誕生日,出生日期,出生年月,出生,生日,생년월일,생일,تاريخ الميلاد,مواليد,ولد في',
);
/** Up to the date: the end of a key, a colon, a preposition, a question mark and who answers. */
const BETWEEN =
  /(?:[ \t]?\([^()\n]{1,30}\)|\(e\)|_at|_on|At|On)?\\{0,3}["'`]?\*{0,2}[ \t\u00a0\u3000]{0,8}(?:[.…]{3,60}[ \t]{0,4}:?|_{3,60}|\?\s{0,3}\n?[ \t>*]{0,4}[A-Za-zÀ-ÿ]{1,12}:|;[A-Z]{2,8}=[a-z-]{2,12}:|value=|[:：=|>\t]|=>|\?\s{1,3}(?:- |\p{L}{1,14}: )?)?\*{0,2}[ \t\u00a0\u3000]{0,12}(?:_{3,60}[ \t]{0,4})?(?:(?:a|à|en|em|te|w|in) \p{Lu}[\p{L}]{1,20}(?: \p{Lu}[\p{L}]{1,20})?,? |\p{Lu}\p{L}{2,20}, ?)?(?:(?:is|was|ist|est|es|è|é|on|am|le|el día|el|il|em|op|dnia|der|den|in|の|は)[ \t\u3000]{1,2}(?:[:：][ \t]{0,2})?)?[bu]?\\{0,3}["'`]?(?:\w{2,9}day,? )?/uy;

export const DATE_OF_BIRTH = {
  entity: 'DATE_OF_BIRTH',
  label: 'DOB',
  tier: 'A',
  topic: 'dates_of_birth',
  // The same day may be that of anything else.
  isDistinctive: (): boolean => false,
  resembles: isDate,
} as const;

export const labelledBirthDate: Detector = {
  ...DATE_OF_BIRTH,
  triggers: [{ kind: 'word', words: LABELS, startsPart: true }],
  column: birthDateColumn,
  find(text, start, end): Range | undefined {
    if (!beginsLabel(text, start)) return undefined;
    BETWEEN.lastIndex = end;
    if (!BETWEEN.test(text)) return undefined;
    const from = BETWEEN.lastIndex;
    const to = dateEnd(text, from);
    return to === undefined || isEpoch(text.slice(from, to)) ? undefined : { start: from, end: to };
  },
};

/** The zero of a clock is nobody's birthday. */
function isEpoch(date: string): boolean {
  return /^(?:1970-01-01|1900-01-01|0001-01-01)T/.test(date);
}

/** `04.07.1986 geboren`, `1992年4月8日生`, `geboren am` and the place before the date. */
export const birthDateBefore: Detector = {
  ...DATE_OF_BIRTH,
  triggers: [
    {
      kind: 'word',
      words: [
        '生まれ',
        '日生',
        '日出生',
        '일생',
        ' geboren',
        ' doğumlu',
        ' года рождения',
        ' г.р.',
        ' г. р.',
      ],
    },
  ],
  find(text, start): Range | undefined {
    // `am 12. März 1984 in Köln geboren`.
    const place =
      text[start] === ' '
        ? (/ in \p{Lu}[\p{L}-]{1,24}(?: \p{Lu}[\p{L}-]{1,20})?$/u.exec(
            text.slice(Math.max(0, start - 52), start),
          )?.[0].length ?? 0)
        : 0;
    const to =
      text.startsWith('日', start) || text.startsWith('일', start) ? start + 1 : start - place;
    for (let from = Math.max(0, to - 22); from < to - 5; from += 1) {
      if (/[\p{L}\d]/u.test(text[from - 1] ?? '') && !/[\u2e80-\uffff]/.test(text[from - 1] ?? ''))
        continue;
      const end =
        /\d/.test(text[from] ?? '') || text[from]?.match(/[昭平令大]/)
          ? dateEndBefore(text, from, to)
          : undefined;
      if (end === to) return { start: from, end: to };
    }
    return undefined;
  },
};

/** The end of the date at `from` in the text before `to`. */
function dateEndBefore(text: string, from: number, to: number): number | undefined {
  const end = dateEnd(text.slice(from, to), 0);
  return end === undefined ? undefined : from + end;
}
