import { describe, expect, it } from 'vitest';
import { CLOUD_KEYS } from '../../../../../../shared/privacy/detect/detectors/cloud-keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

describe('CLOUD_KEYS', () => {
  it.each([
    ['AWS_ACCESS_KEY', 'AKIA{L16}'],
    ['AWS_ACCESS_KEY', 'ASIA{L16}'],
    ['AWS_SESSION_TOKEN', 'IQoJb3JpZ2luX2Vj{b700}=='],
    ['AWS_BEDROCK_KEY', 'ABSK{b128}='],
    ['AWS_BEDROCK_KEY', 'bedrock-api-key-{b200}'],
    ['GCP_API_KEY', 'AIza{n35}'],
    ['GCP_OAUTH_TOKEN', 'ya29.{n160}'],
    ['GCP_OAUTH_TOKEN', '1//0{n60}'],
    ['GCP_CLIENT_SECRET', 'GOCSPX-{n28}'],
    ['CLOUDFLARE_KEY', 'cfut_{w48}'],
    ['CLOUDFLARE_KEY', 'v1.0-{h24}-{h146}'],
    ['DIGITALOCEAN_TOKEN', 'dop_v1_{h64}'],
    ['ALIBABA_ACCESS_KEY', 'LTAI{w20}'],
    ['HEROKU_KEY', 'HRKU-{n60}'],
    ['VERCEL_TOKEN', 'vcp_{w56}'],
    ['NETLIFY_TOKEN', 'nfp_{w36}'],
    ['FLY_TOKEN', 'fm2_{b300}'],
    ['RENDER_KEY', 'rnd_{w32}'],
    ['PULUMI_TOKEN', 'pul-{h40}'],
    ['DATABRICKS_TOKEN', 'dapi{h32}-2'],
    ['SUPABASE_KEY', 'sbp_{h40}'],
    ['SUPABASE_KEY', 'sb_secret_{n31}'],
    ['PLANETSCALE_TOKEN', 'pscale_tkn_{n43}'],
    ['VAULT_TOKEN', 'hvs.{n90}'],
    ['DOPPLER_TOKEN', 'dp.pt.{w43}'],
    ['ONEPASSWORD_TOKEN', 'ops_eyJ{n400}'],
    ['TAILSCALE_KEY', 'tskey-auth-{w17}-{w32}'],
    ['GRAFANA_TOKEN', 'glc_{b120}='],
    ['GRAFANA_TOKEN', 'glsa_{w32}_{h8}'],
    ['NEW_RELIC_KEY', 'NRAK-{L27}'],
    ['AWS_ACCESS_KEY', 'A3T{L9}7{L7}'],
    ['AWS_MWS_KEY', 'amzn.mws.{uuid}'],
    ['AWS_APPSYNC_KEY', 'da2-{l26}'],
    ['DATABRICKS_TOKEN', 'dapi{H32}'],
    ['NEW_RELIC_KEY', 'NRJS-{h19}'],
    ['NEW_RELIC_KEY', 'NRBR-{h20}'],
    ['AKAMAI_TOKEN', 'akab-{l16}-{l16}'],
    ['OPENSHIFT_TOKEN', 'sha256~{n43}'],
    ['YANDEX_KEY', 'AQVN{n36}'],
    ['YANDEX_KEY', 'YCAJE{n35}'],
    ['SCALINGO_TOKEN', 'tk-us-{n48}'],
    ['INFRACOST_KEY', 'ico-{w32}'],
    ['PREFECT_KEY', 'pnu_{w36}'],
    ['HARNESS_KEY', 'pat.{w22}.{h24}.{w20}'],
    ['DEFINED_NETWORKING_KEY', 'dnkey-{L26}-{L52}'],
    ['CLICKHOUSE_KEY', '4b1d{w38}'],
    ['OCTOPUS_KEY', 'API-7{L25}'],
    ['SETTLEMINT_TOKEN', 'sm_pat_{w16}'],
    ['DYNATRACE_TOKEN', 'dt0c01.{L24}.{L64}'],
  ])('finds a %s like %s', (entity, pattern) => {
    const key = fakeKey(pattern);
    for (const text of [key, `key: ${key}`, `{"key":"${key}"}`, `KEY=${key}\nX=1`]) {
      expect(secretsIn(CLOUD_KEYS, text), text).toEqual([`${entity} ${key}`]);
    }
  });

  it('finds only the key in an Azure connection string', () => {
    const key = fakeKey('{b86}==');
    const text = `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key};EndpointSuffix=x`;
    expect(secretsIn(CLOUD_KEYS, text)).toEqual([`AZURE_STORAGE_KEY ${key}`]);
  });

  it('finds only the signature in a shared access URL', () => {
    const signature = `${fakeKey('{w20}')}%2F${fakeKey('{w22}', 2)}%3D`;
    const text = `https://a.blob.core.windows.net/c?sv=2024-01-01&se=2030-01-01&sig=${signature}`;
    expect(secretsIn(CLOUD_KEYS, text)).toEqual([`AZURE_SAS_SIGNATURE ${signature}`]);
  });

  it.each([
    ['a word', 'AKIAKIAKIAKIAKIAKIAKIAKIA'],
    ['too long', fakeKey('AKIA{L17}')],
    ['too short', fakeKey('AIza{n30}')],
    ['an icon', `video_box.ico-${fakeKey('{h32}')}.png`],
    ['a page', `notion.site/API-${fakeKey('7{H31}')}`],
    ['filler', `dop_v1_${'0'.repeat(64)}`],
    ['code', 'sig=computeSignature(request, options.secret).toString()'],
  ])('finds nothing in what is %s', (_, text) => {
    expect(secretsIn(CLOUD_KEYS, text)).toEqual([]);
  });

  it('finds the key of the AWS documentation, common in tests', () => {
    expect(secretsIn(CLOUD_KEYS, 'AKIAIOSFODNN7EXAMPLE')).toHaveLength(1);
  });
});
