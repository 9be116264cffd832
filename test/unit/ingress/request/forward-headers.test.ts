import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardHeaders } from '../../../../services/ingress/request/forward-headers.ts';
import { requestCases } from '../../../kit/corpus.ts';
import { checkProperty } from '../../../kit/properties.ts';

const SECRET = 'llmp_secret';

describe('forwardHeaders', () => {
  it.each([
    'anthropic-version',
    'Anthropic-Beta',
    'User-Agent',
    'content-type',
    'accept',
    'X-Stainless-Retry-Count',
    'X-Claude-Code-Session-Id',
    'anthropic-workspace-id',
    'traceparent',
    'baggage',
    'x-from-the-future',
    'accept-language',
    'priority',
    'tracestate',
    'b3',
    'x-app',
    'x-claude-code-prev-tool-durations',
    'x-claude-1p-request-class',
    'anthropic-device-group',
    'openai-organization',
    'x-cache-key',
    'x-session-id',
    'x-request-id',
    'idempotency-key',
    'anthropic-user-profile-id',
    'anthropic-dangerous-direct-browser-access',
    'x-stainless-helper-method',
    'x-claude-code-agent-id',
    'x-anything-of-the-user',
    'x-service-name',
    'x-max-tokens',
    'x-browser-version',
    'x-zip-level',
    'x-portkey-config',
    'x-amzn-bedrock-guardrailidentifier',
    'x-goog-user-project',
    'x-llmp-simulate',
  ])('forwards %s', (name) => {
    expect(forwardHeaders([name, '1'], SECRET)).toEqual([name, '1']);
  });

  it.each([
    // Credentials.
    'x-api-key',
    'X-Api-Key',
    'Authorization',
    'Cookie',
    // Framing and hop-by-hop headers.
    'Host',
    'Content-Length',
    'Accept-Encoding',
    'Expect',
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'TE',
    'Upgrade',
    'Proxy-Authorization',
    'Proxy-Connection',
    // The client's address.
    'X-Forwarded-For',
    'x-forwarded-anything',
    'Forwarded',
    'X-Real-IP',
    'CF-Connecting-IP',
    'True-Client-IP',
    'X-Client-IP',
    'X-Envoy-External-Address',
    'X-Original-Forwarded-For',
    'X-Originating-IP',
    'X-ProxyUser-Ip',
    'WL-Proxy-Client-IP',
    'Remote-Addr',
    'X-Remote-Host',
    'x-clientip',
    'X-Peer-Address',
    'http_x_forwarded_for',
    'x-client-hostname',
    'x-machine-name',
    'x-mac-address',
    'true-client-port',
    'geoip-country-code',
    'x-original-uri',
    'x-client-verify',
    'x-kong-request-id',
    // Content delivery networks, load balancers and platforms.
    'CF-Ray',
    'cf-visitor',
    'CF-IPCountry',
    'cf-access-jwt-assertion',
    'cf-worker',
    'CDN-Loop',
    'Via',
    'fastly-ff',
    'Akamai-Origin-Hop',
    'cloudfront-viewer-country',
    'x-amz-cf-id',
    'x-amzn-trace-id',
    'x-amzn-oidc-data',
    'X-Azure-ClientIP',
    'x-appengine-city',
    'Fly-Region',
    'x-vercel-id',
    'x-nf-client-connection-ip',
    'X-Forwarded-Client-Cert',
    'x-forwarded-user',
    'X-SSL-Client-DN',
    'Client-Cert',
    'x-geo-city',
    // The browser.
    'From',
    'Origin',
    'Referer',
    'HTTP-Referer',
    'Sec-Fetch-Mode',
    'sec-ch-ua',
    'DNT',
    'Cookie2',
    'X-Requested-With',
    // Who is asking.
    'x-openwebui-user-email',
    'X-OpenWebUI-User-Name',
    'x-openwebui-chat-id',
    'x-portkey-metadata',
    'Helicone-User-Id',
    'X-User',
    'x-user-email',
    'X-UserName',
    'x-userinfo',
    'x-litellm-end-user-id',
    'Remote-User',
    'x-auth-request-user',
    'x-auth-request-email',
    'x-goog-authenticated-user-email',
    'x-ms-client-principal-name',
    'x-authenticated-userid',
    'x-consumer-username',
    'tailscale-user-login',
    'tailscale-user-name',
    'x-authentik-given-name',
    'x-customer-id',
    'x-employee-id',
    'x-auth-request-groups',
    'remote-name',
    'Remote-Groups',
    'x-webauth-name',
    'X-Authentik-Uid',
    'shib-session-id',
    'OIDC_CLAIM_sub',
    'x-pomerium-anything',
    'eppn',
    'cn',
    'givenName',
    'x-name',
    'x-person-id',
    'x-subject-id',
    'x-member-id',
    'x-owner',
    'x-actor',
    'x-account-id',
    'x-ssn',
    'x-msisdn',
    'x-department',
    'x-device-id',
    'impersonate-group',
    // Credentials of other servers.
    'Ocp-Apim-Subscription-Key',
    'x-accesstoken',
    'x-otp',
    'x-slack-signature',
    'api-key',
    'X-Goog-Api-Key',
    'x-auth-token',
    'cf-aig-authorization',
    'Helicone-Auth',
    'x-amz-security-token',
    'x-csrf-token',
    // Ours.
    'x-llmp-cache',
    'X-LLMP-Rag',
    'x-llmp-anything',
    'x-llmp-scrubbed',
  ])('drops %s', (name) => {
    expect(forwardHeaders(['a', '1', name, '2', 'b', '3'], SECRET)).toEqual(['a', '1', 'b', '3']);
  });

  it('drops headers listed in the connection header', () => {
    const raw = ['Connection', 'close, X-Hop', 'x-hop', '1', 'x-stays', '2'];
    expect(forwardHeaders(raw, SECRET)).toEqual(['x-stays', '2']);
  });

  it('drops every line of a header that contains the key', () => {
    const raw = ['X-Copy', 'none', 'x-note', 'a', 'x-copy', `key=${SECRET};`];
    expect(forwardHeaders(raw, SECRET)).toEqual(['x-note', 'a']);
  });

  it('keeps order, case, repetition and values of forwarded headers', () => {
    const names = fc.constantFrom(
      'X-A',
      'x-a',
      'anthropic-beta',
      'Anthropic-Beta',
      'Accept',
      'HOST',
    );
    checkProperty(
      fc.property(fc.array(fc.tuple(names, fc.string({ maxLength: 9 }))), (pairs) => {
        const passing = pairs.filter(([name]) => name !== 'HOST');
        expect(forwardHeaders(pairs.flat(), SECRET)).toEqual(passing.flat());
      }),
    );
  });

  it.each(requestCases().map(({ name, headers }) => [name, headers] as const))(
    'forwards no credential in %s',
    (_, headers) => {
      const raw = headers.map((text) => text.replaceAll('{key}', SECRET));
      expect(forwardHeaders(raw, SECRET).join('\n')).not.toContain(SECRET);
    },
  );
});
