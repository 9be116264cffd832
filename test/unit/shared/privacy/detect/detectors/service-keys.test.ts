import { describe, expect, it } from 'vitest';
import { SERVICE_KEYS } from '../../../../../../shared/privacy/detect/detectors/service-keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

describe('SERVICE_KEYS', () => {
  it.each([
    ['SLACK_TOKEN', 'xoxb-{d12}-{d12}-{w24}'],
    ['SLACK_TOKEN', 'xoxp-{d12}-{d12}-{d12}-{h32}'],
    ['SLACK_TOKEN', 'xoxe.xoxp-1-{w150}'],
    ['SLACK_TOKEN', 'xapp-1-A{L10}-{d13}-{h64}'],
    ['STRIPE_KEY', 'sk_live_{w24}'],
    ['STRIPE_KEY', 'rk_live_{w99}'],
    ['STRIPE_KEY', 'sk_test_{w24}'],
    ['STRIPE_KEY', 'whsec_{w32}'],
    ['SENDGRID_KEY', 'SG.{n22}.{n43}'],
    ['MAILGUN_KEY', 'key-{h32}'],
    ['BREVO_KEY', 'xkeysib-{h64}-{w16}'],
    ['SHOPIFY_TOKEN', 'shpat_{h32}'],
    ['SQUARE_KEY', 'sq0csp-{n43}'],
    ['SQUARE_KEY', 'EAAA{n60}'],
    ['META_TOKEN', 'EAAG{w180}'],
    ['RAZORPAY_KEY', 'rzp_live_{w14}'],
    ['PLAID_TOKEN', 'access-sandbox-{uuid}'],
    ['LINEAR_KEY', 'lin_api_{w40}'],
    ['NOTION_TOKEN', 'ntn_{w46}'],
    ['NOTION_TOKEN', 'secret_{w43}'],
    ['FIGMA_TOKEN', 'figd_{n40}'],
    ['DROPBOX_TOKEN', 'sl.u.{n1100}'],
    ['HUBSPOT_TOKEN', 'pat-na1-{uuid}'],
    ['CONTENTFUL_TOKEN', 'CFPAT-{n43}'],
    ['TYPEFORM_TOKEN', 'tfp_{n44}'],
    ['STRIPE_KEY', 'rk_prod_{w99}'],
    ['SLACK_TOKEN', 'xoxr-4-{l12}'],
    ['SHOPIFY_TOKEN', 'shpca_{w38}'],
    ['POSTHOG_KEY', 'phc_{w43}'],
    ['POSTHOG_KEY', 'phx_{w53}'],
    ['META_TOKEN', 'IGQVJ{n140}'],
    ['WUNDERGRAPH_KEY', 'cosmo_{h32}'],
    ['GRAFANA_TOKEN', 'eyJrIjoi{w80}=='],
    ['NTLM_TOKEN', 'TlRMTVNTUAADAAAA{b120}='],
    ['X_TOKEN', 'AAAAAAAAAAAAAAAAAAAAAMLhe{w30}%3D{w50}'],
    ['PAYPAL_TOKEN', 'access_token$production${l16}${h32}'],
    ['SALESFORCE_TOKEN', '00D{w15}!AQ{w90}'],
    ['SALESFORCE_TOKEN', '3MVG9{w80}'],
    ['SHIPPO_TOKEN', 'shippo_live_{h40}'],
    ['DUFFEL_TOKEN', 'duffel_test_{n43}'],
    ['EASYPOST_KEY', 'EZAK{w54}'],
    ['FLUTTERWAVE_KEY', 'FLWSECK_TEST-{h32}-X'],
    ['FRAME_IO_TOKEN', 'fio-u-{n64}'],
    ['README_KEY', 'rdme_{l70}'],
    ['ADOBE_SECRET', 'p8e-{w32}'],
    ['AUTHRESS_KEY', 'sc_{l12}.{l4}.acc-{l12}.{n60}'],
    ['INTRA42_SECRET', 's-s4t2ud-{h64}'],
    ['FREEMIUS_KEY', 'sk_a{w12}#{w8}@{w6}'],
    ['NYLAS_KEY', 'nyk_v0_{w64}'],
    ['INTERCOM_TOKEN', 'dG9rO{w54}='],
    ['RESEND_KEY', 're_{w8}_{w24}'],
    ['SNYK_TOKEN', 'snyk_uat.{h8}.{n86}'],
    ['MIRO_TOKEN', 'eyJtaXJvLm9yaWdpbiI6{w27}'],
    ['ASANA_TOKEN', '1/12{d13}7:{h32}'],
    ['ASANA_TOKEN', '2/12{d13}7/12{d13}7:{h32}'],
    ['MAPBOX_TOKEN', 'sk.eyJ{n60}.{n22}'],
  ])('finds a %s like %s', (entity, pattern) => {
    const key = fakeKey(pattern);
    for (const text of [key, `token: ${key}`, `{"key":"${key}"}`, `KEY=${key}\nX=1`]) {
      expect(secretsIn(SERVICE_KEYS, text), text).toEqual([`${entity} ${key}`]);
    }
  });

  it.each([
    ['SLACK_WEBHOOK', 'https://hooks.slack.com/services/', 'T{L8}/B{L10}/{w24}'],
    ['SLACK_WEBHOOK', 'https://hooks.slack.com/services/', '{w44}'],
    ['ZAPIER_WEBHOOK', 'https://hooks.zapier.com/hooks/catch/', '1{d6}/{l7}'],
    ['DISCORD_WEBHOOK', 'https://discord.com/api/webhooks/', '{d18}/{n68}'],
  ])('finds what is secret of a %s', (entity, url, pattern) => {
    const key = fakeKey(pattern);
    expect(secretsIn(SERVICE_KEYS, `post to ${url}${key} now`)).toEqual([`${entity} ${key}`]);
  });

  it.each(['A', 'K', 'Z'])('finds a key filled with %s, which no documentation does', (letter) => {
    const key = `sk_live_${letter.repeat(24)}`;
    expect(secretsIn(SERVICE_KEYS, `STRIPE=${key}`)).toEqual([`STRIPE_KEY ${key}`]);
  });

  it.each(['x', 'X', '0', '*', 'a'])('leaves a key masked with %s', (mask) => {
    expect(secretsIn(SERVICE_KEYS, `STRIPE=sk_live_${mask.repeat(24)}`)).toEqual([]);
  });

  it.each([
    'msg.SG.sendToAllOfTheRegisteredUsers.withTheDefaultTemplateAndTheirOwnNames',
    'secret_manager_client_factory_for_all_the_regions_we_use',
    `https://hooks.slack.com/services/T${'0'.repeat(8)}/B${'0'.repeat(8)}/${'X'.repeat(24)}`,
    'key-value-store key-00000000000000000000000000000000',
    'sk_test_xxxxxxxxxxxxxxxxxxxxxxxx',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(SERVICE_KEYS, text)).toEqual([]);
  });

  it('find random keys that have a run of capitalized letters, and no sentence', () => {
    const keys = Array.from({ length: 500 }, (_, seed) => fakeKey('sk_live_{w24}', seed));
    expect(keys.filter((key) => secretsIn(SERVICE_KEYS, `key ${key}`).length === 0)).toEqual([]);
    expect(secretsIn(SERVICE_KEYS, 'key sk_live_YourSecretAccessTokenHere')).toEqual([]);
  });
});
