import { describe, expect, it } from 'vitest';
import { genericSecret } from '../../../../../shared/privacy/detect/detectors/generic-secret.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';

const scanner = createScanner([genericSecret]);

function found(text: string): string[] {
  return scanner.scan(text).map(({ start, end }) => text.slice(start, end));
}

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
    expect(found(text)).toEqual(['hunter22', 'Plover!42x']);
  });

  it('is found far below its heading', () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => `jo${row},Harbour!${row},none`);
    expect(found(`user,password,note\n${rows.join('\n')}`)).toHaveLength(2_000);
  });

  it('is found for each of several headings', () => {
    const text = 'password,user,api_key\nhunter22,jo,k3ys9Qm2xZ81\nPlover!42x,al,z7Rt2pLq9Vw4\n';
    expect(found(text)).toEqual(['hunter22', 'k3ys9Qm2xZ81', 'Plover!42x', 'z7Rt2pLq9Vw4']);
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
    expect(found(text)).toEqual([]);
  });
});
