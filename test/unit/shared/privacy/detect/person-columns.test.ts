import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../../shared/privacy/detect/detector.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { key } from './kit/simple-detectors.ts';

const column: Detector = {
  entity: 'PERSON',
  label: 'NAME',
  tier: 'A',
  cells: { accepts: (cell) => /^[A-Z]/.test(cell) },
  triggers: [{ kind: 'word', words: ['name'] }],
  find: (_text, start, end) => ({ start, end }),
};
const scanner = createScanner([column, key]);
const valuesIn = (text: string) =>
  scanner.scan(text).map(({ start, end }) => text.slice(start, end));

describe('columns', () => {
  it.each([
    ['id,name\n1,Anna\n2,Ben', ['Anna', 'Ben']],
    ['id,name\r\n1,Anna\r\n2,Ben\r\n', ['Anna', 'Ben']],
    ['id,name\n1,Anna\n\n2,Ben', ['Anna']],
    ['id,name\n1,Anna,x\n2,Ben', []],
    ['id,name\n1,"Koch, Anna"\n', ['Koch, Anna']],
    ['name;id\nAnna;1', ['Anna']],
    ['name\tid\nAnna\t1', ['Anna']],
    ['| name | id |\n|------|----|\n| Anna | 1 |', ['Anna']],
    ['id,name\n1,anna\n2,Ben', ['Ben']],
    ['text\nid,name\n1,Anna\nend', ['Anna']],
    ["insert into t(id,name) values (1,'Anna'),\n (2,'O\\'Neil')", ['Anna', "O\\'Neil"]],
    ["INSERT INTO t (id, name) VALUES (1, 'Anna (b)'), (2, 'Ben');", ['Anna (b)', 'Ben']],
    ['name', []],
    ['f(name, id) {\nAnna, 1', []],
  ])('of %j hold %j', (text, values) => {
    expect(valuesIn(text)).toEqual(values);
  });

  it('are read in long statements on one line', () => {
    const rows = Array.from({ length: 500 }, (_, at) => `(${at},'Anna ${at}')`);
    expect(valuesIn(`INSERT INTO t (id,name) VALUES ${rows.join(',')};`)).toHaveLength(500);
  });

  it('are read once, in steps, however many rows and heads there are', () => {
    const text = `id,name\n${'id,name\n'.repeat(20_000)}`;
    const steps = scanner.slices(text);
    let count = 0;
    for (let step = steps.next(); !step.done; step = steps.next()) count += 1;
    expect(count).toBeGreaterThan(200);
    expect(valuesIn(`id,name\n${'1,Anna\n'.repeat(5_000)}`)).toHaveLength(5_000);
  });
});
