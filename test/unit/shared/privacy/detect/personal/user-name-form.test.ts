import { expect, it } from 'vitest';
import {
  isAccountName,
  isBareAccountName,
  isUserName,
} from '../../../../../../shared/privacy/detect/personal/user-name-form.ts';

it.each(['anna', 'anna.koch', 'kvogelsang84', 'li', 'j_doe', 'tomás'])('%s is a user', (name) => {
  expect(isUserName(name)).toBe(true);
  expect(isAccountName(name)).toBe(true);
});

it.each([
  'root',
  'ubuntu',
  'runner',
  'admin',
  'node',
  'ec2-user',
  'www-data',
  'user',
  'web_user',
  'U02AB3CD4',
])('%s belongs to no person', (name) => {
  expect(isUserName(name)).toBe(false);
});

it.each(['', 'a', '1234', 'a b', '$USER', '<user>', 'PII_USER_7k3qx2ta', '.anna', 'anna-'])(
  '%s is no name',
  (name) => {
    expect(isUserName(name)).toBe(false);
  },
);

it('a word of a form or an expression is no account', () => {
  expect(isAccountName('Benutzername')).toBe(false);
  expect(isBareAccountName('current_user')).toBe(false);
  expect(isBareAccountName('options.username')).toBe(false);
  expect(isBareAccountName('anna.koch')).toBe(true);
});
