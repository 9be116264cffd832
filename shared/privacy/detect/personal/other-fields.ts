// Fields whose labels are those of names and whose values are none: translations, steps of workflows.

import { isLetter, codeAt } from '../characters.ts';
import type { Range } from '../detector.ts';
import { around } from './labelled-field.ts';

/** What follows the name of a step in a workflow or a playbook. */
const STEP =
  /^["'\x60]?[^\n]{0,80}\n[ \t]{0,40}(?:-[ \t])?(?:uses|run|if|with|image|env|needs|steps|runs-on|shell|on|become|hosts|register|when|tags|notify|script|stage|command|jobs):/;
const STEP_LENGTH_MAX = 140;
const VERB =
  /^(?:add|added|archive|archived|change|choose|create|created|delete|deleted|edit|enter|existing|find|give|import|invite|merge|new|no|remove|rename|search|select|set|show|update|view|your)$/i;
const PHRASE_LENGTH_MAX = 60;

/** Whether the name that ends at `end` is that of a step: `- name: Setup Go` before `uses:`. */
export function isStep(text: string, end: number): boolean {
  return STEP.test(text.slice(end, end + STEP_LENGTH_MAX));
}

/** Whether the label ends a longer phrase in quotes: `"Give this address a name": "…"` is a translation. */
export function endsPhrase(text: string, start: number, end: number): boolean {
  const quote = text[end] ?? '';
  if (!'"\'`'.includes(quote) || text[start - 1] !== ' ') return false;
  const phrase = text.slice(Math.max(0, start - PHRASE_LENGTH_MAX), start);
  const words = phrase.slice(phrase.lastIndexOf(quote) + 1).trim();
  return /\s/.test(words) || VERB.test(words);
}

/** Whether a database beside it has the same name: `POSTGRES_DB=shop`, `POSTGRES_USER=shop`. */
export function isDatabaseOf(text: string, { start, end }: Range): boolean {
  const name = text.slice(start, end);
  return [
    ...around(text, { start, end }, DATABASE_REACH).matchAll(
      /(?:_db|database|db_?name|dbname)["']?[ \t]*[:=][ \t]*["']?([\w.-]{2,32})/gi,
    ),
  ].some(([, database]) => database === name);
}

const DATABASE_REACH = 160;

/** Whether the label is a property of an object in a program: `self.remote_user = arg`. */
export function isProperty(text: string, start: number): boolean {
  return /\b(?:self|this|cls|me|obj|opts|args|params|req|request|ctx)\.\w{0,24}$/.test(
    text.slice(Math.max(0, start - 36), start),
  );
}

/** `service user`, `SERVICE_ACCOUNT`; the last letter is a cheap test. */
export function isOfService(text: string, start: number): boolean {
  const last = isLetter(codeAt(text, start - 1)) ? start - 1 : start - 2;
  if (text[last] !== 'e' && text[last] !== 'E') return false;
  return /service[_ -]?$/i.test(text.slice(Math.max(0, start - 8), start));
}

/** `Please be patient: …`. */
export function isAdjective(text: string, start: number, end: number): boolean {
  return (
    /^patient$/i.test(text.slice(start, end)) &&
    /\b(?:be|being|is|are|was|were|stay|remain|more|very) $/i.test(
      text.slice(Math.max(0, start - 8), start),
    )
  );
}
