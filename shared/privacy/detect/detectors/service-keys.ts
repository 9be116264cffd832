// Keys of services for payment, mail, chat, planning and design. To add a provider, add an entry.
// Includes test keys, which give access to somebody's sandbox.

import { prefixedKeys } from '../prefixed-key.ts';

export const SERVICE_KEYS = prefixedKeys([
  {
    entity: 'SLACK_TOKEN',
    prefixes: ['xoxa-', 'xoxb-', 'xoxc-', 'xoxd-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxe-'],
    pattern:
      /xox[abcdeoprs]-(?:[A-Za-z0-9%/+-]{20,300}|\d{11,13}-\d{10,13}|\d-[A-Za-z0-9]{8,19}|[A-Za-z0-9]{12,19})/,
  },
  {
    entity: 'SLACK_TOKEN',
    prefixes: ['xoxe.'],
    pattern: /xoxe\.xox[bp]-\d-[A-Za-z0-9]{100,200}/,
  },
  {
    entity: 'SLACK_TOKEN',
    prefixes: ['xapp-'],
    pattern: /xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[0-9a-f]{32,80}/,
  },
  {
    entity: 'SLACK_WEBHOOK',
    prefixes: ['hooks.slack.com/'],
    pattern:
      /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<key>[A-Za-z0-9]{6,20}\/[A-Za-z0-9/]{16,100}|[A-Za-z0-9+/]{43,60})/,
  },
  {
    entity: 'DISCORD_WEBHOOK',
    prefixes: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/(?<key>\d{17,20}\/[A-Za-z0-9_-]{60,80})/,
  },
  {
    entity: 'STRIPE_KEY',
    prefixes: ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'sk_prod_', 'rk_prod_'],
    pattern: /[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}/,
    filler: true,
  },
  { entity: 'STRIPE_KEY', prefixes: ['whsec_'], pattern: /whsec_[A-Za-z0-9+/]{24,80}={0,2}/ },
  {
    entity: 'SENDGRID_KEY',
    prefixes: ['SG.'],
    pattern: /SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}/,
  },
  { entity: 'MAILGUN_KEY', prefixes: ['key-'], pattern: /key-[0-9a-f]{32}/ },
  { entity: 'BREVO_KEY', prefixes: ['xkeysib-'], pattern: /xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}/ },
  {
    entity: 'SHOPIFY_TOKEN',
    prefixes: ['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shpua_', 'shptka_'],
    pattern: /shp[a-z]{2,3}_[0-9a-zA-Z]{32,44}/,
  },
  {
    entity: 'SQUARE_KEY',
    prefixes: ['sq0atp-', 'sq0csp-', 'sq0idp-'],
    pattern: /sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,60}/,
  },
  // Square's and Meta's access tokens share a prefix.
  { entity: 'SQUARE_KEY', prefixes: ['EAAA'], pattern: /EAAA[A-Za-z0-9_-]{60,300}/ },
  { entity: 'META_TOKEN', prefixes: ['EAA'], pattern: /EAA[B-Z][A-Za-z0-9]{80,300}/ },
  {
    entity: 'RAZORPAY_KEY',
    prefixes: ['rzp_live_', 'rzp_test_'],
    pattern: /rzp_(?:live|test)_[A-Za-z0-9]{14,24}/,
  },
  {
    entity: 'PLAID_TOKEN',
    prefixes: ['access-sandbox-', 'access-production-', 'access-development-'],
    pattern: /access-[a-z]{7,11}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  },
  {
    entity: 'LINEAR_KEY',
    prefixes: ['lin_api_', 'lin_oauth_'],
    pattern: /lin_(?:api|oauth)_[A-Za-z0-9]{32,64}/,
  },
  { entity: 'NOTION_TOKEN', prefixes: ['ntn_'], pattern: /ntn_[A-Za-z0-9]{40,60}/ },
  { entity: 'NOTION_TOKEN', prefixes: ['secret_'], pattern: /secret_[A-Za-z0-9]{43}/ },
  {
    entity: 'FIGMA_TOKEN',
    prefixes: ['figd_', 'figo_', 'figoh_', 'figor_', 'figu_', 'figuh_', 'figur_'],
    pattern: /fig[dou][hr]?_[A-Za-z0-9_-]{38,80}/,
  },
  {
    entity: 'DROPBOX_TOKEN',
    prefixes: ['sl.'],
    pattern: /sl\.(?:u\.)?[A-Za-z0-9_-]{100,1500}/,
  },
  {
    entity: 'HUBSPOT_TOKEN',
    prefixes: ['pat-na1-', 'pat-na2-', 'pat-eu1-'],
    pattern: /pat-(?:na|eu)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  },
  { entity: 'CONTENTFUL_TOKEN', prefixes: ['CFPAT-'], pattern: /CFPAT-[A-Za-z0-9_-]{43}/ },
  { entity: 'TYPEFORM_TOKEN', prefixes: ['tfp_'], pattern: /tfp_[A-Za-z0-9_-]{40,60}/ },
  // Not a JWT: the payload names the account, not an algorithm.
  {
    entity: 'MAPBOX_TOKEN',
    prefixes: ['sk.eyJ'],
    pattern: /sk\.eyJ[A-Za-z0-9_-]{20,300}\.[A-Za-z0-9_-]{20,40}/,
  },
  {
    entity: 'POSTHOG_KEY',
    prefixes: ['phc_', 'phx_', 'pha_', 'phr_', 'phs_'],
    pattern: /ph[acrsx]_(?=[A-Za-z]{0,60}\d)[A-Za-z0-9]{40,64}/,
  },
  {
    entity: 'META_TOKEN',
    prefixes: ['IGQV', 'IGAA'],
    pattern: /IG(?:QV|AA)[A-Za-z0-9_=-]{80,400}/,
  },
  { entity: 'WUNDERGRAPH_KEY', prefixes: ['cosmo_'], pattern: /cosmo_[0-9a-f]{32}/ },
  {
    // Base64 of `{"k":"`, the keys before service accounts.
    entity: 'GRAFANA_TOKEN',
    prefixes: ['eyJrIjoi'],
    pattern: /eyJrIjoi[A-Za-z0-9+/_-]{50,400}={0,2}/,
  },
  {
    entity: 'NTLM_TOKEN',
    prefixes: ['TlRMTVNTUAAB', 'TlRMTVNTUAAC', 'TlRMTVNTUAAD'],
    pattern: /TlRMTVNTUAA[BCD][A-Za-z0-9+/]{30,2000}={0,2}/,
  },
  {
    entity: 'X_TOKEN',
    prefixes: ['AAAAAAAAAAAAAAAAAAAAA'],
    pattern: /A{20,24}[A-Za-z0-9%]{60,120}/,
  },
  {
    entity: 'PAYPAL_TOKEN',
    prefixes: ['access_token$'],
    pattern: /access_token\$(?:production|sandbox)\$[0-9a-z]{16,18}\$[0-9a-f]{32}/,
  },
  {
    entity: 'SALESFORCE_TOKEN',
    prefixes: ['00D'],
    pattern: /00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{60,300}/,
  },
  { entity: 'SALESFORCE_TOKEN', prefixes: ['3MVG'], pattern: /3MVG[A-Za-z0-9_.]{60,200}/ },
  {
    entity: 'SHIPPO_TOKEN',
    prefixes: ['shippo_live_', 'shippo_test_'],
    pattern: /shippo_(?:live|test)_[0-9a-fA-F]{40}/,
  },
  {
    entity: 'DUFFEL_TOKEN',
    prefixes: ['duffel_live_', 'duffel_test_'],
    pattern: /duffel_(?:live|test)_[A-Za-z0-9_=-]{43}/,
  },
  { entity: 'EASYPOST_KEY', prefixes: ['EZAK', 'EZTK'], pattern: /EZ[AT]K[A-Za-z0-9]{54}/ },
  {
    entity: 'FLUTTERWAVE_KEY',
    prefixes: ['FLWSECK', 'FLWPUBK'],
    pattern: /FLW(?:SEC|PUB)K(?:_TEST|_LIVE)?-[0-9a-zA-Z]{12,40}(?:-X)?/,
  },
  { entity: 'FRAME_IO_TOKEN', prefixes: ['fio-u-'], pattern: /fio-u-[A-Za-z0-9_=-]{64}/ },
  { entity: 'NEON_KEY', prefixes: ['napi_'], pattern: /napi_[a-z0-9]{60,70}/ },
  { entity: 'README_KEY', prefixes: ['rdme_'], pattern: /rdme_[a-z0-9]{70}/ },
  { entity: 'ADOBE_SECRET', prefixes: ['p8e-'], pattern: /p8e-[A-Za-z0-9]{32}/ },
  {
    entity: 'AUTHRESS_KEY',
    prefixes: ['sc_', 'ext_', 'scauth_', 'authress_'],
    pattern:
      /(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.(?:acc|app)[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}/,
  },
  { entity: 'INTRA42_SECRET', prefixes: ['s-s4t2'], pattern: /s-s4t2(?:ud|af)-[0-9a-f]{64}/ },
  {
    entity: 'FREEMIUS_KEY',
    prefixes: ['sk_'],
    pattern: /sk_(?=[^\s"']{0,29}[#@$&*!%])[^\s"']{29}/,
  },
  { entity: 'NYLAS_KEY', prefixes: ['nyk_'], pattern: /nyk_v0_[A-Za-z0-9]{60,80}/ },
  { entity: 'INTERCOM_TOKEN', prefixes: ['dG9rO'], pattern: /dG9rO[A-Za-z0-9+/]{50,60}={0,2}/ },
  {
    entity: 'RESEND_KEY',
    prefixes: ['re_'],
    pattern: /re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}/,
    verify: () => false,
  },
  {
    entity: 'SNYK_TOKEN',
    prefixes: ['snyk_uat.', 'snyk_sat.'],
    pattern: /snyk_[us]at\.[0-9a-f]{8}\.[A-Za-z0-9._-]{60,300}/,
  },
  {
    entity: 'ZAPIER_WEBHOOK',
    prefixes: ['hooks.zapier.com/hooks/catch/'],
    pattern: /hooks\.zapier\.com\/hooks\/catch\/(?<key>\d{4,10}\/[A-Za-z0-9]{6,12})/,
  },
  {
    entity: 'MIRO_TOKEN',
    prefixes: ['eyJtaXJvLm9yaWdpbiI6'],
    pattern: /eyJtaXJvLm9yaWdpbiI6[A-Za-z0-9_-]{20,80}/,
  },
  {
    entity: 'ASANA_TOKEN',
    prefixes: ['1/', '2/', '0/'],
    pattern:
      /(?:1\/\d{15,17}|2\/\d{15,17}\/\d{15,17}|0\/(?=[a-f]{0,31}\d)[0-9a-f]{32}):[0-9a-f]{32}/,
  },
]);
