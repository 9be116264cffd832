// IBANs, with or without groups: the country determines the length, and the remainder modulo 97 is
// 1 (ISO 13616, ISO 7064). A mistyped IBAN needs context.

import {
  isDigit,
  isEscape,
  isLetter,
  isLower,
  isUpper,
  isWord,
  MINUS,
  SPACE,
  codeAt,
} from '../characters.ts';
import { mod97 } from '../checksums.ts';
import type { Detector, Range } from '../detector.ts';

/** From the SWIFT IBAN registry, and of countries that use IBANs without an entry in it. */
const LENGTH_BY_COUNTRY = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 ' +
    'DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 ' +
    'IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 ' +
    'MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
    'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ' +
    'AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 ' +
    'SN28 TD27 TG28'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))] as const),
);

// `DE89` alone is the first group of the printed form.
const TRIGGERS = [{ kind: 'run', lengthMin: 4, lengthMax: 35 }] as const;

export const iban: Detector = {
  entity: 'IBAN_CODE',
  label: 'IBAN',
  tier: 'A',
  triggers: TRIGGERS,
  gate: mayBeIban,
  find: (text, start) => ibanAt(text, start, true),
};

export const ibanMistyped: Detector = {
  entity: 'IBAN_CODE',
  label: 'IBAN',
  tier: 'B',
  triggers: TRIGGERS,
  gate: mayBeIban,
  context: ['iban'],
  find: (text, start) => ibanAt(text, start, false),
};

/** Whether the run begins as `DE89` does. */
function mayBeIban(text: string, runStart: number): boolean {
  const start = isEscape(text, runStart) ? runStart + 1 : runStart;
  return (
    isDigit(codeAt(text, start + 2)) &&
    isDigit(codeAt(text, start + 3)) &&
    isLetter(codeAt(text, start)) &&
    isLetter(codeAt(text, start + 1))
  );
}

function ibanAt(text: string, runStart: number, valid: boolean): Range | undefined {
  const start = isEscape(text, runStart) ? runStart + 1 : runStart;
  if (!mayBeIban(text, runStart)) return undefined;
  const first = codeAt(text, start);
  const length = LENGTH_BY_COUNTRY.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined || codeAt(text, start - 1) === 95) return undefined;
  const inCase = isLower(first) ? isLower : isUpper;
  if (!inCase(codeAt(text, start + 1))) return undefined;
  let rest = 0;
  let count = 4;
  let end = start + 4;
  for (; count < length; end++) {
    const code = codeAt(text, end);
    if (isDigit(code) || inCase(code)) {
      rest = mod97(text, end, end + 1, rest);
      count++;
    } else if (!isSeparator(code) || isSeparator(codeAt(text, end - 1))) return undefined;
  }
  if (isWord(codeAt(text, end))) return undefined;
  // Country and check digits are computed last.
  return (mod97(text, start, start + 4, rest) === 1) === valid ? { start, end } : undefined;
}

function isSeparator(code: number): boolean {
  return code === SPACE || code === MINUS || code === 0xa0;
}
