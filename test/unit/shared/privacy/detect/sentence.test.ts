import { describe, expect, it } from 'vitest';
import { genericSecret } from '../../../../../shared/privacy/detect/detectors/generic-secret.ts';
import { sentenceValues } from '../../../../../shared/privacy/detect/sentence.ts';
import { secretsIn } from '../../../../kit/find-secret.ts';

describe('sentenceValues()', () => {
  it.each([
    ['the key for the new server is x1 btw', 'x1', 'said'],
    ['key = x1', 'x1', 'said'],
    ['key x1', 'x1', 'beside'],
    ['key\nx1\n', 'x1', 'below'],
    ['key:\nx1', 'x1', 'below'],
  ])('reads %j', (text, value, place) => {
    const start = text.indexOf('key');
    const read = sentenceValues(text, start, start + 3).map((found) => [
      text.slice(found.start, found.end),
      found.place,
    ]);
    expect(read).toContainEqual([value, place]);
  });
});

describe('a secret in a sentence', () => {
  it.each([
    'the password for staging is Winter2026!',
    'the pw was Winter2026!',
    'The password for the staging db on eu-1 is Winter2026! btw',
    'I set the password to Winter2026!, please change it',
    'login as jo with password Winter2026! please',
    'The password for jo@corp.org: Winter2026!',
    'Your new passcode will be Winter2026!',
    'Password - Winter2026!',
    'Password:\nWinter2026!\nok',
    'our wifi password = Winter2026!',
    'el usuario es jo y la contraseña es Winter2026!',
    'La contraseña del servidor de pruebas es Winter2026!',
    'tu clave: Winter2026!',
    'le mot de passe du wifi est Winter2026!',
    'mot de passe : Winter2026!',
    'mon mdp : Winter2026!',
    'Das Passwort für den Server lautet Winter2026!',
    'Dein Kennwort ist „Winter2026!“.',
    'la password è Winter2026!',
    "la parola d'ordine è Winter2026!",
    'a senha do banco é Winter2026!',
    'palavra-passe: Winter2026!',
    'het wachtwoord voor de server is Winter2026!',
    'hasło do bazy to Winter2026!',
    'hasło: Winter2026!',
    'пароль от базы: Winter2026!',
    'пароль - Winter2026!',
    'パスワード: Winter2026!',
    'パスワードはWinter2026!です',
    '密码：Winter2026!',
    '密码是Winter2026!，请保密',
    '비밀번호: Winter2026!',
    '비밀번호는 Winter2026! 입니다',
    'şifre: Winter2026!',
    'lösenordet är hemligt, lösenord: Winter2026!',
    'mật khẩu: Winter2026!',
    'كلمة المرور: Winter2026!',
    'Пароль администратора: Winter2026!',
    "the staging password's Winter2026!",
    'Winter2026! is the password for staging',
    'please use Winter2026! as your new password',
    'his old password, Winter2026!, no longer works',
  ])('is found in %s', (text) => {
    expect(secretsIn([genericSecret], text)).toEqual(['GENERIC_SECRET Winter2026!']);
  });

  it.each([
    ['my wifi password is hunter22', 'hunter22'],
    ['the api key is AIhq5Xyb1Gga9Q0.', 'AIhq5Xyb1Gga9Q0'],
    ['SECRET KEY:AIhq5Xyb1Gga9Q3', 'AIhq5Xyb1Gga9Q3'],
    ['jo@98.76.54.32(pw:IhqSb1Gg)', 'IhqSb1Gg'],
    ['ID:jo/PW:dipPr15Gg!', 'dipPr15Gg!'],
    ['user=jo,pass=dipPr144Gg!', 'dipPr144Gg!'],
    ['**Password:** Plover!42x', 'Plover!42x'],
    ['Password (admin): Plover!42x', 'Plover!42x'],
    ['｢パスワード｣ password：Plover!42x', 'Plover!42x'],
    ['Line one\\nmy password: Plover!42x\\nLine three', 'Plover!42x'],
  ])('is found in %s', (text, value) => {
    expect(secretsIn([genericSecret], text)).toEqual([`GENERIC_SECRET ${value}`]);
  });

  it.each([
    'the password is case-sensitive since v1.2.3',
    'password is sha256-hashed and base64-encoded',
    'the key is AES-256, the token is JWT-based2',
    'password must be 8-16 characters',
    'the password is 12characters long',
    'the password is stored in vault2.example.com',
    'the password for user42 is invalid',
    'set the password to null',
    'your password is required2',
    'the password field is required',
    'password reset token expires in 24h',
    'the password was sent to jo.lee1@example.com',
    'password: see ticket OPS-1234',
    'le mot de passe est obligatoire',
    'Passwort vergessen? Code123',
    'release-2.1 is the password manager',
    'Use OAuth2.0 as the token2 provider',
    'A pass over the AST-2 and the IR-3',
    'pass --disable-warning=FSTWRN004 to the compiler',
    'Pass `--x=Y0042` to it',
    'let password: Data64',
    'var pw: Int32',
    'func login(user: String, pass: UInt64)',
    'readonly password: Password2Type',
  ])('is not found in %s', (text) => {
    expect(secretsIn([genericSecret], text)).toEqual([]);
  });
});
