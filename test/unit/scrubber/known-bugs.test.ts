// Known bugs of other gateways on the request path, one test each. The response path is in
// test/unit/ingress/restore/known-bugs.test.ts, whole-gateway bugs in test/integration/known-bugs.test.ts.

import { describe, expect, it } from 'vitest';
import { restoreText } from '../../../services/ingress/restore/restore-text.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { limits } from '../../../shared/limits.ts';
import { countingScanner, SCANNER, scrubbing, tokensIn } from '../../kit/scrubbing.ts';
import { recordOf } from '../../kit/vaults.ts';

const ANN = 'ann.lee@corp-mail.org';
const BOB = 'bob.roy@corp-mail.org';
const CARD = '4111 1111 1111 1111';

type Content = string | readonly unknown[];

function body(...contents: readonly Content[]): string {
  const messages = contents.map((content, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return JSON.stringify({ model: 'claude-test', max_tokens: 9, messages });
}

describe('the scrubber does not repeat', () => {
  it('LiteLLM 31959: two people in two messages share a placeholder, and the last one wins', async () => {
    const { text, vault } = await scrubbing()(body(`I am ${ANN}`, 'Hello.', `I am ${BOB}`));
    const [first = '', second = ''] = tokensIn(text);
    expect(tokensIn(text)).toHaveLength(2);
    expect(first).not.toBe(second);
    expect(recordOf(vault.values)).toEqual({ [first]: ANN, [second]: BOB });
  });

  it('LiteLLM 41600, 42138: placeholders change with every request', async () => {
    const scrub = scrubbing();
    const first = await scrub(body(`I am ${ANN}`));
    // Another value before it, another position, another replica, another time.
    const later = await scrub(body(`Ask ${BOB}`, 'Yes.', `and ${ANN}`));
    const elsewhere = await scrubbing()(body(`I am ${ANN}`));
    expect(tokensIn(later.text)[1]).toBe(tokensIn(first.text)[0]);
    expect(elsewhere.text).toBe(first.text);
  });

  it('LiteLLM 22627: the table of placeholders goes to the provider as a field of the body', async () => {
    const sent = body(`I am ${ANN}`);
    const { text, vault } = await scrubbing()(sent);
    const [token = ''] = Object.keys(recordOf(vault.values));
    // Only the value has changed; no field was added.
    expect(text).toBe(sent.replace(ANN, token));
  });

  it('LiteLLM 30723: the arguments of tools are not masked', async () => {
    const sent = body('Send it.', [
      { type: 'tool_use', id: 'toolu_1', name: 'send', input: { to: [ANN], [BOB]: { n: CARD } } },
    ]);
    const { text } = await scrubbing()(sent);
    expect(text).not.toMatch(/corp-mail|4111/);
    const { messages } = JSON.parse(text) as { messages: { content: unknown }[] };
    expect(messages[1]).toMatchObject({
      content: [
        { id: 'toolu_1', name: 'send', input: { to: [expect.stringMatching(/^PII_EMAIL_/)] } },
      ],
    });
  });

  it('LiteLLM 28316, 28197: what was restored is masked again, as something else', async () => {
    const scrub = scrubbing();
    const response = `Wrote to ${ANN}. password = "Harbour!2291x"`;
    const first = await scrub(body('Go on.', response));
    const restored = restoreText(first.text, first.vault.values);
    expect(restored).toBe(body('Go on.', response));
    expect((await scrub(restored)).text).toBe(first.text);
    // A placeholder that was not restored stays as it is, even in a secret's place.
    const again = await scrub(first.text);
    expect([again.text, recordOf(again.vault.values)]).toEqual([first.text, {}]);
  });

  it.each([
    'Move the S3 bucket into the EKS cluster.',
    'Draw the C4 model, level C2, for EC2, RDS and SQS.',
    'Use IPv4 and UTF-8, on ARM64, with TLS 1.3 and HTTP/2.',
    'Ask Claude to deploy Jenkins to Paris, Texas, on Monday.',
    'const s3 = new S3Client({ region: "eu-west-1" });',
  ])('LiteLLM 21949: names of services are masked: %s', async (words) => {
    const { text } = await scrubbing()(body(words));
    expect(text).toBe(body(words));
  });

  it('LiteLLM 8359: only the copy for the log is masked, and the model gets the value', async () => {
    const { text, vault } = await scrubbing()(body(`I am ${ANN}`));
    expect(text).not.toContain(ANN);
    expect(Object.values(recordOf(vault.values))).toEqual([ANN]);
  });

  it('LLM Guard PR 82: a second request on the same vault numbers from the start', async () => {
    const scrub = scrubbing();
    const first = await scrub(body(`I am ${ANN}`));
    const second = await scrub(body(`I am ${BOB}`));
    expect(tokensIn(second.text)).not.toEqual(tokensIn(first.text));
    expect(Object.values(recordOf(first.vault.values))).toEqual([ANN]);
    expect(Object.values(recordOf(second.vault.values))).toEqual([BOB]);
  });

  it('LLM Guard 131: of two requests at once one gets the values of the other', async () => {
    // Yields after every text, so that the requests really interleave.
    const scrub = scrubbing({ limits: { ...limits, eventLoop: { timeSliceMs: 0 } } });
    const people = Array.from({ length: 12 }, (_, index) => `person${index}@corp-mail.org`);
    const requests = people.map((person) =>
      body(
        ...Array.from({ length: 8 }, (_, turn) => `${turn}: ${'on and on '.repeat(60)}${person}`),
      ),
    );
    const alone = await Promise.all(requests.map(async (request) => await scrubbing()(request)));
    const together = await Promise.all(requests.map((request) => scrub(request)));
    expect(together).toEqual(alone);
    expect(together.map(({ vault }) => Object.values(recordOf(vault.values)))).toEqual(
      people.map((person) => [person]),
    );
  });

  it('anon_proxy 6: every turn scans the whole conversation again', async () => {
    const { scanner, texts } = countingScanner();
    const scrub = scrubbing({ scanner });
    const turn = (index: number) =>
      `Turn ${index} of ${ANN}. ${'All work and no play. '.repeat(40)}`;
    const turns = Array.from({ length: 30 }, (_, index) => turn(index));
    await scrub(body(...turns));
    texts.length = 0;
    const { text } = await scrub(body(...turns, turn(30)));
    const charsScanned = texts.reduce((sum, read) => sum + read.length, 0);
    // Only words too short to be worth a hash are scanned again, such as the model.
    expect(texts.filter(({ length }) => length >= limits.scan.cacheCharsMin)).toEqual([turn(30)]);
    expect(charsScanned).toBeLessThan(1.5 * turn(30).length);
    // Cached findings are replaced as well.
    expect(tokensIn(text)).toHaveLength(31);
  });

  it('voidllm 135: a tool call that cannot be scanned passes unmasked', async () => {
    const input = { note: 'the harbour road, number nine' };
    const call = body('Go.', [{ type: 'tool_use', id: 'toolu_1', name: 'save', input }]);
    const recognize = async (text: string) => {
      if (text.includes('harbour')) throw new LlmpError('stage_failed');
      return [];
    };
    await expect(scrubbing({ recognize })(call)).rejects.toMatchObject({ code: 'stage_failed' });
    // Nor does anything that makes the scanner throw.
    const scanner = {
      ...SCANNER,
      *slices(text: string): ReturnType<typeof SCANNER.slices> {
        if (text.includes('harbour')) throw new RangeError('scanner failed');
        return yield* SCANNER.slices(text);
      },
    };
    await expect(scrubbing({ scanner })(call)).rejects.toThrow('scanner failed');
  });
});
