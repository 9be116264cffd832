// Passphrases of several words after their name: seed phrases of wallets (BIP-39: twelve to twenty-four lower-case
// words of three to eight letters), and other passphrases in quotes or to the end of the line.

import { isEscape } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { placeholderWordIn } from '../placeholder-secret.ts';

const LEAD =
  /(?:[ _-]?(?:phrase|words?|key))?[\\"'\]*)]{0,4}(?:[ \t]{0,4}\([^()\n]{0,40}\))?\s{0,4}(?:(?:is|was|are|ist|lautet|est|es|era)\b|è|é|は|是|为|—|–)?\s{0,2}(?:=>|:=|[:=：])?\s{0,8}[[(]?[\\"'`“„«]{0,4}/iy;
const SEED = /[a-z]{3,8}(?:(?:[ \t]{1,2}|, ?|\r?\n)[a-z]{3,8}){11,23}(?![a-z])/y;
/** Numbered, or each word in quotes. */
const NUMBERED =
  /1[.):]? ?[a-z]{3,8}(?:[ \t,;]{0,3}(?:\r?\n)?[ \t]{0,4}\d{1,2}[.):]? ?[a-z]{3,8}){11,23}(?![a-z])/y;
const QUOTED = /(?<=["'])[a-z]{3,8}(?:["'],\s{0,8}["'][a-z]{3,8}){11,23}(?=["'])/y;
const PASSPHRASE =
  /[A-Za-z]{3,12}(?: [A-Za-z0-9]{3,12}){3,11}(?=[\\"'`”“»]|\.?(?:\s*$|\r?\n|\\n))/y;
/** In no list of words, but in every sentence. */
const SENTENCE =
  /(?:^|[ ,\n])(?:the|and|for|with|your|from|are|was|must|should|please|have|has|not|can|will|this|that)(?=[ ,\n]|$)/i;

/** Quoted words after one of these. */
const NAMES = ['secret', 'password'];
const LOWER_CASE_WORDS = /[a-z]{3,12}(?: [a-z]{3,12}){3,11}(?: \d{1,4})?(?=[\\"'])/y;

export const seedPhrase: Detector = {
  entity: 'SEED_PHRASE',
  label: 'SECRET',
  tier: 'B',
  secret: true,
  triggers: [
    {
      kind: 'word',
      words: [
        'mnemonic',
        'seed phrase',
        'seed_phrase',
        'seedphrase',
        'seed words',
        'recovery phrase',
        'recovery words',
        'secret phrase',
        'backup phrase',
        'wallet seed',
        'wallet words',
        'bip39',
        'bip-39',
        'phrase de récupération',
        'phrase secrète',
        'frase semilla',
        'frase de recuperación',
        'frase semente',
        'frase de recuperação',
        'frase di recupero',
        'wiederherstellungsphrase',
        'wiederherstellungswörter',
        'seed-wörter',
        'herstelzin',
        'fraza odzyskiwania',
        'мнемоническая фраза',
        'сид-фраза',
        'сид фраза',
        'seed-фраза',
        '助记词',
        '助記詞',
        '恢复短语',
        'シードフレーズ',
        'ニーモニック',
        'リカバリーフレーズ',
        '니모닉',
        '복구 문구',
        'kurtarma ifadesi',
        'seed',
        'passphrase',
        'pass phrase',
        ...NAMES.flatMap((name) =>
          ['=', ' = ', ': '].flatMap((gap) => [`${name}${gap}"`, `${name}${gap}'`]),
        ),
      ],
    },
  ],
  find(text, start, end): Range | undefined {
    if (/[A-Za-z]/.test(text[start - 1] ?? '') && !isEscape(text, start - 1)) return undefined;
    if (/["']$/.test(text.slice(start, end))) return phraseAt(LOWER_CASE_WORDS, text, end, true);
    LEAD.lastIndex = end;
    const from = LEAD.test(text) ? LEAD.lastIndex : end;
    const isPassphrase = /^pass/i.test(text.slice(start, end));
    const patterns = isPassphrase ? [PASSPHRASE] : [SEED, NUMBERED, QUOTED];
    // Plants have seeds too.
    const isPlant =
      /^seed$/i.test(text.slice(start, end)) && !/[:=]|phrase|words/.test(text.slice(end, from));
    if (from === end || isPlant) return undefined;
    for (const pattern of patterns) {
      const found = phraseAt(pattern, text, from, isPassphrase);
      if (found) return found;
    }
    return undefined;
  },
};

function phraseAt(
  pattern: RegExp,
  text: string,
  from: number,
  isChosen: boolean,
): Range | undefined {
  pattern.lastIndex = from;
  if (!pattern.test(text)) return undefined;
  const phrase = text.slice(from, pattern.lastIndex);
  if (SENTENCE.test(phrase) || (isChosen && phrase.split(' ').some(placeholderWordIn)))
    return undefined;
  return { start: from, end: pattern.lastIndex };
}
