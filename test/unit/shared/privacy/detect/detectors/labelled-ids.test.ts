import { LABELLED_IDS } from '../../../../../../shared/privacy/detect/detectors/labelled-ids.ts';
import { describe, expect, it } from 'vitest';
import { createScanner } from '../../../../../../shared/privacy/detect/scan.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detectors of numbers beside their names', LABELLED_IDS, {
  finds: [
    'Versichertennummer «A 123 456 780»',
    'Policy #: «PA 8839201»',
    'NIE «x-9613851-n»',
    // Without a valid check digit, issued area or usual grouping.
    'SSN «906-14-4085»',
    'my ssn is «078 05 1120», social security number: «078051120»',
    'NIE «x9613851n»',
    'DNI «12.345.678-Z», nif «12345678z»',
    'RRN is «960121-1234567»',
    '외국인등록번호 «911124-5678901»',
    '주민등록번호는 «9601211234567»입니다',
    'Krankenkasse KVNR: «A123456780»',
    'eGK-Nummer «M123 456 785» bitte',
    'Sozialversicherungsnummer «15 070649 C 103»',
    'RVNR: «15070649C103» laut Ausweis',
    'マイナンバー: «832745196204»',
    '個人番号は «8327 4519 6204»',
    'BSNR «711234567» der Praxis, LANR «123456601»',
    'GSTIN is «27ABCDE1234F1Z5»',
    'NIN «12345678901» Nigeria',
    'NINO «QQ 12 34 56 C», ni number: «qq123456c»',
    'NHS number «943 476 5918»',
    'Steuernummer: «93/815/08152», St.-Nr. «181/815/08155»',
    'Steuer-ID «12 345 678 903»',
    'MBI: «1EG4-TE5-MK73», «2AG9-XC4-NN22»',
    'PESEL «44051401358», CPF «123.456.789-00»',
    'T.C. Kimlik No: «10000000147»',
    'personnummer «19900305-2397»',
    'codice fiscale «RSSMRA85T10A562S»',
    'fødselsnummer «010190 12345»',
    '身份证号：«11010519491231002X»',
    'רישיון, תעודת זהות «123456789»',
    'СНИЛС «112-233-445 95»',
    'CURP: «HEGG560427MVZRRL04»',
    'TIN: «000-123-456-000», EIN «12-3456789»',
    // Health, bank, device, vehicle.
    'Patient: MRN: «00482917»',
    'medical record no. «H-4829170»',
    'Insurance ID: «XQH883920114»',
    'policy number «88-2039-2011»',
    'Kontonummer «4471902238», BLZ «370 400 44»',
    'account number: «000123456789», routing number «021000022»',
    'IMEI «352099001761481», IMEI: «35-209900-176148-1»',
    'mac=«001b443a3ab7»',
    'Kennzeichen: «M-AB 1234», plate «B-MW 7»',
    'license plate «34 ABC 1234», plates: «KJA-999PZ» and «AB51 ABC»',
    'passport number is «X1234567», Reisepass «C01X00T47»',
    'Mi pasaporte es «aaa123456»',
    'Licence: «MORGA607054SM9IJ»',
    'Führerschein Nr. «B072RRE2I55», DL no: «D1234567»',
    'my IBAN is «GB86BKBH2854532706881», IBAN: «PH40 6541 5339 7939 9598»',
    'What is your IBAN? «DE8937040044053201300»',
    // Plates in groups and of other countries.
    'Kennzeichen «B AB 1234», kfz-kennzeichen: «HH AB 1234», Kennzeichen «KA-EF 12H»',
    'vehicle «KA53ME3456», plate «DL3CJI0001», plaka «34ABC1234», number plate «aa02 aaa»',
    // Names that say less need an exact form.
    'credit «3596030824628193», DEA «GL0285191», certificate «K92993548»',
    'pass «C01X00T41», permit «H12234567», carta «AA12345BB», partita IVA «01333550323»',
    'provider «1245319599», Steuernummer «2181508150123», NIF «11111111-H»',
    'Umsatzsteuer-Identifikationsnummer: «DE.136.695.976», USt-IdNr. «de 136 695 976»',
    'Aadhaar «3123:4567:8909», national insurance «hh 01 02 03 d», c.f. «RSSMRA85T10A562S»',
    'RG: «12.345.678-9», conta corrente «48213-7», на счёт «40817810099910004312»',
    'Nr konta: «61 1090 1014 0000 0712 1981 2874»',
    // A question and its answer.
    'What is your credit card? «3522235032377454»',
    'Bot: What is your SSN? User: «906-14-4085»',
    "Agent: And the passport number?\nCaller: It's «X1234567».",
    '- Your account number?\n- «000123456789»',
    'credit card «3596030824628193», Kartennummer «4111 1111 1111 1111»',
    // Notations.
    '{"ssn": "«906-14-4085»", "accountNumber": 1, "account_number": «4471902238»}',
    String.raw`{\"ssn\":\"«906-14-4085»\"}`,
    '{"name": "ssn", "value": "«906-14-4085»"}',
    '- name: ssn\n  value: «906-14-4085»',
    '<ssn>«906-14-4085»</ssn><patient_id type="x">«00482917»</patient_id>',
    '<tr><td>SSN</td><td>«906-14-4085»</td></tr>',
    '| SSN | «906-14-4085» |',
    '**SSN:** «906-14-4085»',
    'SSN:\n«906-14-4085»',
    'SSN (US) no. «906-14-4085»',
    '--ssn «906-14-4085» --mrn=«00482917»',
    '?ssn=«906144085»&mrn=«00482917»',
    'customerSsn = "«906-14-4085»"; PATIENT_ID=«00482917»',
    '«906-14-4085» (SSN)',
    '«906-14-4085» is my SSN.',
    '«AAA123456» es mi número de pasaporte',
    // Columns.
    'name,ssn,city\nAnn,«906-14-4085»,Rome\n"Lee, Bob",«078051120»,Oslo\n',
    'id;kvnr;ort\n17;«A123456780»;Köln',
    '| name | mrn |\n|---|---|\n| Ann | «00482917» |\n| Bob | «00482918» |',
    "INSERT INTO p (id, ssn, city) VALUES\n(1, '«906-14-4085»', 'Rome'),\n(2, '«078-05-1120»', 'Oslo');",
    'KV-Nummer: «A123456780»',
    'Krankenversichertennr. «M310119809»',
    'RV-Nummer «15070649C103»',
    'Sozialversicherungs-Nr.: «65170839J003»',
    'Betriebsstätten-Nr. «711234567»',
    'Med. Rec. No. «00482917»',
    'Pat.-Nr. «00482917»',
    'Patienten-Nr.: «482917»',
    'Fallnummer: «2026-482917»',
    'Aufnahmenummer «88291733»',
    'IPP: «8001234567»',
    'N° de dossier: «482917»',
    'Versicherungsschein-Nr. «8839201-11»',
    'Police n° «8839201145»',
    'N° SS «294077512345678»',
    'r.č. «855101/1234»',
    'паспорт серия «4509 123456»',
    'IC No: «880101-14-5678»',
    'ID No. «8801015800085»',
    'Kto. «4471902238» BLZ «370 501 98»',
    'Kto.-Nr. «4471902238»',
    'conta corrente «12345-6»',
    'IMEI 1: «352099001761481»',
    'Kennz. «K-AB 1234»',
    'Reg. No. «AB12 CDE»',
    'reg no: «AB12CDE»',
    'plaque «AB-123-CD»',
    'placa: «ABC1D23»',
    'kenteken: «12-ABC-3»',
    'nr rej. «WA 12345»',
    'numer rejestracyjny: «WA 12345»',
    'pasaporte núm. «AAA123456»',
    'загранпаспорт «75 1234567»',
    'جواز سفر رقم «A12345678»',
    'permis n° «880675A00123»',
    'Personalausweisnr. «L01X00T471»',
    'dowód osobisty «ABC123456»',
    'seria i nr dowodu: «ABC 123456»',
    'Steuernummer lautet «9133/815/08159»',
    'SS#: «906-14-4085»',
    'S.S.N.: «906-14-4085»',
    '주민번호 «960121-1******»',
    'Sozialversicherungsnummer (USA): «906-14-4085»',
  ],
  ignores: [
    'rg 12345678',
    'ss 123456789',
    'police 12',
    'policy 1234567',
    'Kto 12',
    'r.c. 12',
    '906-14-4085',
    'ssn ? 906144085 : none',
    'Is that your account number? Order: see 906144085',
    'iban is 12, iban GB12 is what you wrote',
    'lessness 906-14-4085',
    'certificate GL0285192, provider 1245319598, pi 01333550324, carta 1234567',
    'pass 12345678, pass TEST12345, permit 12345, credit 3596030824628194',
    'plate is on 1234, vehicle at 12 mph, registration in 2024',
    'the SSN of the other employee, however, was never typed: order 906144085',
    'SSN. On 2026-11-12 we met 906144085',
    'ssn: 000-00-0000, ssn 999999999, account number 2147483647',
    'MRN: 2026-01-31, passport 31.01.2026',
    'licence: MIT, license: Apache-2.0, license 0BSD, License: GPL-3.0',
    'RFC 2822/5322, RFC 5321 4.5.3.1',
    'x00ac: 0x0433',
    'Copyright (C) 1998-2022, (c) 2006-2013',
    'sin(123456789), pan(0.123456789)',
    'plate 1234, plate ABCD, plate: R2',
    'name,city\n906-14-4085,Rome',
    '[906144085, 1, 2]',
    'Order 4410231 account: closed',
    'mac: 0123456789, version 352099001761481',
  ],
});

describe('the scanner', () => {
  const scanner = createScanner(LABELLED_IDS);
  const found = (text: string) =>
    scanner.scan(text).map(({ start, end }) => text.slice(start, end));

  it.each([
    ['رقم الجوال: ٠٥٠١٢٣٤٥٦٧', '٠٥٠١٢٣٤٥٦٧'],
    ['هاتف ۰۲۱۱۲۳۴۵۶۷۸', '۰۲۱۱۲۳۴۵۶۷۸'],
    ['رقم الهوية: ١٠٢٣٤٥٦٧٨٩', '١٠٢٣٤٥٦٧٨٩'],
    ['電話番号：０３－１２３４－５６７８', '０３－１２３４－５６７８'],
    ['マイナンバー：８３２７４５１９６２０４', '８３２７４５１９６２０４'],
    ['ssn: 906\u201114\u20114085', '906\u201114\u20114085'],
    ['मोबाइल: ९८७६५४३२१०', '९८७६५४३२१०'],
  ])('finds in %s the value %s', (text, value) => {
    expect(found(text)).toEqual([value]);
  });

  it('finds no part of a UUID or a hash', () => {
    expect(found('patient id: 550e8400-e29b-41d4-a716-446655440000')).toEqual([]);
    expect(found('account number: 5d41402abc4b2a76b9719d911017c592')).toEqual([]);
  });
});

describe('the label of a number beside its name', () => {
  const scanner = createScanner(LABELLED_IDS);

  it('depends on the value alone', () => {
    expect(scanner.labelOf('906-14-4085')).toBe('PHONE');
    expect(scanner.labelOf('A123456780')).toBe('NATID');
    expect(scanner.labelOf('nothing')).toBe('DATA');
  });

  it('is told by the key of a value', () => {
    expect(scanner.isTelling('patient_id')).toBe(true);
    expect(scanner.isTelling('Kontonummer')).toBe(true);
    expect(scanner.isTelling('title')).toBe(false);
  });
});
