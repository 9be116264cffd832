// Numbers and identifiers as people send them, with all detectors at the default level: what must be found,
// and what only looks like it.

import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';

const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));

/** Values in `«»` must be found completely. */
const FOUND: readonly string[] = [
  'Server: «52.28.81.94»',
  'server=«52.28.81.94» up',
  'driver: «91.64.118.203»',
  '"webserver": "«18.197.44.210»"',
  'nameserver «213.73.91.35»\nnameserver «213.73.91.36»',
  String.raw`{\"apiserver\": \"«18.197.44.210»\"}`,
  '«(415) 867-2210x12»',
  'Desk: «+1-415-867-2210x565»',
  'Phone: «60-56-85-91»',
  'Mobile: «99 577450»',
  '«416 60 039» office',
  'Desk: «+44 7700 921916»',
  'رقم الجوال: «٠٥٠١٢٣٤٥٦٧»',
  'Cep no: «05321234567»',
  'id;name;e-mail;telefon;ort\n17;Vogelsang;k@gmx.de;«0221/9876543»;Köln\n18;Oe;e@web.de;«0160-5553120»;Leipzig',
  "INSERT INTO c (id,name,phone) VALUES\n(1,'Ann','«0171 4829301»'),\n(2,'Bo','«06 12 34 56 78»');",
  'phone=«01714829301», total=129.90',
  'reach me at «+39 06 6982 1234» or on my mobile «347 123 4567».',
  'Cookie: remember_me=«BZc3QaMhf5b27qL37t0kqgC3SVT3u1mJnkB1ZWlM»',
  'Cookie: JSESSIONID=«A1996C87DC700DA1B06C7AB603CA4139»; remember_me=«BZc3QaMhf5b27qL37t0kqgC3SVT3u1mJnkB1ZWlM»',
  'please block my lost credit card «3552601815908307» today',
  'the customer paid by credit card: «3566131860913907»',
  'card no. «3596030824628193» was charged twice',
  'Karte «3596030824628193», Declined pan=«5424182736450910»',
  '«371482199351819»',
  'amex «378282246310005» auth',
  'SSN «906-14-4085»',
  'NIE «x9613851n»',
  'RRN is «960121-1234567»',
  '외국인등록번호 «911124-5678901»',
  'Krankenkasse KVNR: «A123456780»',
  'Sozialversicherungsnummer «15 070649 C 103»',
  'マイナンバー: «832745196204»',
  'BSNR «711234567» der Praxis',
  'GSTIN is «27ABCDE1234F1Z5»',
  'NIN «12345678901» Nigeria',
  'Patient: MRN: «00482917»',
  'Insurance ID: «XQH883920114»',
  '"imei": "«352099001761481»"',
  'Kontonummer «4471902238»',
  'Licence: «MORGA607054SM9IJ»',
  'MAC: «0012.3456.789a»',
  '«marek&#64;wp.pl»',
  '«k.vogelsang (at) gmx.de»',
  'name: «ann [at] acme [dot] io»',
];

const KEPT: readonly string[] = [
  '** $Id: lapi.c,v 2.55.1.5 2008/07/04 18:41:18 roberto Exp $',
  '80596923828125,     4738381338321616896,     3909821048582988049,',
  'device at 00:11:22:33:44:55 (doc)',
  'const LIMITS = { max: 4294967295, epoch: 1760000000000, isbn: "978-3-16-148410-0", sku: "4006381333931" };',
  'v1.2.3.4  10.0.0.5  127.0.0.1:8080  2026-11-12  00:11:22:33:44:55',
  'SELECT * FROM users WHERE tenant_id = 1234567890;',
  'versions 81.2.69.142, 81.2.70.1 and 82.2.70.1',
  'Copyright (c) 1998-2022, (C) 2006-2013',
  'see RFC 2822/5322 and ECMA-376, 17.3.2.41',
  'x = [906144085, 416600390, 605685910]',
  'account_id = "123456789012"',
  'license: Apache-2.0, plate: true, mobile: 768, phone: string',
  '@media (min-width: 1024px) { .office { width: 100px } }',
  'timeout: 30000, office: 1000000, line 1234567',
];

describe('numbers in traffic', () => {
  it.each(FOUND)('finds %s', (marked) => {
    const text = marked.replaceAll(/[«»]/g, '');
    const values = Array.from(marked.matchAll(/«(.*?)»/gs), ([, value]) => value);
    const found = scanner.scan(text).map(({ start, end }) => text.slice(start, end));
    expect(values).not.toEqual([]);
    expect(values.filter((value) => !found.includes(value ?? ''))).toEqual([]);
  });

  it.each(KEPT)('keeps %s', (text) => {
    expect(scanner.scan(text).map(({ start, end }) => text.slice(start, end))).toEqual([]);
  });
});
