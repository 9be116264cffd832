// Caching changes only the scrubber's speed: a request is scrubbed as if it were the first one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/limits.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';
import { checkProperty } from '../../kit/properties.ts';

const CACHES_ALL = { ...limits, scan: { ...limits.scan, cacheCharsMin: 0 } };
const SECRET = ['hx7Kq2', 'mPz9Lw4T'].join('!');

/** Texts that reveal a value, and others in which no detector sees it. */
const TEXTS = [
  `password: ${SECRET}`,
  `It was ${SECRET} all along.`,
  `"${SECRET}"\n${SECRET}`,
  'write to jane.roe@acme-mail.org',
  'ask JANE.ROE@ACME-MAIL.ORG or jane.roe@acme-mail.org.',
  'nothing at all',
  'x4111 1111 1111 1111',
  'card 4111 1111 1111 1111',
];

function bodyOf(texts: readonly string[]): string {
  const messages = texts.map((content) => ({ role: 'user', content }));
  return JSON.stringify({ model: 'm', max_tokens: 9, messages });
}

describe('a scrubber with a cache', () => {
  it('scrubs each request like one without a cache', async () => {
    const request = fc.array(fc.constantFrom(...TEXTS), { maxLength: 6 });
    await checkProperty(
      fc.asyncProperty(fc.array(request, { maxLength: 8 }), async (requests) => {
        const warm = scrubbing({ limits: CACHES_ALL });
        for (const texts of requests) {
          const body = bodyOf(texts);
          expect(await warm(body)).toEqual(await scrubbing()(body));
        }
      }),
      { runs: 50 },
    );
  });

  it('finds a value in a text that was cached before the value was known', async () => {
    const scrub = scrubbing({ limits: CACHES_ALL });
    const [reveals = '', repeats = ''] = TEXTS;
    expect((await scrub(bodyOf([repeats]))).text).toContain(SECRET);
    const both = await scrub(bodyOf([reveals, repeats]));
    expect(both.text).not.toContain(SECRET);
    expect(tokensIn(both.text)).toHaveLength(2);
    // Values of one conversation do not leak into another.
    expect((await scrub(bodyOf([repeats]))).text).toContain(SECRET);
  });
});
