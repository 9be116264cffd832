import { describe, expect, it } from 'vitest';
import {
  kindOfName,
  SECRET_NAME_WORDS,
  secretNameAt,
} from '../../../../../shared/privacy/detect/secret-names.ts';

describe('kindOfName()', () => {
  it.each([
    'password',
    'Password',
    'DB_PASSWORD',
    'db-password',
    'dbPassword',
    'spring.datasource.password',
    'passwords',
    'pass',
    'PASS',
    'dbPass',
    'db_pass',
    'pw',
    'PW',
    'adminPw',
    'passwd',
    'pwd',
    'MYSQLPASS',
    'pasword',
    'contraseña',
    'mot de passe',
    'Passwort',
    'Kennwort',
    'parola',
    'senha',
    'wachtwoord',
    'hasło',
    'пароль',
    'パスワード',
    '密码',
    '비밀번호',
    'şifre',
    'lösenord',
  ])('calls %s a password', (name) => {
    expect(kindOfName(name)).toBe('password');
  });

  it.each([
    ['client_secret', 'secret'],
    ['API_KEY_STRIPE', 'secret'],
    ['secret access key', 'secret'],
    ['Activation key', 'secret'],
    ['API_TOKEN', 'weak'],
    ['refresh_tokens', undefined],
    ['credentials', 'weak'],
  ])('calls %s %s', (name, kind) => {
    expect(kindOfName(name)).toBe(kind);
  });

  it.each([
    'compass',
    'bypass',
    'passed',
    'passenger',
    'password_length',
    'PASSWORD_FILE',
    'tokenizer',
    'author',
    'secretary',
    'publicKey',
    'csrf_token',
    'public_token',
    'desenhar',
    'resenha',
    'spw',
    'pwm',
    'enclave',
  ])('does not call %s a secret', (name) => {
    expect(kindOfName(name)).toBeUndefined();
  });
});

describe('secretNameAt()', () => {
  it('returns the complete name around a keyword', () => {
    const text = 'export APP_DB_PASSWORD=x';
    const start = text.indexOf('PASSWORD');
    expect(secretNameAt(text, start, start + 8)).toMatchObject({ start: 7, end: 22 });
  });

  it('returns nothing for a type', () => {
    const text = 'AWS::IAM::AccessKey';
    expect(secretNameAt(text, 10, 19)).toBeUndefined();
  });

  it('knows each keyword in lower case', () => {
    for (const word of SECRET_NAME_WORDS) {
      expect(word).toBe(word.toLowerCase());
      expect(secretNameAt(word, 0, word.length)?.word, word).toBe(word);
    }
  });
});
