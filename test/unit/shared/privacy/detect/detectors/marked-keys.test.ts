import { describe, expect, it } from 'vitest';
import { MARKED_KEYS } from '../../../../../../shared/privacy/detect/detectors/marked-keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const botId = Buffer.from('123456789012345678').toString('base64').replaceAll('=', '');

describe('MARKED_KEYS', () => {
  it('finds a seed of NATS', () => {
    const seed = `SUA2${'MLGCZIKUDVELPWNFHRTYQX'.repeat(3).slice(0, 54)}`;
    expect(secretsIn(MARKED_KEYS, `seed ${seed}`)).toEqual([`NKEY_SEED ${seed}`]);
  });

  it('finds a token of Jira by the id in it', () => {
    const token = Buffer.from(`926607655526:${fakeKey('{w20}')}`).toString('base64');
    expect(secretsIn(MARKED_KEYS, `jira ${token}`)).toEqual([`ATLASSIAN_TOKEN ${token}`]);
  });

  it.each([
    ['TELEGRAM_TOKEN', '{d9}7:AA{n33}'],
    ['TERRAFORM_TOKEN', '{w14}.atlasv1.{n67}'],
    ['AZURE_CLIENT_SECRET', '{w3}8Q~{n34}'],
    ['NEW_RELIC_KEY', '{h36}NRAL'],
    ['MAILCHIMP_KEY', '{h32}-us12'],
    ['DISCORD_TOKEN', `${botId}.G{n5}.{n38}`],
    ['AIRTABLE_TOKEN', 'pat{w13}7.{h64}'],
    ['MAILGUN_KEY', '{h32}-{h8}-{h8}'],
    ['NEW_RELIC_KEY', 'eu01xx{h30}NRAL'],
    ['MAILCHIMP_KEY', '{w31}7-us36'],
    ['MAXMIND_KEY', '{w6}_{w29}_mmk'],
    ['AZURE_SERVICE_KEY', '{w52}JQQJ99{w32}'],
    ['META_TOKEN', '1{d14}7|{n27}'],
    ['DROPBOX_TOKEN', '7{w8}kAAAAAAAAAAAB{w42}'],
    ['TWILIO_KEY', 'SK{h32}'],
    ['TWILIO_KEY', 'AC{H32}'],
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

  it.each([['VAULT_TOKEN', 's.{w23}7', 'VAULT_TOKEN']])(
    'finds a %s like %s only near its provider',
    (entity, pattern, provider) => {
      const key = fakeKey(pattern);
      expect(secretsIn(MARKED_KEYS, `${provider}: "${key}"`)).toEqual([`${entity} ${key}`]);
      expect(secretsIn(MARKED_KEYS, `checksum: "${key}"`)).toEqual([]);
    },
  );

  it.each([
    [
      'a dotted name that begins with no id',
      'MessageHandlers1234567890.Create.HandlerForAllOfTheMessages1',
    ],
    ['a locale', 'strings-us12 d41d8cd98f00b204e9800998ecf8427-us1'],
    ['a table', '| 123456789012345|abcdefghijklmnopqrstuvwxyzab |'],
    ['zeros in base64', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a port list', '8080:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a hash', fakeKey('{h32}')],
  ])('finds nothing in %s', (_, text) => {
    expect(secretsIn(MARKED_KEYS, text)).toEqual([]);
  });
});
