import { describe, expect, it } from 'vitest';
import { NAMED_KEYS } from '../../../../../../shared/privacy/detect/detectors/named-keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

describe('NAMED_KEYS', () => {
  it.each([
    ['TWILIO_KEY', 'the Twilio auth token is ', '{h32}'],
    ['DATADOG_KEY', 'datadog:\n  api_key: ', '{h32}'],
    ['DATADOG_KEY', 'DATADOG_APP_KEY=', '{h40}'],
    ['MAILGUN_KEY', 'MAILGUN_KEY="', '{h32}'],
    ['ALGOLIA_KEY', "algoliasearch('APPID', '", '{h32}'],
    ['CLOUDFLARE_KEY', 'CLOUDFLARE_API_TOKEN=', '{n40}'],
    ['CLOUDFLARE_KEY', 'X-Auth-Key: ', '{h37}'],
    ['OKTA_TOKEN', 'okta.client.token=', '00{n40}'],
    ['FASTLY_KEY', 'Fastly-Key: ', '{n32}'],
    ['HEROKU_KEY', 'HEROKU_API_KEY=', '{uuid}'],
    ['VERCEL_TOKEN', 'vercel deploy --token ', '{w24}'],
  ])('finds a %s after "%s"', (entity, lead, pattern) => {
    const key = fakeKey(pattern);
    expect(secretsIn(NAMED_KEYS, `${lead}${key}" and on`)).toEqual([`${entity} ${key}`]);
    expect(secretsIn(NAMED_KEYS, `nothing: ${key}" and on`)).toEqual([]);
  });

  it('finds a key before the name', () => {
    const key = fakeKey('{h32}');
    expect(secretsIn(NAMED_KEYS, `${key} is for datadog`)).toEqual([`DATADOG_KEY ${key}`]);
  });

  it.each([
    ['too far away', `datadog ${'. '.repeat(60)}${fakeKey('{h32}')}`],
    ['longer than a key', `datadog ${fakeKey('{h33}')}`],
    ['a hash of another length', `cloudflare ${fakeKey('{h40}')}`],
    ['a name', 'cloudflare CloudflareWorkersRuntimeEnvironmentTypes'],
    ['filler', `datadog ${'0'.repeat(32)}`],
  ])('finds nothing that is %s', (_, text) => {
    expect(secretsIn(NAMED_KEYS, text)).toEqual([]);
  });
});
