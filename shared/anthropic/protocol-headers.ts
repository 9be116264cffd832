// Headers whose form client and upstream have agreed on: versions, betas, media types, trace ids. They
// pass byte for byte.

const PREFIXES = ['anthropic-', 'x-claude-', 'x-stainless-'];

const NAMES = new Set([
  'accept',
  'accept-charset',
  'accept-language',
  'b3',
  'cache-control',
  'content-digest',
  'content-encoding',
  'content-language',
  'content-type',
  'pragma',
  'prefer',
  'priority',
  'range',
  'traceparent',
  'user-agent',
]);

/** @param name in lower case */
export function isProtocolHeader(name: string): boolean {
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}
