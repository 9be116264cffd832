// Recognizes placeholder secrets such as `changeme`, `<your-key>` and `${TOKEN}`. Replacing these
// would blur documentation and break templates.

import { placeholderPattern } from '../placeholders.ts';
import { isJumble } from './entropy.ts';

/** Words common in placeholder secrets, longest first. */
const PLACEHOLDER_WORDS = [
  'access accountkey account admin actual anything api app auth bar basic baz bearer blah change changed',
  'changeit changeme client code config connection cookie credential credentials custom database db default',
  'demo dev do dummy enter env example fake fill fixme foo for from generated goes guest hash',
  'header here hidden id in insert into invalid is it jwt key keys login long me missing mock my name',
  'new none not null of old or pass passphrase passw password passwd placeholder please private',
  'production pwd random real redacted removed replace replaced required sample secret secretkey',
  'secrets set service session shared signing sk some something staging strong string super temp',
  'test testing text the this to todo token tokens type undefined unset use user username valid',
  'value very webhook with word your yours',
]
  .flatMap((row) => row.split(' '))
  .toSorted((a, b) => b.length - a.length);

/** A placeholder word, a letter repeated three times or more, or any non-letter. */
const PLACEHOLDER_PART = new RegExp(`${PLACEHOLDER_WORDS.join('|')}|([a-z])\\1{2,64}|[^a-z]`, 'y');

/** Longer texts were not typed by a person. */
const LENGTH_MAX = 128;

/** Symbols that placeholders never have; words with one of these are a password. */
const UNUSUAL = /[!@#$%^&*+=?~]/;

const TEMPLATES: readonly RegExp[] = [
  // Filled in later: ${X} $(x) {{x}} <%= x %> #{x} %s %(x)s %X% <x> [x] {x} __X__ @x@
  /\$[{(]|\{\{|<%|#\{|%[sdv](?!\w)|%\(|%\{/,
  /^(?:<[^>]*>?|\[[^\]]*\]|\{[^}]*\}|%\w+%|__\w+__|@[\w.]+@|\$\$?[A-Za-z_][\w:]*(?:\{\w+\}|\[\w+\]))$/,
  // Read from elsewhere.
  /\b(?:process\.env|import\.meta|os\.environ|getenv|System\.get)/i,
  /^(?:vault|op|env|ssm|secretsmanager|keyvault|sm|file|ref|arn|aws|gcp|azure|doppler|sops|urn):/i,
  // Masked or truncated: **** …… xxxx
  /\*{3}|•{2}|\.{3}|…|x{4}|X{4}|#{4}|_{4}/,
];

/** `$NAME`, but no variable has a name such as `k7Rv3mQx`. */
const VARIABLE = /^\$\$?(?<name>[A-Za-z_][\w:]*)$/;

const PLACEHOLDER = new RegExp(placeholderPattern().source);

/**
 * Whether the text consists of placeholder words, repeated letters, digits and separators, in any
 * letter case: `your-api-key`, `xxxxxxxx`, `test1234`.
 */
export function isPlaceholderSecret(text: string): boolean {
  if (text.length > LENGTH_MAX || UNUSUAL.test(text)) return false;
  const lower = text.toLowerCase();
  let at = 0;
  while (at < lower.length) {
    PLACEHOLDER_PART.lastIndex = at;
    if (!PLACEHOLDER_PART.test(lower)) return false;
    at = PLACEHOLDER_PART.lastIndex;
  }
  return true;
}

const WHOLE_WORDS = new Set(PLACEHOLDER_WORDS);

/** Whether a word is one of those common in placeholder secrets. */
export function placeholderWordIn(word: string): boolean {
  return WHOLE_WORDS.has(word.toLowerCase());
}

/** Whether the text is a template, a reference, masked, or contains a placeholder. */
export function isTemplate(text: string): boolean {
  const variable = VARIABLE.exec(text)?.groups?.['name'];
  if (variable !== undefined && !isJumble(variable)) return true;
  return TEMPLATES.some((template) => template.test(text)) || PLACEHOLDER.test(text);
}
