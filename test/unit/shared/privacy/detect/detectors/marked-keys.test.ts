import { describe, expect, it } from 'vitest';
import { MARKED_KEYS } from '../../../../../../shared/privacy/detect/detectors/marked-keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const botId = Buffer.from('123456789012345678').toString('base64').replaceAll('=', '');

describe('MARKED_KEYS', () => {
  it.each([
    ['TELEGRAM_TOKEN', '{d9}7:AA{n33}'],
    ['TERRAFORM_TOKEN', '{w14}.atlasv1.{n67}'],
    ['AZURE_CLIENT_SECRET', '{w3}8Q~{n34}'],
    ['NEW_RELIC_KEY', '{h36}NRAL'],
    ['MAILCHIMP_KEY', '{h32}-us12'],
    ['DISCORD_TOKEN', `${botId}.G{n5}.{n38}`],
    ['AIRTABLE_TOKEN', 'pat{w13}7.{h64}'],
    ['MAILGUN_KEY', '{h32}-{h8}-{h8}'],
  ])('finds a %s like %s', (entity, pattern) => {
    const key = fakeKey(pattern);
    for (const text of [key, `token: ${key}`, `{"key":"${key}"}`, `KEY=${key}\nX=1`]) {
      expect(secretsIn(MARKED_KEYS, text), text).toEqual([`${entity} ${key}`]);
    }
  });

  it('finds a bot token in the path of its API', () => {
    const key = fakeKey('{d9}7:AA{n33}');
    const url = `https://api.telegram.org/bot${key}/getMe`;
    expect(secretsIn(MARKED_KEYS, url)).toEqual([`TELEGRAM_TOKEN ${key}`]);
  });

  it.each([
    ['TWILIO_KEY', 'SK{h32}', 'twilio'],
    ['TWILIO_KEY', 'AC{h32}', 'Twilio'],
    ['VAULT_TOKEN', 's.{w23}7', 'VAULT_TOKEN'],
  ])('finds a %s like %s only near its provider', (entity, pattern, provider) => {
    const key = fakeKey(pattern);
    expect(secretsIn(MARKED_KEYS, `${provider}: "${key}"`)).toEqual([`${entity} ${key}`]);
    expect(secretsIn(MARKED_KEYS, `checksum: "${key}"`)).toEqual([]);
  });

  it.each([
    [
      'a dotted name that begins with no id',
      'MessageHandlers1234567890.Create.HandlerForAllOfTheMessages1',
    ],
    ['a locale', 'strings-us12 d41d8cd98f00b204e9800998ecf8427-us1'],
    ['a port list', '8080:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a hash', fakeKey('{h32}')],
  ])('finds nothing in %s', (_, text) => {
    expect(secretsIn(MARKED_KEYS, text)).toEqual([]);
  });
});
