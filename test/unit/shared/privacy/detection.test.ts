import { describe, expect, it } from 'vitest';
import { buildDetection } from '../../../../shared/privacy/detection.ts';
import type { Scanner } from '../../../../shared/privacy/detect/scan.ts';

const TEXT = [
  'Patient: Margaret Holloway',
  'and then Peter Holloway came',
  'Address: 17 Harcourt Road, Bristol BS6 7RG',
  'DOB: 1951-04-19',
  'cd /home/tobias/work',
  'mail ann.lee@corp-mail.org',
].join('\n');

const entitiesIn = (scanner: Scanner): string[] =>
  scanner.scan(TEXT).map(({ detector }) => detector.entity);

const RULES = `
version: 1
keys:
  all: { names: likely }
  none: { names: off, addresses: off, dates_of_birth: off, user_names: off }
  same: { names: off, addresses: off, dates_of_birth: off, user_names: off, default: allow }
`;

describe('the levels of detection', () => {
  const LABELLED = ['PERSON', 'ADDRESS', 'DATE_OF_BIRTH', 'USERNAME', 'EMAIL_ADDRESS'];

  it('are those of labelled values by default', () => {
    expect(entitiesIn(buildDetection(null).scanner)).toEqual(LABELLED);
  });

  it('apply in general, and to the keys that say otherwise', () => {
    const { scanner, scannerFor } = buildDetection(RULES);
    expect(entitiesIn(scanner)).toEqual(LABELLED);
    expect(entitiesIn(scannerFor('other'))).toEqual(LABELLED);
    expect(entitiesIn(scannerFor('all'))).toEqual(['PERSON', ...LABELLED]);
    expect(entitiesIn(scannerFor('none'))).toEqual(['EMAIL_ADDRESS']);
  });

  it('have one scanner for keys with the same levels', () => {
    const { scanner, scannerFor } = buildDetection(RULES);
    expect(scannerFor('same')).toBe(scannerFor('none'));
    expect(scannerFor('other')).toBe(scanner);
    expect(scannerFor('all')).not.toBe(scanner);
  });

  it('leave what an operator names by entity', () => {
    const { scanner } = buildDetection('version: 1\nentities: { DATE_OF_BIRTH: redact }');
    const found = scanner.scan('his birthday is in May, namely 1984-05-17');
    expect(found.map(({ detector }) => detector.entity)).toEqual(['DATE_OF_BIRTH']);
  });
});
