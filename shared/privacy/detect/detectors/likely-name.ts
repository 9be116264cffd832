// A common first name before a word with a capital. Not at the default level: such words also name streets,
// products and places.

import type { Detector, Range } from '../detector.ts';
import { beginsWord } from '../personal/labelled-field.ts';
import { FIRST_NAMES } from '../personal/first-names.ts';
import { casedNameEnd, isFullName, isPlausible } from '../personal/person-name.ts';
import { PERSON } from './labelled-name.ts';

/** A part of an identifier, a call or a sentence in title case follows. */
const NOT_AFTER = /^(?:[_([{=<>/@#]|\.\w|::|->|'\w{2})/;

/** Places, products and companies that have the name of a person. */
const THING =
  /(?:^|[ -])(?:River|Bay|Lake|Island|Islands|Beach|Valley|Mountain|Mountains|Hill|Hills|Falls|Park|Square|Street|Road|Avenue|Lane|Bridge|Station|Airport|Stadium|Arena|Tower|Building|House|Hall|Church|Cathedral|Hospital|Clinic|University|College|School|Institute|Foundation|Museum|Library|Theatre|Hotel|Group|Bank|Award|Prize|Cup|Line|Space|Telescope|Law|Theorem|Algorithm|Conjecture|Distribution|Transform|Method|Model|Says|County|City|Town|California|Texas|Florida|Carolina|Dakota|Straße|Platz|Allee|Weg|Ufer|Rue|Daniels|Bosch|Benz|Media|Press|Books|Records|Day|Week|Year|Edition|Version|Release|Series)$/u;
const COMPANY_AFTER =
  /^,? (?:GmbH|AG|SE|KG|Inc|Ltd|LLC|Corp|Co|S\.A|plc|B\.V|& (?:Co|Sons|Söhne)|Foundation|Institute|University|Street|Road|Avenue|Hospital|Airport|Stadium)\b/;
/** `San Francisco Bay`, `St. Thomas Aquinas`, and the declarations of programs. */
const NOT_BEFORE =
  /(?:\b(?:San|St|St\.|Saint|Santa|São|Los|Las|Port|Fort|Mount|Lake|New|El|class|interface|extends|implements|enum|struct|type|new|import|from|package|namespace|module|const|let|var|def|func|function|public|private|static|void|return) |[.#@$/\\:])$/;

/** Parts of names with a hyphen: `Mary-Ann`, `Hans-Peter`. */
const HYPHENATED =
  'mary,anna,anne,eva,maria,marie,hans,karl,klaus,heinz,ernst,jean,pierre,paul,luis,josé,lee,sarah,ann,jo,peggy,rose,lise,louise'.split(
    ',',
  );

export const likelyName: Detector = {
  ...PERSON,
  tier: 'C',
  triggers: [
    {
      kind: 'word',
      words: [
        ...[...FIRST_NAMES].map((name) => `${name} `),
        ...HYPHENATED.map((name) => `${name}-`),
      ],
    },
  ],
  find(text, start, end): Range | undefined {
    const name = text.slice(start, end - 1);
    if (!isCapitalized(name) || !beginsWord(text, start)) return undefined;
    const at = casedNameEnd(text, start);
    if (at === undefined || at <= end) return undefined;
    const found = text.slice(start, at);
    if (THING.test(found) || COMPANY_AFTER.test(text.slice(at, at + 20))) return undefined;
    if (NOT_BEFORE.test(text.slice(Math.max(0, start - 12), start))) return undefined;
    if (!isFullName(found) || !isPlausible(found) || NOT_AFTER.test(text.slice(at, at + 3)))
      return undefined;
    return { start, end: at };
  },
};

/** Refuses all capitals, which are constants and headings. */
function isCapitalized(name: string): boolean {
  return /^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$/u.test(name);
}
