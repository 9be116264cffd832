// What other engines are asked to find: 40 forms of secrets and personal data, in the syntax that
// JavaScript, RE2 and Hyperscan share. llmp finds these and some 150 more, and checks digits and context.

import { GUARD_PATTERNS } from '../peers/guard-patterns.ts';

export const PATTERNS: readonly string[] = [
  ...Object.values(GUARD_PATTERNS),
  String.raw`\b\d{3}-\d{2}-\d{4}\b`,
  String.raw`\b(?:\d{1,3}\.){3}\d{1,3}\b`,
  String.raw`\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b`,
  String.raw`\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b`,
  String.raw`\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b`,
  String.raw`\b0x[0-9a-fA-F]{40}\b`,
  String.raw`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`,
  String.raw`\bgh[pousr]_[A-Za-z0-9]{36}\b`,
  String.raw`\bgithub_pat_[A-Za-z0-9_]{82}\b`,
  String.raw`\bglpat-[A-Za-z0-9_-]{20}\b`,
  String.raw`\bxox[abprs]-[A-Za-z0-9-]{10,72}\b`,
  String.raw`\bsk_live_[A-Za-z0-9]{24,99}\b`,
  String.raw`\brk_live_[A-Za-z0-9]{24,99}\b`,
  String.raw`\bsk-ant-[A-Za-z0-9_-]{80,110}\b`,
  String.raw`\bsk-(?:proj-)?[A-Za-z0-9_-]{40,160}\b`,
  String.raw`\bAIza[0-9A-Za-z_-]{35}\b`,
  String.raw`\bya29\.[0-9A-Za-z_-]{20,200}\b`,
  String.raw`\bnpm_[A-Za-z0-9]{36}\b`,
  String.raw`\bpypi-[A-Za-z0-9_-]{50,200}\b`,
  String.raw`\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b`,
  String.raw`\bkey-[0-9a-f]{32}\b`,
  String.raw`\bSK[0-9a-f]{32}\b`,
  String.raw`\bdop_v1_[0-9a-f]{64}\b`,
  String.raw`\bhf_[A-Za-z]{34}\b`,
  String.raw`\blin_api_[A-Za-z0-9]{40}\b`,
  String.raw`\bsecret_[A-Za-z0-9]{43}\b`,
  String.raw`\bshpat_[0-9a-fA-F]{32}\b`,
  String.raw`\bEAAC[A-Za-z0-9]{30,120}\b`,
  String.raw`\beyJ[A-Za-z0-9_-]{10,400}\.eyJ[A-Za-z0-9_-]{10,400}\.[A-Za-z0-9_-]{10,400}\b`,
  String.raw`-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----`,
  String.raw`\b(?:postgres|mysql|mongodb|redis|amqp)://[^\s:@/]{1,60}:[^\s@/]{1,90}@[^\s/]{1,90}`,
  String.raw`\bhttps?://[^\s:@/]{1,60}:[^\s@/]{1,90}@[^\s/]{1,90}`,
  String.raw`(?i)\b(?:password|passwd|pwd)\b["']? {0,3}[:=] {0,3}["']?[^\s"',;]{6,60}`,
  String.raw`(?i)\b(?:api|secret|access)[_-]?key\b["']? {0,3}[:=] {0,3}["']?[A-Za-z0-9_\-+/=]{16,80}`,
  String.raw`(?i)\b(?:auth|bearer|refresh)[_-]?token\b["']? {0,3}[:=] {0,3}["']?[A-Za-z0-9_\-+/=.]{16,200}`,
  String.raw`(?i)\bauthorization: (?:basic|bearer) [A-Za-z0-9_\-+/=.]{8,200}`,
];

/** As JavaScript writes it: flags at the end. */
export function expressionOf(pattern: string): RegExp {
  const isAnyCase = pattern.startsWith('(?i)');
  return new RegExp(isAnyCase ? pattern.slice('(?i)'.length) : pattern, isAnyCase ? 'gi' : 'g');
}
