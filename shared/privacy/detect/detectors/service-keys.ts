// Keys of services for payment, mail, chat, planning and design. To add a provider, add an entry.
// Includes test keys, which give access to somebody's sandbox.

import { prefixedKeys } from '../prefixed-key.ts';

export const SERVICE_KEYS = prefixedKeys([
  {
    entity: 'SLACK_TOKEN',
    prefixes: ['xoxa-', 'xoxb-', 'xoxc-', 'xoxd-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxe-'],
    pattern: /xox[abcdeoprs]-[A-Za-z0-9%/+-]{20,300}/,
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
      /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<key>[A-Za-z0-9]{6,20}\/[A-Za-z0-9/]{16,100})/,
  },
  {
    entity: 'DISCORD_WEBHOOK',
    prefixes: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/(?<key>\d{17,20}\/[A-Za-z0-9_-]{60,80})/,
  },
  {
    entity: 'STRIPE_KEY',
    prefixes: ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'],
    pattern: /[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}/,
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
    pattern: /shp[a-z]{2,3}_[0-9a-fA-F]{32}/,
  },
  {
    entity: 'SQUARE_KEY',
    prefixes: ['sq0atp-', 'sq0csp-'],
    pattern: /sq0(?:atp|csp)-[A-Za-z0-9_-]{22,60}/,
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
]);
