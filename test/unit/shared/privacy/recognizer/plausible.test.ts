import { describe, expect, it } from 'vitest';
import { plausible } from '../../../../../shared/privacy/recognizer/plausible.ts';
import { SKIPPED, type Skipped } from '../../../../../shared/privacy/recognizer/rules.ts';

/** What is left of the span in `«»`. */
function left(
  marked: string,
  entity = 'PERSON',
  asked: string[] = [],
  skip: readonly Skipped[] = SKIPPED,
) {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const text = marked.replace(/[«»]/g, '');
  const options = { skip: new Set(skip), asked: new Set(asked) };
  const range = plausible(text, { start, end }, entity, options);
  return range && text.slice(range.start, range.end);
}

describe('a name', () => {
  it.each([
    ['I met «Ann Lee» today.', 'Ann Lee'],
    ['«Ann Lee»', 'Ann Lee'],
    ['Dear «Ann Lee,» hello', 'Ann Lee'],
    ['**«Ann Lee»**', 'Ann Lee'],
    ['«**Ann Lee**»', 'Ann Lee'],
    ['_«Ann Lee»_', 'Ann Lee'],
    ['«_Ann Lee_» came', 'Ann Lee'],
    ['("«Ann Lee»")', 'Ann Lee'],
    ['«Ann McDonald» called', 'Ann McDonald'],
    ['«DeShawn» called', 'DeShawn'],
    ['«LeBron» called', 'LeBron'],
    ['«O’Neil» called', 'O’Neil'],
    ['«Mary-Jane Smith-McKay»', 'Mary-Jane Smith-McKay'],
    ['«J. K. Rowling» wrote', 'J. K. Rowling'],
    ['«Dr. Ann Lee Jr.» wrote', 'Dr. Ann Lee Jr.'],
    ['«AssertionError Ann Lee»', 'Ann Lee'],
    ['«Ann Lee user_id» is', 'Ann Lee'],
    ['«221B Baker Street»', '221B Baker Street', 'LOCATION'],
    ['«Müller» war da', 'Müller'],
    ['«Ольга Иванова» пришла', 'Ольга Иванова'],
    ['我是«王伟»。', '王伟'],
    ['«محمد علي» هنا', 'محمد علي'],
    ['«ann lee» typed in a hurry', 'ann lee'],
    ['it`s «Ann Lee», isn`t it', 'Ann Lee'],
    ['a ` and «Ann Lee»', 'Ann Lee'],
    ['`code` and «Ann Lee» and `code`', 'Ann Lee'],
  ])('in %j is %j', (marked, expected, entity = 'PERSON') => {
    expect(left(marked, entity)).toBe(expected);
  });

  it.each([
    'raised «AssertionError» here',
    'raised «HTTPError» here',
    'call «fooBar» twice',
    'call «XMLHttpRequest» twice',
    'see «user_id»',
    'see «__init__»',
    'open «/home/Ann/notes»',
    'open /home/«Ann»/notes',
    'open C:\\Users\\«Ann»\\notes',
    'open ./docs/«Ann».md',
    'get https://x.org/«Ann»',
    'write to «Ann»@corp-mail.org',
    'run `«Ann Lee»` now',
    'import «numpy.random»',
    '«std::Ann»',
    '«$HOME»',
    '«#Ann»',
    '«<Ann>»',
    '«12,345»',
    '«4/5»',
    '«A1B2»',
    '«2024-05-01»',
    '«---»',
    '«JSON» is',
    '«Exception» is',
  ])('is not in %j', (marked) => {
    expect(left(marked)).toBeUndefined();
  });

  it('may be digits where the operator asked for its kind', () => {
    expect(left('born «2024-05-01»', 'DATE_TIME', ['DATE_TIME'])).toBe('2024-05-01');
    expect(left('born «2024-05-01»', 'DATE_TIME')).toBeUndefined();
    expect(left('call «12,345»', 'PERSON', ['PERSON'])).toBeUndefined();
  });

  it('may be code where the rules skip none', () => {
    expect(left('run `«Ann Lee»` now', 'PERSON', [], [])).toBe('Ann Lee');
    expect(left('open /home/«Ann»/notes', 'PERSON', [], [])).toBe('Ann');
    expect(left('raised «AssertionError» here', 'PERSON', [], [])).toBe('AssertionError');
  });
});
