// Finds command lines that download and run code, open a shell or destroy data: what an attacker
// wants an agent to run. Keywords lead to single lines.

import type { Range } from '../../privacy/detect/detector.ts';
import type { Evidence } from '../evidence.ts';
import type { MatcherContext, TextMatcher, TextView } from '../matcher.ts';
import { isAsciiText } from '../normalized-text.ts';

/** Characters of a line inspected from the keyword on. */
const LINE_LENGTH_MAX = 400;

const SHELL = String.raw`(?:sudo[ \t]+)?(?:/bin/|/usr/bin/)?(?:ba|z|da|k|c)?sh\b`;

/**
 * A keyword, and patterns for the line from there on and before. Words with `stands` must be whole
 * words.
 */
const LINES = [
  { word: 'curl', rest: new RegExp(String.raw`^curl\b[^|\n]{1,300}\|[ \t]*${SHELL}`, 'i') },
  { word: 'wget', rest: new RegExp(String.raw`^wget\b[^|\n]{1,300}\|[ \t]*${SHELL}`, 'i') },
  { word: 'curl', rest: /^curl\b[^|\n]{1,300}\|[ \t]*(?:python3?|perl|node|ruby|php)\b/i },
  {
    word: '$(curl',
    rest: /^\$\(curl\b/i,
    before: /\b(?:sh|bash|zsh)[ \t]+-c[ \t]+["']?$|\beval[ \t]+["']?$/i,
  },
  {
    word: 'base64',
    rest: new RegExp(
      String.raw`^base64[ \t]+(?:-d|--decode|-D)\b[^|\n]{0,100}\|[ \t]*${SHELL}`,
      'i',
    ),
  },
  {
    word: 'powershell',
    rest: /^powershell(?:\.exe)?\b[^\n]{0,100}?[ \t]-(?:enc|encodedcommand|e|ec)[ \t]+[A-Za-z0-9+/=]{16,}/i,
  },
  {
    word: 'iex',
    rest: /^iex[ \t]*[("']?[ \t]*\(?[ \t]*(?:iwr|irm|invoke-webrequest|new-object[ \t]+net\.webclient|curl)\b/i,
  },
  {
    word: 'invoke-expression',
    rest: /^invoke-expression[ \t]*[("']?[ \t]*\(?[ \t]*(?:iwr|irm|invoke-webrequest|new-object)\b/i,
  },
  { word: 'iwr', rest: /^iwr\b[^|\n]{1,300}\|[ \t]*iex\b/i },
  { word: '/dev/tcp/', rest: /^\/dev\/tcp\/[\w.-]{1,100}\/\d{1,5}/i },
  {
    word: 'nc',
    rest: /^nc(?:\.traditional)?[ \t][^\n]{0,60}?-e[ \t]+\/bin\/(?:ba)?sh/i,
    stands: true,
  },
  { word: 'mkfifo', rest: /^mkfifo[ \t][^\n]{1,200}\|[ \t]*nc\b/i },
  {
    word: 'python',
    rest: /^python3?[ \t]+-c[ \t]+["'][^\n]{0,200}(?:socket\.socket|pty\.spawn|exec\((?:base64|__import__))/i,
  },
  {
    word: 'rm',
    rest: /^rm[ \t]+(?:-[a-z]+[ \t]+|--[a-z-]+[ \t]+){0,4}(?:-[a-z]*r[a-z]*f|-[a-z]*f[a-z]*r|--recursive[ \t]+--force)[a-z]*[ \t]+(?:--no-preserve-root[ \t]+)?(?:\/|~|\$HOME|\/\*)(?:[\s;&|"'`]|$)/i,
    stands: true,
  },
  { word: ':()', rest: /^:\(\)[ \t]*\{[ \t]*:[ \t]*\|[ \t]*:[ \t]*&[ \t]*\}[ \t]*;[ \t]*:/ },
  {
    word: 'dd',
    rest: /^dd[ \t]+if=\/dev\/(?:zero|urandom|random)[ \t]+of=\/dev\/(?:sd|nvme|hd|disk)/i,
    stands: true,
  },
];

/** Characters that make the keyword part of a longer word. */
const PART = /[\w.-]/;

/** Matches any keyword; rejects most texts early. */
const WORDS = new RegExp(
  [
    ...new Set(
      LINES.map(({ word, stands }) => {
        const escaped = word.replace(/[^\w]/g, String.raw`\$&`);
        return stands ? `(?<!${PART.source})${escaped}(?![a-z0-9])` : escaped;
      }),
    ),
  ].join('|'),
  'i',
);

/** What each of the lines contains; runs of spaces count as one. */
const EVIDENCE: Evidence = {
  literals: [
    'curl',
    'wget',
    'powershell',
    'iex',
    'invoke-expression',
    'mkfifo',
    'base64 -d',
    'base64 --decode',
    'python -c',
    'python3 -c',
    '-e /bin/sh',
    '-e /bin/bash',
    '/dev/tcp/',
    'rm -',
    ':()',
    'dd if=/dev/',
  ],
};

export function codeExecution(context: MatcherContext): TextMatcher {
  return {
    kind: 'text',
    before: 32,
    after: LINE_LENGTH_MAX + 32,
    evidence: context.evidence(EVIDENCE),
    find,
  };
}

function find({ text }: TextView): readonly Range[] {
  if (!WORDS.test(text)) return [];
  const found: Range[] = [];
  // Otherwise the case of ASCII letters only, to keep offsets.
  const lower = isAsciiText(text)
    ? text.toLowerCase()
    : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  for (const { word, rest, before, stands } of LINES) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
      if (before && !before.test(text.slice(Math.max(0, at - 16), at))) continue;
      if (stands && PART.test(text[at - 1] ?? '')) continue;
      const match = rest.exec(text.slice(at, at + LINE_LENGTH_MAX));
      if (match) found.push({ start: at, end: at + match[0].length });
    }
  }
  return found.toSorted((one, other) => one.start - other.start);
}
