import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../../shared/privacy/detect/detector.ts';
import { genericSecret } from '../../../../../shared/privacy/detect/detectors/generic-secret.ts';
import { createScanner, type Scanner } from '../../../../../shared/privacy/detect/scan.ts';
import { key } from './kit/simple-detectors.ts';

function valuesIn(scanner: Scanner, text: string): string[] {
  return scanner.scan(text).map(({ start, end }) => text.slice(start, end));
}

const secrets = createScanner([genericSecret]);

describe('a column of secrets', () => {
  it.each([
    'user,password,role\njo,hunter22,admin\nal,Plover!42x,user',
    'user,password,role\r\njo,hunter22,admin\r\nal,Plover!42x,user\r\n',
    '"user","password"\n"jo","hunter22"\n"al","Plover!42x"\n',
    'id;name;Passwort;ort\n1;jo;hunter22;Köln\n2;al;Plover!42x;Bonn',
    'user\tpw\njo\thunter22\nal\tPlover!42x',
    '| user | password |\n|------|:--------:|\n| jo | hunter22 |\n| al | `Plover!42x` |',
    'user,password\\njo,hunter22\\nal,Plover!42x\\n',
    'url,username,password,extra\nhttps://x.org,jo,hunter22,\nhttps://y.org,al,Plover!42x,"a, b"',
    "INSERT INTO users (name, password) VALUES ('jo', 'hunter22'), ('al', 'Plover!42x');",
    "insert into `users` (`name`, `password`)\nvalues\n('it''s (jo)', 'hunter22'),\n('al', 'Plover!42x')",
    'name,contraseña\njo,hunter22\nal,Plover!42x',
  ])('is found in %s', (text) => {
    expect(valuesIn(secrets, text)).toEqual(['hunter22', 'Plover!42x']);
  });

  it('is found far below its heading', () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => `jo${row},Harbour!${row},none`);
    expect(valuesIn(secrets, `user,password,note\n${rows.join('\n')}`)).toHaveLength(2_000);
  });

  it('is found for each of several headings', () => {
    const text = 'password,user,api_key\nhunter22,jo,k3ys9Qm2xZ81\nPlover!42x,al,z7Rt2pLq9Vw4\n';
    expect(valuesIn(secrets, text)).toEqual([
      'hunter22',
      'k3ys9Qm2xZ81',
      'Plover!42x',
      'z7Rt2pLq9Vw4',
    ]);
  });

  it.each([
    ['rows of another width', 'user,password\njo,hunter22,admin,3'],
    ['lines after the table', 'user,password\n\njo,hunter22'],
    ['other columns', 'user,password\nhunter22,'],
    ['placeholders', 'user,password\njo,changeme\nal,<password1>'],
    ['parameters of a function', 'function f(user, password)\ncall(jo1, hunter22)'],
    ['imports', 'import { user, password } from "x"\nconst a1, hunter22'],
    ['a sentence', 'Name, password, and role are required2.\njo, hunter22, admin'],
    ['a heading without rows', 'user,password'],
  ])('is not found in %s', (_, text) => {
    expect(valuesIn(secrets, text)).toEqual([]);
  });
});

/** Finds nothing by itself, and in tables the cells below a heading. */
function columnDetector(
  heading: string,
  isValue: (cell: string) => boolean,
  words: readonly string[] = [],
): Detector {
  return {
    entity: 'PERSON',
    label: 'NAME',
    tier: 'A',
    triggers: [],
    find: () => undefined,
    column: { words, testOf: (title) => (title === heading ? isValue : undefined) },
  };
}

describe('the heading of a column', () => {
  it.each([
    ['a,b,c\n1,22,3', 'b'],
    ['a;b;c\n1;22;3', 'b'],
    ['a\tb\n1\t22', 'b'],
    ['| a | b |\n|---|---|\n| 1 | 22 |', 'b'],
    ['a,b\n"x, y","22"', 'b'],
    ['a,b,c\nx,y,z\n1,22,3\n', 'b'],
    ['b,a\n22,1', 'b'],
    [String.raw`a,b\n1,22\n`, 'b'],
    ['a,b\r\n1,22\r\n', 'b'],
    ['INSERT INTO t (a, b) VALUES\n(1, 22),', 'b'],
    ['a,b\nun,quoted,comma\n1,22', 'b'],
    ['x\n\na,b\n1,22', 'b'],
    ['| a | Versichertennr. |\n|---|---|\n| 1 | 22 |', 'Versichertennr.'],
  ])('of 22 in %j is %s', (text, heading) => {
    const scanner = createScanner([columnDetector(heading, (cell) => cell === '22')]);
    expect(valuesIn(scanner, text)).toEqual(['22']);
  });

  it.each([
    '22',
    'a,b\n22',
    'a b\n1 22',
    '1,22',
    'f(a,b)\nx = 22',
    `a,b\n${'x'.repeat(20_000)},22`,
  ])('of 22 in %j is unknown', (text) => {
    const detectors = ['a', 'b'].map((heading) => columnDetector(heading, () => true));
    expect(valuesIn(createScanner(detectors), text)).toEqual([]);
  });
});

const people = createScanner([
  columnDetector('name', (cell) => /^[A-Z]/.test(cell), ['name']),
  key,
]);

describe('columns', () => {
  it.each([
    ['id,name\n1,Anna\n2,Ben', ['Anna', 'Ben']],
    ['id,name\r\n1,Anna\r\n2,Ben\r\n', ['Anna', 'Ben']],
    ['id,name\n1,Anna\n\n2,Ben', ['Anna']],
    ['id,name\n1,Anna,x\n2,Ben', ['Ben']],
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
    expect(valuesIn(people, text)).toEqual(values);
  });

  it('are read in long statements on one line', () => {
    const rows = Array.from({ length: 500 }, (_, at) => `(${at},'Anna ${at}')`);
    expect(valuesIn(people, `INSERT INTO t (id,name) VALUES ${rows.join(',')};`)).toHaveLength(500);
  });

  it('are read once, in steps, however many rows and headings there are', () => {
    const text = `id,name\n${'id,name\n'.repeat(20_000)}`;
    const steps = people.slices(text);
    let count = 0;
    for (let step = steps.next(); !step.done; step = steps.next()) count += 1;
    expect(count).toBeGreaterThan(10);
    expect(valuesIn(people, `id,name\n${'1,Anna\n'.repeat(5_000)}`)).toHaveLength(5_000);
  });
});
