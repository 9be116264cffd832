// Selects the client headers to forward. Unknown headers pass, because betas pair unknown headers with
// body fields; the scrubber searches their values. What names the client, its network or its user does not.

import { hopByHop, keepHeaders, pairsOf } from '../../../shared/runtime/raw-headers.ts';
import { LruCache } from '../../../shared/runtime/lru-cache.ts';
import { isProtocolHeader } from '../../../shared/anthropic/protocol-headers.ts';

const NOT_FORWARDED = new Set([
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'content-length',
  'cookie',
  'cookie2',
  'expect',
  'host',
  'http2-settings',
  'max-forwards',
  'x-api-key',
]);

/** Set by proxies, load balancers and content delivery networks between the client and the gateway. */
const NETWORK = new Set([
  'cdn-loop',
  'client-cert',
  'client-cert-chain',
  'forwarded',
  'via',
  'x-arr-log-id',
  'x-arr-ssl',
  'x-client',
  'x-client-cert',
  'x-client-data',
  'x-client-verify',
  'x-host',
  'x-original-host',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-proxied-for',
  'x-rewrite-url',
  'x-scheme',
]);

const NETWORK_PREFIXES = [
  'akamai-',
  'cf-',
  'cloudfront-',
  'eagleeye-',
  'fastly-',
  'fly-',
  'incap-',
  'geoip-',
  'proxy-',
  'remote-',
  'ssl-client-',
  'x-akamai-',
  'x-appengine-',
  'x-azure-',
  'x-bluecoat-',
  'x-client-cert-',
  'x-envoy-',
  'x-fastly-',
  'x-forwarded',
  'x-geoip-',
  'x-istio-',
  'x-kong-',
  'x-nf-',
  'x-nginx-',
  'x-original-forwarded',
  'x-remote-',
  'x-ssl-',
  'x-sucuri-',
  'x-traefik-',
  'x-varnish',
  'x-vercel-',
  'x-zscaler-',
];

/** Load balancers and signatures of AWS, save the options of Bedrock. */
const AWS = /^x-amzn?-(?!bedrock-)/;

/** Set by browsers, about the page and the person in front of it. */
const BROWSER = new Set(['dnt', 'from', 'http-referer', 'origin', 'referer', 'x-requested-with']);
const BROWSER_PREFIXES = ['sec-'];

/** Directives for the built-in simulator, which HTTP upstreams do not get. */
const SIMULATE = 'x-llmp-simulate';

/** Set by single sign-on proxies about the user, whatever the attribute. */
const SIGN_ON_PREFIXES = [
  'impersonate-',
  'oidc-',
  'oidc_',
  'shib-',
  'tailscale-',
  'x-auth-request-',
  'x-authenticated-',
  'x-authentik-',
  'x-goog-authenticated-',
  'x-goog-iap-',
  'x-ms-client-',
  'x-pomerium-',
  'x-shib-',
  'x-vouch-',
  'x-webauth-',
];

/** The gateway's own headers, and those of chat front ends that name the user. */
const OWN_PREFIXES = ['x-llmp-', 'x-openwebui-'];

const DROPPED = new Set([...NOT_FORWARDED, ...NETWORK, ...BROWSER]);
const DROPPED_PREFIXES = [
  ...NETWORK_PREFIXES,
  ...BROWSER_PREFIXES,
  ...SIGN_ON_PREFIXES,
  ...OWN_PREFIXES,
];

/**
 * Words of a name that say whose request it is: single sign-on proxies and front ends put names and
 * accounts there, which no detector recognizes.
 */
const IDENTITY_WORDS = new Set([
  'account',
  'accountid',
  'actor',
  'addr',
  'address',
  'advertising',
  'assertion',
  'author',
  'caller',
  'city',
  'claim',
  'claims',
  'cn',
  'company',
  'computer',
  'computername',
  'consumer',
  'contact',
  'country',
  'credential',
  'credentials',
  'customer',
  'department',
  'device',
  'deviceid',
  'displayname',
  'dn',
  'dob',
  'email',
  'employee',
  'employer',
  'eppn',
  'fingerprint',
  'firstname',
  'forwarded',
  'fullname',
  'geo',
  'givenname',
  'group',
  'groups',
  'guest',
  'hostname',
  'hwid',
  'identity',
  'imei',
  'imsi',
  'ip',
  'jwt',
  'lastname',
  'latitude',
  'location',
  'login',
  'longitude',
  'mac',
  'machine',
  'mail',
  'member',
  'metadata',
  'mobile',
  'msisdn',
  'nickname',
  'oidc',
  'operator',
  'owner',
  'passport',
  'patient',
  'persistent',
  'person',
  'phone',
  'postal',
  'postcode',
  'principal',
  'requester',
  'saml',
  'sender',
  'sn',
  'spiffe',
  'ssn',
  'sub',
  'subject',
  'subno',
  'surname',
  'timezone',
  'uid',
  'upn',
  'visitor',
  'workstation',
]);

/** `x-remote-user`, `x-auth-request-user`, `helicone-user-id`, `x-authenticated-userid`, `x-useremail`. */
const IDENTITY =
  /^(?:x-)?name$|^(?:x[-_.])?(?:[a-z0-9]+[-_.]){0,2}user$|(?:^|[-_.])(?:end)?users?[-_.]?(?:e?mail|names?|ids?|info|key|data|groups?|roles?|login|phone|profile|principal|context|token|uuid|dn)(?:$|[-_.])|email|(?:^|[-_.])(?:real|full|first|last|given|family|display|person)[-_.]name(?:$|[-_.])/;

/** `x-clientip`, `remote_addr`, `x-peer-address`, `x-client-hostname`, also without separators. */
const ADDRESS =
  /(?:client|connecting|peer|real|remote|source|src|socket|origin(?:ating)?)[-_.]?(?:ip|addr|host|port)/;

/** Credentials for other servers; an upstream has its own, from the configuration. */
const CREDENTIAL =
  /(?:^|[-_.])(?:(?:api|access|private|secret|subscription)[-_.]?key|auth|authorization|cookie|credentials?|otp|passphrase|passw(?:or)?d|pwd|secret|signature|(?:access|api|auth|bearer|csrf|id|refresh|session|xsrf)?token)$/;

/**
 * @param raw raw header pairs; their order and case are kept
 * @param secret the client's key; headers that contain it are dropped
 */
export function forwardHeaders(raw: readonly string[], secret: string): string[] {
  const isHopByHop = hopByHop(raw);
  const leaking = new Set<string>();
  for (const [name, value] of pairsOf(raw)) {
    if (value.includes(secret)) leaking.add(name.toLowerCase());
  }
  return keepHeaders(
    raw,
    (name) =>
      !DROPPED.has(name) &&
      !isHopByHop(name) &&
      !leaking.has(name) &&
      (name === SIMULATE || isProtocolHeader(name) || !isAboutClient(name)),
  );
}

/** Nearly all clients send the same few names, and short ones. */
const KNOWN_NAMES_MAX = 1_000;
const KNOWN_NAME_LENGTH_MAX = 64;
const aboutClientByName = new LruCache<boolean>(KNOWN_NAMES_MAX);

function isAboutClient(name: string): boolean {
  const known = aboutClientByName.get(name);
  if (known !== undefined) return known;
  const isAbout = readsAsClient(name);
  if (name.length <= KNOWN_NAME_LENGTH_MAX) aboutClientByName.set(name, isAbout);
  return isAbout;
}

function readsAsClient(name: string): boolean {
  return (
    DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    AWS.test(name) ||
    name.split(/[-_.]/).some((word) => IDENTITY_WORDS.has(word)) ||
    IDENTITY.test(name) ||
    ADDRESS.test(name) ||
    CREDENTIAL.test(name)
  );
}
