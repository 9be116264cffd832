// Keys of clouds, hosting, databases and monitoring. To add a provider, add an entry. AWS keys that
// need context are in aws-secret-key.ts.

import { prefixedKeys } from '../prefixed-key.ts';

export const CLOUD_KEYS = prefixedKeys([
  {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    entity: 'AWS_ACCESS_KEY',
    prefixes: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    pattern: /A(?:KI|SI|BI|CC)A[A-Z0-9]{16}/,
  },
  { entity: 'AWS_ACCESS_KEY', prefixes: ['A3T'], pattern: /A3T(?=[A-Z]{0,17}\d)[A-Z0-9]{17}/ },
  {
    entity: 'AWS_MWS_KEY',
    prefixes: ['amzn.mws.'],
    pattern: /amzn\.mws\.[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}/,
  },
  { entity: 'AWS_APPSYNC_KEY', prefixes: ['da2-'], pattern: /da2-[a-z0-9]{26}/ },
  {
    // The base64 of a session token begins with its origin.
    entity: 'AWS_SESSION_TOKEN',
    prefixes: ['IQoJb3JpZ2lu', 'FwoGZXIvYXdz', 'FQoGZXIvYXdz'],
    pattern: /(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[A-Za-z0-9+/]{80,4000}={0,2}/,
  },
  { entity: 'AWS_BEDROCK_KEY', prefixes: ['ABSK'], pattern: /ABSK[A-Za-z0-9+/]{100,300}={0,2}/ },
  {
    entity: 'AWS_BEDROCK_KEY',
    prefixes: ['bedrock-api-key-'],
    pattern: /bedrock-api-key-[A-Za-z0-9+/]{30,4000}={0,2}/,
  },
  { entity: 'GCP_API_KEY', prefixes: ['AIza'], pattern: /AIza[A-Za-z0-9_-]{35}/ },
  { entity: 'GCP_OAUTH_TOKEN', prefixes: ['ya29.'], pattern: /ya29\.[A-Za-z0-9._-]{20,1000}/ },
  { entity: 'GCP_OAUTH_TOKEN', prefixes: ['1//0'], pattern: /1\/\/0[A-Za-z0-9_-]{40,200}/ },
  { entity: 'GCP_CLIENT_SECRET', prefixes: ['GOCSPX-'], pattern: /GOCSPX-[A-Za-z0-9_-]{28}/ },
  {
    entity: 'AZURE_STORAGE_KEY',
    prefixes: ['AccountKey=', 'SharedAccessKey='],
    pattern: /(?:Account|SharedAccess)Key=(?<key>[A-Za-z0-9+/]{43,86}={1,2})/,
  },
  {
    // The signature of a shared access URL: base64 of SHA-256, usually URL-encoded.
    entity: 'AZURE_SAS_SIGNATURE',
    prefixes: ['sig='],
    pattern: /sig=(?<key>(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))/,
  },
  // Triggers of Logic Apps.
  {
    entity: 'AZURE_SAS_SIGNATURE',
    prefixes: ['sig='],
    pattern: /sig=(?<key>[A-Za-z0-9_-]{43})(?![\w=%-])/,
  },
  { entity: 'TENCENT_ACCESS_KEY', prefixes: ['AKID'], pattern: /AKID[A-Za-z0-9]{32}/ },
  {
    entity: 'CLOUDFLARE_KEY',
    prefixes: ['cfk_', 'cfut_', 'cfat_'],
    pattern: /cf(?:k|ut|at)_[A-Za-z0-9_-]{40,60}/,
  },
  { entity: 'CLOUDFLARE_KEY', prefixes: ['v1.0-'], pattern: /v1\.0-[0-9a-f]{24}-[0-9a-f]{146}/ },
  {
    entity: 'DIGITALOCEAN_TOKEN',
    prefixes: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    pattern: /do[opr]_v1_[0-9a-f]{64}/,
  },
  { entity: 'ALIBABA_ACCESS_KEY', prefixes: ['LTAI'], pattern: /LTAI[A-Za-z0-9]{12,26}/ },
  { entity: 'HEROKU_KEY', prefixes: ['HRKU-'], pattern: /HRKU-[A-Za-z0-9_-]{30,70}/ },
  {
    entity: 'VERCEL_TOKEN',
    prefixes: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_', 'vercel_blob_rw_'],
    pattern: /(?:vc[piark]|vercel_blob_rw)_[A-Za-z0-9_]{24,120}/,
  },
  {
    entity: 'NETLIFY_TOKEN',
    prefixes: ['nfp_', 'nfc_', 'nfo_', 'nfu_', 'nfb_'],
    pattern: /nf[pcoub]_[A-Za-z0-9]{36}/,
  },
  {
    entity: 'FLY_TOKEN',
    prefixes: ['fm2_', 'fm1r_', 'fm1a_', 'fo1_'],
    pattern: /f(?:m2|m1r|m1a|o1)_[A-Za-z0-9+/_-]{40,2000}={0,2}/,
  },
  { entity: 'RENDER_KEY', prefixes: ['rnd_'], pattern: /rnd_[A-Za-z0-9]{28,40}/ },
  { entity: 'PULUMI_TOKEN', prefixes: ['pul-'], pattern: /pul-[0-9a-f]{40}/ },
  {
    entity: 'DATABRICKS_TOKEN',
    prefixes: ['dapi'],
    pattern: /dapi(?:[0-9a-f]{32}|[0-9A-F]{32})(?:-\d{1,2})?/,
  },
  { entity: 'SUPABASE_KEY', prefixes: ['sbp_'], pattern: /sbp_(?:v0_)?[0-9a-f]{40}/ },
  { entity: 'SUPABASE_KEY', prefixes: ['sb_secret_'], pattern: /sb_secret_[A-Za-z0-9_-]{20,60}/ },
  {
    entity: 'PLANETSCALE_TOKEN',
    prefixes: ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'],
    pattern: /pscale_(?:tkn|pw|oauth)_[A-Za-z0-9._-]{32,64}/,
  },
  {
    entity: 'VAULT_TOKEN',
    prefixes: ['hvs.', 'hvb.', 'hvr.'],
    pattern: /hv[sbr]\.[A-Za-z0-9_-]{24,300}/,
  },
  {
    entity: 'DOPPLER_TOKEN',
    prefixes: ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.'],
    pattern: /dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}/,
  },
  {
    entity: 'ONEPASSWORD_TOKEN',
    prefixes: ['ops_eyJ'],
    pattern: /ops_eyJ[A-Za-z0-9+/_-]{100,2000}={0,2}/,
  },
  {
    entity: 'TAILSCALE_KEY',
    prefixes: ['tskey-'],
    filler: true,
    pattern: /tskey-[a-z]{2,10}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{16,64}/,
  },
  { entity: 'GRAFANA_TOKEN', prefixes: ['glc_'], pattern: /glc_[A-Za-z0-9+/]{32,400}={0,2}/ },
  { entity: 'GRAFANA_TOKEN', prefixes: ['glsa_'], pattern: /glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}/ },
  {
    entity: 'NEW_RELIC_KEY',
    prefixes: ['NRAK-', 'NRII-', 'NRIQ-'],
    pattern: /NR(?:AK|II|IQ)-[A-Za-z0-9_-]{25,40}/,
  },
  {
    entity: 'NEW_RELIC_KEY',
    prefixes: ['NRJS-', 'NRBR-'],
    pattern: /NR(?:JS|BR)-[0-9a-f]{19,20}/,
  },
  { entity: 'AKAMAI_TOKEN', prefixes: ['akab-'], pattern: /akab-[0-9a-z]{16}-[0-9a-z]{16}/ },
  {
    entity: 'OPENSHIFT_TOKEN',
    prefixes: ['sha256~'],
    pattern: /sha256~[A-Za-z0-9_-]{43}/,
    verify: () => false,
  },
  { entity: 'YANDEX_KEY', prefixes: ['AQVN'], pattern: /AQVN[A-Za-z0-9_-]{35,38}/ },
  {
    entity: 'YANDEX_KEY',
    prefixes: ['YCAJE', 'YCM', 'YCN', 'YCO', 'YCP'],
    pattern: /YC[A-Z][A-Za-z0-9_-]{37}/,
  },
  {
    entity: 'YANDEX_KEY',
    prefixes: ['t1.9eu'],
    pattern: /t1\.9eu[A-Za-z0-9_-]{20,300}=?\.[A-Za-z0-9_-]{86}={0,2}/,
  },
  { entity: 'SCALINGO_TOKEN', prefixes: ['tk-us-'], pattern: /tk-us-[A-Za-z0-9_-]{48}/ },
  {
    entity: 'INFRACOST_KEY',
    prefixes: ['ico-'],
    pattern: /ico-(?=[0-9a-f]{0,31}[A-Zg-z])[A-Za-z0-9]{32}/,
  },
  { entity: 'PREFECT_KEY', prefixes: ['pnu_', 'pnb_'], pattern: /pn[ub]_[A-Za-z0-9]{36}/ },
  {
    entity: 'HARNESS_KEY',
    prefixes: ['pat.', 'sat.'],
    pattern: /[ps]at\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}/,
  },
  {
    entity: 'DEFINED_NETWORKING_KEY',
    prefixes: ['dnkey-'],
    pattern: /dnkey-[A-Za-z0-9=_-]{26}-[A-Za-z0-9=_-]{52}/,
  },
  { entity: 'CLICKHOUSE_KEY', prefixes: ['4b1d'], pattern: /4b1d[A-Za-z0-9]{38}/ },
  { entity: 'OCTOPUS_KEY', prefixes: ['API-'], pattern: /API-(?=[A-Z]{0,25}\d)[A-Z0-9]{26}/ },
  {
    entity: 'SETTLEMINT_TOKEN',
    prefixes: ['sm_aat_', 'sm_pat_', 'sm_sat_'],
    pattern: /sm_[aps]at_[A-Za-z0-9]{16}/,
  },
  {
    entity: 'TEAMS_WEBHOOK',
    prefixes: ['webhook.office.com/webhookb2/'],
    pattern:
      /webhook\.office\.com\/webhookb2\/(?<key>[a-z0-9-]{36}@[a-z0-9-]{36}\/IncomingWebhook\/[a-z0-9]{32}\/[a-z0-9-]{36})/,
  },
  {
    entity: 'DYNATRACE_TOKEN',
    prefixes: ['dt0c01.', 'dt0s01.', 'dt0s16.'],
    pattern: /dt0[cs]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}/,
  },
]);
