// Texts with names, addresses, dates of birth and users, for the levels of detection. `«»` enclose the values.
// In prose, half of the names have no label or title.

import { pick, seeded, type Chance } from '../../kit/seeded.ts';
import { unmarked, type Gold } from './corpus.ts';

const TEXTS_EACH = 200;

const PEOPLE: readonly (readonly [first: string, last: string])[] = [
  ['Katharina', 'Vogelsang'],
  ['Margaret', 'Holloway'],
  ['Camille', 'Lefèvre'],
  ['Giulia', 'De Luca'],
  ['María José', 'García'],
  ['João', 'da Silva'],
  ['Pieter', 'van den Berg'],
  ['Małgorzata', 'Wiśniewska'],
  ['Сергей', 'Иванов'],
  ['Ayşe', 'Yılmaz'],
  // Not in the list of first names.
  ['Tendai', 'Moyo'],
  ['Quill', 'Abernathy'],
];
const STREETS: readonly (readonly [street: string, code: string, town: string])[] = [
  ['Lindenallee 14a', '50823', 'Köln'],
  ['12 rue des Lilas', '69003', 'Lyon'],
  ['Via Garibaldi 21', '00153', 'Roma'],
  ['17 Harcourt Road', 'BS6 7RG', 'Bristol'],
];
const DATES = ['1984-03-17', '17.03.1984', '04/19/1951', '14 July 1986'];
const USERS = ['tobias', 'anna.koch', 'kvogelsang84', 'mweber'];

type Writer = (person: readonly [string, string], chance: Chance) => string;

const PROSE: readonly Writer[] = [
  ([first, last]) =>
    `Yesterday «${first} ${last}» called about the invoice and asked for a copy of it.`,
  ([first, last]) => `I met «${first} ${last}» at the fair; the offer for the new pumps is ready.`,
  ([first, last]) =>
    `Dear «${first} ${last}»,\n\nthank you for your order. It will be sent next week.\n`,
  ([first, last]) => `We can deliver on Monday.\n\nBest regards\n«${first} ${last}»\n`,
  ([, last]) => `Please ask «Dr. ${last}» whether the results are in before you call.`,
  ([first, last], chance) =>
    `«Mrs ${first} ${last}», born on «${pick(chance, DATES)}», was admitted with chest pain.`,
];

const TRAFFIC: readonly Writer[] = [
  ([first, last], chance) => {
    const [street, code, town] = pick(chance, STREETS);
    return `{"id": 4, "fullName": "«${first} ${last}»", "birthDate": "«${pick(chance, DATES)}»", "address": {"street": "«${street}»", "zip": "«${code}»", "city": "«${town}»"}}`;
  },
  ([first, last], chance) => {
    const [street, code, town] = pick(chance, STREETS);
    return `INSERT INTO people (id,first_name,last_name,dob,street,zip,city) VALUES (4,'«${first}»','«${last}»','«${pick(chance, DATES)}»','«${street}»','«${code}»','«${town}»');`;
  },
  ([first, last], chance) =>
    `id,first_name,last_name,username\n1,«${first}»,«${last}»,«${pick(chance, USERS)}»\n`,
  (_, chance) =>
    `  File "/home/«${pick(chance, USERS)}»/work/app.py", line 118, in send\n    raise error\n`,
  (_, chance) =>
    `2026-11-12 09:14:22 INFO login ok user=«${pick(chance, USERS)}» status=200 ms=12\n`,
  ([first, last]) =>
    `commit 4bf92f3\nAuthor: «${first} ${last}» <a@corp-mail.org>\nDate: Thu Nov 12\n`,
  ([first, last], chance) =>
    `Patient: «${first} ${last}»   DOB: «${pick(chance, DATES)}»\nAddress: «17 Harcourt Road, Bristol BS6 7RG»\n`,
  ([first, last]) =>
    `Created Order(id=44, name=«${first} ${last}», email=a@corp-mail.org, total=9.90)\n`,
];

export interface LevelText {
  readonly text: string;
  readonly gold: readonly Gold[];
}

export const LEVEL_TEXTS: Readonly<Record<string, readonly LevelText[]>> = {
  prose: written(PROSE, 1),
  traffic: written(TRAFFIC, 2),
};

function written(writers: readonly Writer[], seed: number): LevelText[] {
  const chance = seeded(seed);
  return Array.from({ length: TEXTS_EACH }, () =>
    unmarked(pick(chance, writers)(pick(chance, PEOPLE), chance)),
  );
}
