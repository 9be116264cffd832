// Fields of HL7 version 2 messages: names, dates of birth, addresses and telephone numbers of patients and
// relatives, and the names of physicians.

import type { Detector, Range } from '../detector.ts';
import { DATE_OF_BIRTH } from './labelled-birth-date.ts';
import { PERSON } from './labelled-name.ts';
import { ADDRESS } from './street-address.ts';

const SEGMENT_LENGTH_MAX = 512;

/** Returns the field of a segment that begins at `start`; its parts are separated by `^`. */
function fieldOf(text: string, start: number, number: number): Range | undefined {
  const line = /^[^\r\n\\]*/.exec(text.slice(start, start + SEGMENT_LENGTH_MAX))?.[0] ?? '';
  const fields = line.split('|');
  const value = fields[number];
  if (!value) return undefined;
  const from = start + fields.slice(0, number).join('|').length + 1;
  return { start: from, end: from + value.length };
}

function hl7(
  shared: Omit<Detector, 'triggers' | 'find'>,
  segment: string,
  number: number,
  form: RegExp,
): Detector {
  return {
    ...shared,
    triggers: [{ kind: 'word', words: [`${segment}|`] }],
    find(text, start) {
      if (text.slice(start, start + segment.length) !== segment) return undefined;
      if (!/(?:^|[\r\n"'`]|\\[nr])$/.test(text.slice(Math.max(0, start - 2), start)))
        return undefined;
      const range = fieldOf(text, start, number);
      if (!range) return undefined;
      const match = form.exec(text.slice(range.start, range.end));
      return match
        ? { start: range.start + match.index, end: range.start + match.index + match[0].length }
        : undefined;
    },
  };
}

const NAME = /\p{L}[\p{L}\p{M}'’ -]*\^\p{L}[\p{L}\p{M}'’. -]*(?:\^\p{L}[\p{L}\p{M}'’. -]*)?/u;
const PHONE = { entity: 'PHONE_NUMBER', label: 'PHONE', tier: 'A' } as const;

export const HL7: readonly Detector[] = [
  hl7(PERSON, 'PID', 5, NAME),
  hl7(PERSON, 'PID', 9, NAME),
  hl7(DATE_OF_BIRTH, 'PID', 7, /^(?:19|20)\d{6}/),
  hl7(ADDRESS, 'PID', 11, /^[^|]*\p{L}{2}[^|]*[^|^]/u),
  hl7(PHONE, 'PID', 13, /^[\d+()][\d+()./ x-]{5,24}/),
  hl7(PERSON, 'NK1', 2, NAME),
  hl7(ADDRESS, 'NK1', 4, /^[^|]*\p{L}{2}[^|]*[^|^]/u),
  hl7(PHONE, 'NK1', 5, /^[\d+()][\d+()./ x-]{5,24}/),
  hl7(PERSON, 'PV1', 7, NAME),
  hl7(PERSON, 'PV1', 8, NAME),
  hl7(PERSON, 'PV1', 9, NAME),
  hl7(PERSON, 'IN1', 16, NAME),
  hl7(PERSON, 'GT1', 3, NAME),
];
