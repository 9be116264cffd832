// Addresses that identify no person: domains and networks reserved for examples, private use and
// loopback, and unattended mailboxes. Detectors use it; the scanner does not.

import { BlockList, isIPv6 } from 'node:net';

/** RFC 2606 and RFC 6761: top-level domains that are never delegated. */
const RESERVED_TLDS = new Set(['test', 'example', 'invalid', 'localhost']);

/** Unattended mailboxes; `git` is the login of SSH forges. */
const UNATTENDED_MAILBOXES = new Set(['noreply', 'no-reply', 'donotreply', 'do-not-reply', 'git']);

/** Names of algorithms of SSH: `chacha20-poly1305@openssh.com`. */
const ALGORITHM_HOSTS = new Set(['openssh.com', 'libssh.org']);
const ALGORITHM = /-[\w.-]{1,64}@(?:openssh\.com|libssh\.org)$/i;

/** Public resolvers, common as constants in configuration files. */
const PUBLIC_RESOLVERS = new Set([
  '1.1.1.1',
  '1.0.0.1',
  '8.8.8.8',
  '8.8.4.4',
  '9.9.9.9',
  '2606:4700:4700::1111',
  '2606:4700:4700::1001',
  '2001:4860:4860::8888',
  '2001:4860:4860::8844',
  '2620:fe::fe',
]);

/** IANA special-purpose registries: documentation blocks (RFC 5737, 3849, 9637). */
const DOCUMENTATION = blocks('192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20');

/** IANA special-purpose registries: blocks that are not globally reachable; and 1.2.3.0/24, which nobody has. */
const NOT_PUBLIC = blocks(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 ' +
    '1.2.3.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4 ' +
    '::/128 ::1/128 fc00::/7 fe80::/10 ff00::/8',
);

/**
 * Whether a host name is reserved for examples and tests, or has `example` as its registered name
 * (`example.com`, `mail.example.co.uk`). Ignores case; expects no port and no trailing dot.
 */
export function isReservedDomain(host: string): boolean {
  const lower = host.toLowerCase();
  if (RESERVED_TLDS.has(lower.slice(lower.lastIndexOf('.') + 1))) return true;
  if (!lower.includes('example')) return false;
  const labels = lower.split('.');
  const last = labels.length - 1;
  const example = labels.lastIndexOf('example');
  return example >= 0 && (example === last - 1 || isSecondLevel(labels, example));
}

/** Whether an e-mail address (`local@host`) reaches no person. */
export function isHarmlessEmail(address: string): boolean {
  const at = address.lastIndexOf('@');
  if (UNATTENDED_MAILBOXES.has(address.slice(0, at).toLowerCase())) return true;
  const host = address.slice(at + 1).toLowerCase();
  return (ALGORITHM_HOSTS.has(host) && ALGORITHM.test(address)) || isReservedDomain(host);
}

/** Whether a valid IP address is in a documentation block. */
export function isDocumentationIp(address: string): boolean {
  return DOCUMENTATION.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Whether a valid IP address is private, loopback, link-local, multicast or otherwise not public.
 */
export function isPrivateIp(address: string): boolean {
  return NOT_PUBLIC.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Whether a valid IP address identifies nobody: documentation, not public, or a public resolver.
 */
export function isHarmlessIp(address: string): boolean {
  return (
    PUBLIC_RESOLVERS.has(address.toLowerCase()) ||
    isPrivateIp(address) ||
    isDocumentationIp(address)
  );
}

/** Matches `example.co.uk`: a short label between `example` and a country code. */
function isSecondLevel(labels: readonly string[], example: number): boolean {
  const between = labels[example + 1] ?? '';
  return example === labels.length - 3 && between.length <= 3 && labels[example + 2]?.length === 2;
}

function blocks(list: string): BlockList {
  const built = new BlockList();
  for (const block of list.split(' ')) {
    const [network = '', bits = ''] = block.split('/');
    built.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return built;
}
