import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';

const scanner = createScanner(DETECTORS);

/**
 * Four times the text may take six times as long, plus noise; quadratic growth would take sixteen
 * times. A ratio within one run does not depend on the machine's speed.
 */
const GROWTH_MAX = 6;
const NOISE_MS = 8;
const ROUNDS_MAX = 5;
const SHORT_LENGTH = 16_000;
const LONG_LENGTH = 64_000;

/**
 * Texts full of candidates: repeated, they begin many matches and complete none, or complete all.
 */
const FLOODS = [
  '@|a@|a.a.a.|a@a-a-a-|a@b.co.|ann@acme.io |a%40b.co |%40|\\u0040',
  ':|::1:|f1f1:|00:11:|9.9.9.8 |1.|-|1-|11-|123-45-|-1|1 |(212) 5|+49 170 |tel 0301234567 ',
  '1111 |4111 1111 1111 1111 |4111111111111111 |1|9876543210|0123456789abcdef',
  'eyJ|eyJ.|eyJhbGciOiJIUzI1NiJ9.|sk-|sk-ant-|ghp_|xoxb-1-|AKIA|AGE-SECRET-KEY-',
  '-----BEGIN|-----BEGIN PRIVATE KEY-----\n|PuTTY-User-Key-File-2: |aws_secret ',
  '://|a://::::|a://bcde:cdefgh@|bearer |basic |authorization:| -u|cookie session=',
  'password=|password="a1B2c3D4e5" |key=key=|token|api_key |vercel |cloudflare |twilio ',
  'DE89 |DE89370400440532013000 |bc1q|ssn 123-45-6789 |a|a1|a1b2c3d4e5f6a7b8c9 ',
  'host=db password=ab1c |pwd=a1b2;|password=|machine a login b password |a:5432:b:c:d1e2|a a:5432:|>>>>:',
  '$6$a$|$2b$12$|$argon2|{SSHA}|:99999:|a:b1cdefgh:1:0:99999:|\n+14155552671|\n++|this@|this@A.b ',
  'pass|pw:|password is | is is is password |x is the password |as pw |password for a b c |пароль|密码|the password\n|a,password,|password,a\n|password\n',
  'a,password\nb,c1d2e3f4\n|password|password,b\na,password,c\n|(password,a) values ((|(a,password) values (1,2),',
  'name: API_TOKEN value: |"value":"a1b2c3d4",|{"name":"password","value":"|<key>password</key>|<name>| name="password">',
  'sshpass -p |mysql -p|mysql |docker login |login("a", |login(a, b, |auth=(|userpwd, "a:|identified by |securestring ',
  'mnemonic legal |mnemonic |seed abc abc abc abc |passphrase: Abc |openssl pass:|${password:-|<password>|<password a="',
  'AAAAAAAAAA|1/123456789012345:|TWlB|sgp_|00D|re_|\u001b[1msk-',
  'name: Anna |patient: |Anna Koch <a@b.co> |<a@|Herr Dr. |Dear Anna, |regards,\n|address: 12 Elm Street, |street ',
  'Lindenallee 14a, 50823 |12 rue des |rue rue |dob: |geb. 1.1.1990 |/home/anna/|user=|login: x\n|-rw-r--r-- 1 a b 1 ',
  'name,city,email\n|name,email\na,b\n|insert into t (name,email) values |(name,|Anna |Anna Koch |佐藤様|住所: 東京|〒150-',
  '(name) values ((|name,email\na,b,c\n|name;(a|1,2\nname,x\n|(name,x) from stdin\n|\\"a,|name,x\\n',
  '１|a\u200b|1\u00a0|𝟒|550e8400-e29b-41d4-a716-446655440000 ',
  'tel |tel: |ssn |ssn: 1234 |phone 1, |phone: 12345678, |1234,|1234;1234,|a,1234\n|phone,1\n12345678,1\n',
  '>|<a>1234|(1234) |(415) 1234 |AB 1234 |1234 AB |B-AB 1 |1234 (|1234 is my |and 1234 |123456 and |.1234',
  'cookie: a=a1b2c3d4e5f6g7h8i9;|=a1b2c3d4e5f6g7h8|a=a1b2c3d4e5f6g7h8;|-b a1b2c3|(at)|a(at)|a (at) b.| at |a at b dot |&#64;',
  'h:5432:db:app:|h\\:|a:b_c:|name    |ni number: 12|3 mo |cvv |12/26 ',
  '0012.3456.|0012.3456.789a |81.2.69.142, |version 1.2.3.4, |1.2.3.4 1.5 |4111 1111 |1234567890123456, ',
  `sha512-${'aB3/'.repeat(22)} |${Buffer.from('just a line of text').toString('base64')}`,
].flatMap((row) => row.split('|'));

/** Those with a bar in them. */
const BARS = ['1234567890123456|', '| a | password |\n', '|password', '123456789012345|a1b2c3'];

const repeated = (flood: string, length: number) =>
  flood.repeat(Math.ceil(length / flood.length)).slice(0, length);

/** CPU of this thread alone, as other threads collect garbage and compile. */
function scanMs(text: string): number {
  const before = process.threadCpuUsage();
  scanner.scan(text);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Each label of numbers, before what is no such number. */
const LABELS = DETECTORS.flatMap(({ names = [] }) => names.slice(0, 1)).map(
  (name) => `${name}="a1B2c3D4e5" `,
);

describe('a flood of candidates', () => {
  it.each([...new Set([...FLOODS, ...BARS, ...LABELS])])(
    'of %j is scanned in linear time',
    (flood) => {
      const short = repeated(flood, SHORT_LENGTH);
      const long = repeated(flood, LONG_LENGTH);
      scanner.scan(short);
      // Other work only adds time, so that the least of several measurements is the fairest.
      let growth = Infinity;
      for (let round = 0; round < ROUNDS_MAX && growth >= GROWTH_MAX; round += 1) {
        growth = Math.min(growth, (scanMs(long) - NOISE_MS) / scanMs(short));
      }
      expect(growth).toBeLessThan(GROWTH_MAX);
    },
  );
});
