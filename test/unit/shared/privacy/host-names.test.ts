import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostNames } from '../../../../shared/privacy/host-names.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Names of hosts, as one expression that tries every character. */
const EVERYWHERE =
  /(?<![\p{L}\p{N}._-])(?:[\p{L}\p{N}_-]{1,63}\.){1,10}[\p{L}\p{N}-]{1,63}(?![\p{L}\p{N}_-])|(?<=\/\/)(?:[^\s/?#\\@"'<>]{0,100}@)?[\p{L}\p{N}.[\]:_-]{1,255}/gu;

const PIECES =
  'a|b.|foo|.com|//|/|.|..|-|_|xn--|é|ü|。|—|1|127.0.0.1|www.|@|u:pw@|:80| |\n|"|(|[::1]|😀|𝒜|\ud83d|\ude00'.split(
    '|',
  );

it('finds the names that an expression finds which tries every character', () => {
  const piece = fc.constantFrom(...PIECES, 'a'.repeat(62), 'b'.repeat(64));
  const texts = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(''));
  checkProperty(
    fc.property(texts, (text) => {
      const expected = Array.from(text.matchAll(EVERYWHERE), ({ 0: name, index }) => ({
        name,
        index,
      }));
      expect([...hostNames(text)]).toEqual(expected);
    }),
    { runs: 500 },
  );
});
