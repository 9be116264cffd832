import { LABELLED_IDS } from '../../../../../../shared/privacy/detect/detectors/labelled-ids.ts';
import { LABELLED_PHONE } from '../../../../../../shared/privacy/detect/detectors/labelled-phone.ts';
import { describe, expect, it } from 'vitest';
import { labelledDetectors } from '../../../../../../shared/privacy/detect/labelled.ts';
import { describeDetector, findWith } from '../../../../../kit/find-with.ts';

const PHONE = labelledDetectors([LABELLED_PHONE]);

describeDetector('the detector of labelled telephone numbers', PHONE, {
  finds: [
    'Rückfragen: «0431 / 48 29 30», Telefon «0251 / 48 29 30»',
    'Phone: «60-56-85-91», phone «532.123.45.67»',
    'Mobile: «99 577450»',
    '«416 60 039» office',
    '«60 56 85 91» (mobile)',
    'Desk: «+44 7700 921916»',
    'Desk: «+1-415-867-2210x565», Fax «(415) 867-2210 ext. 12»',
    'Cep no: «05321234567»',
    'phone: «(02) 9374 4000», Tel: «+49 (0) 171 4829301»',
    'номер телефона: «8 (495) 123-45-67»',
    '電話番号：«03-1234-5678»',
    '전화번호는 «02-123-4567»입니다',
    '手机号码：«13812345678»',
    'फ़ोन: «98765 43210», टेलीफोन',
    'Téléphone portable : «06 12 34 56 78»',
    'Telefoon (mobiel): «06-12345678»',
    'Tlf. «22 12 34 56», puh. «09 1234567»',
    'telefone: «912 345 678», teléfono móvil «612 34 56 78»',
    'nr telefonu «601 123 456», telefonní číslo: «601 123 456»',
    'Τηλέφωνο: «210 123 4567», κινητό «6941234567»',
    'טלפון: «03-1234567»',
    'เบอร์โทร «081-234-5678»',
    'Số điện thoại: «0912 345 678», no hp «0812-3456-7890»',
    'telefonszám: «(1) 234 5678»',
    '{"phone":{"home":"«60-56-85-91»"}, "phone2": "«99577450»"}',
    '{"type":"phone","value":"«99 577450»"}',
    '<phone type="home">«99 577450»</phone>',
    String.raw`{\"mobile\":\"«99577450»\"}`,
    'phoneNumber="«4155552671»" customer_phone=«99577450»&x=1',
    'Call me at «0171 4829301»!',
    // In sentences.
    'They are not answering at «78 651 450». Please stop sending messages to «0688 872 49 99».',
    'no message on my registered «024 971 50 30», you can call «071 33 52 22»',
    'How can we reach you? You can call «2134997156» or «33 93 31».',
    'Could you ring «0762/667841» or reach him at «553-9036762», or text her on «60880200»?',
    'her number is «13812345678», my new mobile number «079 2718 1155»',
    '«079 2718 1155» is my new cell number',
    'What is your phone number? «078 8098 1119»',
    'Bot: What is your phone number?\nUser: «078 8098 1119»',
    'Sie erreichen mich unter «0662 52534598», rufen Sie mich bitte an: «0171 4829301»',
    'appelez-moi au «06 12 34 56 78», llámame al «612 345 678», chiamami al «312 345 6789»',
    'bel me op «06 12345678», позвоните мне по телефону «8 (495) 123-45-67», 联系我：«13812345678»',
    // With a word or an extension behind it.
    '«50-98-28-96»-Office, «001-748-088-2851x818»-Fax',
    '«96 228011» office\n«151.081.7740x23478» mobile\n«24 428557» - fax',
    'id;name;e-mail;telefon;ort\n17;Vogelsang;k@gmx.de;«0221/9876543»;Köln\n18;Oe;e@web.de;«0160-5553120»;Leipzig',
    '"name","phone"\n"Ann","«+49 171 4829301»"\n"Bob, Jr.","«(415) 867-2210»"',
    'name\tphone\nAnn\t«60568591»',
    'a,phone,dob\n1,«01714829301»,1984-03-17\n2,«01714829302»,1990-11-02',
    'Telefon: ______«0221 9876543»______',
    'TEL «02)123-4567»',
    'fone: «11 3456-7890»',
    'Handynr. «0171 / 48 29 301»',
    'Rufnummer «0171.4829301»',
    'TEL;TYPE=WORK,VOICE:«(111) 555-1212»',
    'Tel: «03-1234-5678 (内線 12)»',
    'phone: «+44 20 7946 0958;ext=4021»',
  ],
  ignores: [
    'phone: 17.4829301',
    '60-56-85-91',
    'phone 2147483647, phone 1700000000, phone 1700000000000',
    'phone 2024-01-31 10, phone 31.01.2024',
    'phone 415.5552671, phone 192.168.100.200',
    'home: 12345, office 365, work 40',
    'phone 12345, mobile first 2024',
    'telemetry 4155552671',
    'call 12345678 times, called 4155552671, calls: 4155552671',
    '12345678-fax.pdf 4155552671-mobile.test.ts',
    'sent to 10 nodes, tried 1000000 times, we can call 10000000 functions',
    'phone ? 4155552671 : 0',
    'Order 4410231 phone: none',
    'id,phone,total\n1,none,4410231',
    'Copyright (C) 1998-2022 by Ann; (c) 2006-2013',
    'M 10.5 20.25 L 30.125 40.0625',
    'microphone 60568591',
  ],
});

describe('the detector of labelled telephone numbers', () => {
  it('finds the numbers in every line of a long table', () => {
    const rows = Array.from(
      { length: 2_000 },
      (_, row) => `${row},Ann,${60_000_000 + row * 7},Oslo`,
    );
    const found = findWith(PHONE, ['id,name,phone,city', ...rows.slice(0, 40)].join('\n'));
    expect(found).toEqual(rows.slice(0, 40).map((row) => row.split(',')[2]));
  });

  it('is listed among the labelled identifiers', () => {
    expect(LABELLED_IDS.map(({ entity }) => entity)).toContain('PHONE_NUMBER');
  });
});
