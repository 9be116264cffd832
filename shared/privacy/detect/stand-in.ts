// What stands where a secret would stand without being one: `changeme`, `<your-key>`, `${TOKEN}`.
// Hiding these would only blur documentation, and templates would break. Detectors ask here.

import { tokenPattern } from '../placeholders.ts';

/** Words that people write for a secret that is still to be filled in; longer ones first. */
const STAND_IN_WORDS = [
  'access accountkey account admin actual anything api app auth bar basic baz bearer blah change changed',
  'changeit changeme client code config connection cookie credential credentials custom database db default',
  'demo dev do dummy enter env example fake fill fixme foo for from generated goes guest hash',
  'header here hidden id in insert into invalid is it jwt key keys login long me missing mock my name',
  'new none not null of old or pass passphrase passw password passwd placeholder please private',
  'production pwd random real redacted removed replace replaced required sample secret secretkey',
  'secrets set service session shared signing some something staging strong string super temp',
  'test testing text the this to todo token tokens type undefined unset use user username valid',
  'value very webhook with word your yours',
]
  .flatMap((row) => row.split(' '))
  .toSorted((a, b) => b.length - a.length);

/** One word, one letter three times or more, or anything that is no letter. */
const STAND_IN_PART = new RegExp(`${STAND_IN_WORDS.join('|')}|([a-z])\\1{2,64}|[^a-z]`, 'y');

/** What is longer was not typed by a person. */
const LENGTH_MAX = 128;

/** Marks that no made-up name has; a password of words and one of these is a password. */
const UNUSUAL = /[!@#$%^&*+=?~]/;

const TEMPLATES: readonly RegExp[] = [
  // Filled in later: ${X} $(x) {{x}} <%= x %> #{x} %s %(x)s %X% <x> [x] {x} __X__ @x@
  /\$[{(]|\{\{|<%|#\{|%[sdv](?!\w)|%\(|%\{/,
  /^(?:<[^>]*>?|\[[^\]]*\]|\{[^}]*\}|%\w+%|__\w+__|@[\w.]+@|\$\$?[A-Za-z_][\w:]*)$/,
  // Read from elsewhere.
  /\b(?:process\.env|import\.meta|os\.environ|getenv|System\.get)/i,
  /^(?:vault|op|env|ssm|secretsmanager|keyvault|sm|file|ref|arn|aws|gcp|azure|doppler|sops|urn):/i,
  // Masked, or cut short: **** …… xxxx
  /\*{3}|•{2}|\.{3}|…|x{4}|X{4}|#{4}|_{4}/,
];

const TOKEN = new RegExp(tokenPattern().source);

/**
 * Whether the text is only made of such words, repeated letters, digits and separators, in any
 * letter case: `your-api-key`, `xxxxxxxx`, `test1234`.
 */
export function isPlaceholderSecret(text: string): boolean {
  if (text.length > LENGTH_MAX || UNUSUAL.test(text)) return false;
  const lower = text.toLowerCase();
  let at = 0;
  while (at < lower.length) {
    STAND_IN_PART.lastIndex = at;
    if (!STAND_IN_PART.test(lower)) return false;
    at = STAND_IN_PART.lastIndex;
  }
  return true;
}

/** Whether the text is filled in later, refers to a value elsewhere, is masked, or is a token. */
export function isTemplate(text: string): boolean {
  return TEMPLATES.some((template) => template.test(text)) || TOKEN.test(text);
}
