// Names of people after a title (`Herr Dr. X`), in a salutation (`Dear X,`), below the end of a letter, and
// before a Chinese, Japanese or Korean form of address.

import type { Detector, Range } from '../detector.ts';
import { beginsLine, beginsWord } from '../personal/labelled-field.ts';
import {
  casedNameEnd,
  hasFirstName,
  hasKnownName,
  isFullName,
  isPlausible,
  nameEnds,
} from '../personal/person-name.ts';
import { SURNAMES_FIRST } from '../personal/first-names.ts';
import { PERSON } from './labelled-name.ts';

/** Spelled as in a sentence; all capitals are no titles. */
const TITLES =
  'Mr,Mrs,Ms,Dr,Prof,Herr,Herrn,Frau,Mme,Mlle,Monsieur,Madame,Mademoiselle,Señor,Señora,Señorita,Sra,Sr,Srta,Doña,Sig,Signor,Signora,' +
  'Dott,Dott.ssa,Avv,Senhor,Senhora,Dra,Dhr,Mevr,Mevrouw,Meneer,heer,mevrouw,Pani,Panie,г-н,г-жа,господин,госпожа,Господин,Госпожа,Sayın';
const TITLE_WORDS: ReadonlySet<string> = new Set(TITLES.split(','));
/** Also words of other meanings, so a first name must follow. */
const WEAK_TITLES: ReadonlySet<string> = new Set([
  'Sr',
  'Pani',
  'Panie',
  'heer',
  'mevrouw',
  'Dr',
  'Dra',
  'Sig',
]);
const ARABIC_TITLES = ['السيد ', 'السيدة ', 'الدكتور ', 'الدكتورة ', 'الأستاذ '];

export const titledName: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: [...TITLE_WORDS].flatMap((title) => [`${title} `, `${title}. `]),
      startsWord: true,
    },
    { kind: 'word', words: ARABIC_TITLES },
  ],
  find(text, start, end): Range | undefined {
    if (!beginsWord(text, start)) return undefined;
    const title = text.slice(start, end).replace(/\.? $/, '');
    if (ARABIC_TITLES.includes(`${title} `)) {
      const [at] = nameEnds(text, end);
      return at !== undefined && isPlausible(text.slice(end, at)) ? { start, end: at } : undefined;
    }
    if (!TITLE_WORDS.has(title)) return undefined;
    const at = casedNameEnd(text, start);
    if (at === undefined || at <= end) return undefined;
    const name = text.slice(start, at);
    // `Herr der Ringe`, `Madame la Marquise`.
    if (
      !isPlausible(name) ||
      /^(?:der|die|das|la|le|les|el|los|las)$/.test(name.split(/\s+/)[1] ?? '')
    )
      return undefined;
    const hasDot = text[end - 2] === '.';
    const isPolite =
      title === 'heer' && /\b[Dd]e $/.test(text.slice(Math.max(0, start - 3), start));
    const isWeak =
      !isPolite &&
      WEAK_TITLES.has(title) &&
      !hasDot &&
      !hasFirstName(name) &&
      !isFullName(text.slice(end, at));
    return isWeak ? undefined : { start, end: at };
  },
};

/** Of letters: a name follows. */
const FORMAL =
  'dear ,liebe ,lieber ,liebes ,cher ,chère ,estimado ,estimada ,querido ,querida ,caro ,cara ,gentile ,egregio ,prezado ,prezada ,beste ,drogi ,droga ,' +
  'дорогой ,дорогая ,уважаемый ,уважаемая ,sevgili ,sehr geehrte ,sehr geehrter ,geachte ';
/** Of talk: the name must be a known one. */
const CASUAL =
  'hi ,hello ,hey ,hallo ,hola ,ciao ,bonjour ,salut ,olá ,merhaba ,cześć ,привет, ,здравствуйте, ,good morning ,good afternoon ,guten morgen ,guten tag ,moin ,hi, ,hello, ';
const FORMAL_WORDS: ReadonlySet<string> = new Set(FORMAL.split(',').filter((word) => word !== ''));

export const salutedName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [...FORMAL_WORDS, ...CASUAL.split(/(?<= ),/)] }],
  find(text, start, end): Range | undefined {
    const isNext = text.slice(Math.max(0, start - 2), start) === ', ';
    if (
      !isNext &&
      !beginsLine(text, start) &&
      !/[.!?:] $/.test(text.slice(Math.max(0, start - 2), start))
    )
      return undefined;
    const at = casedNameEnd(text, end);
    if (at === undefined || !isPlausible(text.slice(end, at))) return undefined;
    const name = text.slice(end, at);
    if (!/^[ ]?(?:[,!:;]|$|[\r\n]|\\[nr]|["'`])/.test(text.slice(at, at + 3))) return undefined;
    const isFormal = FORMAL_WORDS.has(text.slice(start, end).toLowerCase());
    if (isNext) return isFormal && hasKnownName(name) ? { start: end, end: at } : undefined;
    return hasFirstName(name) || (isFormal && text[at] !== ':')
      ? { start: end, end: at }
      : undefined;
  },
};

const CLOSINGS =
  'regards,sincerely,yours faithfully,yours truly,best wishes,kind wishes,respectfully,grüßen,grüssen,gruß,grüße,grüsse,cordialement,salutations,bien à vous,' +
  'un saludo,med vänlig hälsning,vänliga hälsningar,ystävällisin terveisin,med venlig hilsen,med vennlig hilsen,hilsen,s pozdravem,üdvözlettel,cu stimă,με εκτίμηση,з повагою,trân trọng,hormat saya,salam,בברכה,' +
  'saludos,atentamente,un abrazo,saluti,cordialmente,cumprimentos,atenciosamente,abraços,groeten,groet,hoogachtend,poważaniem,pozdrawiam,pozdrowieniami,' +
  'уважением,saygılarımla,saygılar,敬具,此致敬礼,此致,敬上,よろしくお願いいたします。,よろしくお願いします。,드림,감사합니다.,مع التحية,مع أطيب التحيات,وتفضلوا بقبول فائق الاحترام';
const CASUAL_CLOSINGS =
  'cheers,thanks,thank you,best,love,thx,danke,merci,gracias,grazie,obrigado,obrigada,bedankt,dzięki,спасибо,teşekkürler';
const BREAK = String.raw`(?:\r?\n|\\r\\n|\\n)`;
const LINE_BREAK = new RegExp(`[,.!、]?[ \\t]{0,4}(?:${BREAK}[ \\t>]{0,8}){1,3}`, 'y');
const CASUAL_WORDS: ReadonlySet<string> = new Set(CASUAL_CLOSINGS.split(','));

export const signedName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [...CLOSINGS.split(','), ...CASUAL_WORDS], startsWord: true }],
  find(text, start, end): Range | undefined {
    if (!beginsWord(text, start)) return undefined;
    LINE_BREAK.lastIndex = end;
    if (!LINE_BREAK.test(text)) return undefined;
    const from = LINE_BREAK.lastIndex;
    const isCasual = CASUAL_WORDS.has(text.slice(start, end).toLowerCase());
    for (const at of nameEnds(text, from)) {
      const name = text.slice(from, at);
      if (
        !/^[ \t]{0,4}(?:$|[\r\n]|\\{1,3}[nr"]|["'`]|, [\p{L}]|[ ]?\|)/u.test(text.slice(at, at + 8))
      )
        continue;
      if (!isPlausible(name)) continue;
      if (hasFirstName(name) || (!isCasual && isFullName(name))) return { start: from, end: at };
    }
    return undefined;
  },
};

const CJK = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u;
const ADDRESSED = new RegExp(`(${CJK.source}{1,5})(?:([ \\u3000])(${CJK.source}{1,4}))?$`, 'u');
const FAMILY: ReadonlySet<string> = new Set(SURNAMES_FIRST);

/** `佐藤 美咲様`, `王伟先生`, `김철수님`: a common surname precedes the form of address. */
export const addressedName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: ['様', 'さん', '先生', '女士', '小姐', '殿', '님', '씨'] }],
  find(text, start): Range | undefined {
    const gap = text[start - 1] === ' ' ? 1 : 0;
    const before = text.slice(Math.max(0, start - 12), start - gap);
    const [, first = '', space = '', last = ''] = ADDRESSED.exec(before) ?? [];
    const name = FAMILY.has(first) && space !== '' ? `${first}${space}${last}` : last || first;
    const from = start - gap - name.length;
    // A longer run is a sentence.
    if (name.length < 1 || CJK.test(text[from - 1] ?? '')) return undefined;
    const isSurname = [3, 2, 1].some(
      (length) => name.length >= length && FAMILY.has(name.slice(0, length)),
    );
    return isSurname ? { start: from, end: start - gap } : undefined;
  },
};

/** The reading in brackets after a Japanese name: `氏名: 佐藤 美咲（サトウ ミサキ）`. */
export const nameReading: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: ['（'] }],
  find(text, start, end): Range | undefined {
    const reading =
      /^[\p{sc=Katakana}\p{sc=Hiragana}ー]{2,12}(?:[ \u3000・][\p{sc=Katakana}\p{sc=Hiragana}ー]{2,12})?(?=[）)])/u.exec(
        text.slice(end, end + 28),
      );
    if (!reading) return undefined;
    const before = text.slice(Math.max(0, start - 40), start);
    if (
      !/(?:名|氏名|名前|患者|様|担当者?)["']?[ \t\u3000]{0,4}[:：=][ \t\u3000"']{0,6}[^\n:：]{2,14}$/.test(
        before,
      )
    )
      return undefined;
    return { start: end, end: end + reading[0].length };
  },
};

const INTRODUCTIONS =
  "my name is ,this is ,i am ,i'm ,mein name ist ,ich heiße ,ich bin ,je m'appelle ,je m’appelle ,je suis ,me llamo ,mi nombre es ,soy ,mi chiamo ,sono ," +
  'il sottoscritto ,la sottoscritta ,meu nome é ,chamo-me ,me chamo ,mijn naam is ,ik heet ,nazywam się ,меня зовут ,benim adım ,adım ,我叫,我是,私の名前は,제 이름은 ,اسمي ';
/** Whoever says these is named next; after the others, a known name must follow. */
const SURE_INTRODUCTION =
  /name|heiße|appelle|llamo|nombre|chiamo|sottoscritt|nome|chamo|naam|heet|nazywam|зовут|adım|我叫|名前|이름|اسمي/i;

/** `My name is Daniel Okafor`, `je m'appelle …`, `меня зовут …`. */
export const introducedName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: INTRODUCTIONS.split(/(?<=[ 叫是は]),/), startsWord: true }],
  find(text, start, end): Range | undefined {
    if (!beginsWord(text, start)) return undefined;
    const isSure = SURE_INTRODUCTION.test(text.slice(start, end));
    for (const at of nameEnds(text, end)) {
      const name = text.slice(end, at);
      if (!isPlausible(name)) continue;
      if (hasFirstName(name) && (isSure || isFullName(name))) return { start: end, end: at };
      if (isSure && isFullName(name) && /^[A-ZÀ-ÞА-Я]/.test(name)) return { start: end, end: at };
    }
    return undefined;
  },
};

/** `[09:14] Anna Koch: …`, `12/11/2026, 09:14 - Anna Koch: …`: who wrote a message. */
export const speakerName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: ['] ', ' - '], before: /[\dm]/i }],
  find(text, start, end): Range | undefined {
    if (!/\d:\d\d(?::\d\d)?(?: ?[ap]m)?$/i.test(text.slice(Math.max(0, start - 12), start)))
      return undefined;
    const at = casedNameEnd(text, end);
    if (at === undefined || text[at] !== ':') return undefined;
    const name = text.slice(end, at);
    return isPlausible(name) && hasKnownName(name) ? { start: end, end: at } : undefined;
  },
};
