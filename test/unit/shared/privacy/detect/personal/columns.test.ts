import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../../shared/privacy/detect/scan.ts';

const scanner = createScanner(DETECTORS.filter(({ topic, column }) => topic && column));
const valuesIn = (text: string) =>
  scanner.scan(text).map(({ start, end }) => text.slice(start, end));

const FINDS = [
  'id;name;e-mail;telefon;ort\n17;«Vogelsang»;k@gmx.de;0221/9876543;«Köln»\n18;«Oe»;e@web.de;0160;«Leipzig»',
  'id,first_name,last_name,dob\n1,«Anna»,«Koch»,«1984-03-17»\n2,«Ben»,«Roy»,«1990-01-02»\n',
  'Vorname\tNachname\tStraße\tPLZ\tOrt\nAnna\tKoch\tLindenallee 14a\t50823\tKöln'.replace(
    'Anna\tKoch\tLindenallee 14a\t50823\tKöln',
    '«Anna»\t«Koch»\t«Lindenallee 14a»\t«50823»\t«Köln»',
  ),
  '| Name | Email |\n|---|---|\n| «Anna Koch» | a@b.co |\n| «Ben Roy» | b@b.co |',
  ' id | full_name | city \n----+-----------+------\n  1 | «Anna Koch» | «Köln»\n',
  '"id","full_name","address"\n"1","«Koch, Anna»","«17 Elm Road, Bristol»"\n',
  "INSERT INTO customers (id,first_name,dob,street,zip,city) VALUES\n(1,'«Jean-Luc»','«1990-11-02»','«12 rue des Lilas»','«69003»','«Lyon»'),\n(2,'«Priya»',NULL,'«42 MG Road»','«560001»','«Bengaluru»');",
  "INSERT INTO `users` (`username`, `email`) VALUES ('«kvogelsang84»', 'a@b.co');",
  String.raw`id,first_name,city\n1,«Anna»,«Köln»\n2,«Ben»,«Ulm»`,
  '氏名,住所,電話\n«佐藤 美咲»,«東京都渋谷区神南1-12-3»,03-1234',
];

const IGNORES = [
  'name,version,license\nfoo,Bar,MIT',
  'city,country,population\nParis,France,2000000',
  'const { firstName, lastName } = user,',
  'first_name, last_name,\n',
  'function f(first_name, last_name) {',
  'id,first_name\n',
  'SELECT first_name, last_name FROM users',
  'INSERT INTO t (first_name) SELECT x',
];

describe('the heads of columns about people', () => {
  it.each(FINDS)('lead to the values below: %s', (marked) => {
    const values = Array.from(marked.matchAll(/«(.*?)»/gs), ([, value]) => value);
    expect(values).not.toEqual([]);
    expect(valuesIn(marked.replaceAll(/[«»]/g, ''))).toEqual(values);
  });

  it.each(IGNORES)('lead to nothing in %s', (text) => {
    expect(valuesIn(text)).toEqual([]);
  });
});
