import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecognizer } from '../../../../shared/privacy/recognizer.ts';
import { recognizerRules } from '../../../../shared/privacy/recognizer/rules.ts';
import { TimeSlice } from '../../../../shared/runtime/time-slice.ts';
import { DEFAULT_RULES } from '../../../../shared/privacy/rules.ts';
import { createScrubber } from '../../../../services/scrubber/scrubber.ts';
import { systemClock } from '../../../../shared/runtime/clock.ts';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../shared/privacy/detect/scan.ts';
import { splice } from '../../../../shared/json/edit.ts';
import { limits } from '../../../../shared/limits.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { requestMessage } from '../../../kit/request-messages.ts';
import { confirm } from '../../../kit/permits.ts';

let server: Server;
let url: string;
let requests: { text: string; language: string }[];
/** Returns the server's response to a text; undefined: never responds. */
let respond: (text: string) => { status: number; body: string } | undefined;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as (typeof requests)[number];
      requests.push(body);
      const reply = respond(body.text);
      if (reply) response.writeHead(reply.status).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
});

const timeSlice = () => new TimeSlice(systemClock, 4, new AbortController().signal);

function findsName(name: string): typeof respond {
  return (text) => {
    const before = text.indexOf(name);
    // Code points, because the analyzer is written in Python.
    const start = Array.from(text.slice(0, before)).length;
    const found = { entity_type: 'PERSON', start, end: start + name.length, score: 0.85 };
    return { status: 200, body: JSON.stringify(before < 0 ? [] : [found]) };
  };
}

async function scrub(text: string, deadlineMs = 2_000) {
  const stage = createScrubber({
    scanner: createScanner(DETECTORS.filter(({ tier }) => tier !== 'C')),
    recognize: createRecognizer(
      recognizerRules.parse({ url, deadline_ms: deadlineMs }),
      systemClock,
    ),
    rules: DEFAULT_RULES,
    masterKey: Buffer.alloc(32, 7),
    clock: systemClock,
    limits,
  });
  const body = JSON.stringify({ text, again: text });
  const context = { signal: new AbortController().signal, confirm, sendVault: () => {} };
  const outcome = await stage(requestMessage({}, Buffer.from(body)), context);
  return outcome.kind === 'pass' ? splice(body, outcome.edits ?? []) : outcome.kind;
}

describe('the remote recognizer', () => {
  it('adds findings, sends equal texts once, and converts code points', async () => {
    respond = findsName('Ann Lee');
    const sent = await scrub('😀 Ann Lee, ann.lee@corp-mail.org');
    expect(sent).toMatch(/"text":"😀 PII_NAME_[a-z2-7]{8}, PII_EMAIL_[a-z2-7]{8}"/);
    expect(requests).toEqual([{ text: '😀 Ann Lee, ann.lee@corp-mail.org', language: 'en' }]);
  });

  it.each([
    ['PERSON', 'PERSON'],
    ['US_SSN', 'US_SSN'],
    ['person', 'PERSON'],
    ['date of birth', 'DATE_OF_BIRTH'],
    ['Street-Address (DE)', 'STREET_ADDRESS_DE'],
    ['2nd_name', 'ND_NAME'],
    ['ИМЯ', 'UNNAMED'],
    ['名前 NAME', 'NAME'],
    ['"},{"', 'UNNAMED'],
    ['A\r\nset-cookie: b', 'A_SET_COOKIE_B'],
    ['', 'UNNAMED'],
    ['X'.repeat(100), 'X'.repeat(63)],
  ])('calls the entity %j %s', async (entity, expected) => {
    const found = [{ entity_type: entity, start: 0, end: 7, score: 1 }];
    respond = () => ({ status: 200, body: JSON.stringify(found) });
    const recognize = createRecognizer(recognizerRules.parse({ url }), systemClock);
    const findings = await recognize('Ann Lee is here', timeSlice());
    expect(findings.map(({ detector }) => detector.entity)).toEqual([expected]);
  });

  it('calls every entity by a name that rules, headers and JSON can hold', async () => {
    const recognize = createRecognizer(recognizerRules.parse({ url }), systemClock);
    const name = fc.string({ unit: 'binary', maxLength: 100 });
    await checkProperty(
      fc.asyncProperty(name, async (entity) => {
        const found = [{ entity_type: entity, start: 0, end: 7, score: 1 }];
        respond = () => ({ status: 200, body: JSON.stringify(found) });
        const [finding] = await recognize('Ann Lee is here', timeSlice());
        expect(finding?.detector.entity).toMatch(/^[A-Z][A-Z0-9_]{0,62}$/);
      }),
    );
  });

  it.each(['ИМЯ', '', 'A B', 'A,B', '1ST', 'A'.repeat(64)])(
    'cannot be asked for the entity %j',
    (entity) => {
      const rules = { url, entities: ['PERSON', entity] };
      expect(() => recognizerRules.parse(rules)).toThrow('must be an entity such as PERSON');
    },
  );

  it('is not called for single words', async () => {
    respond = findsName('x');
    await scrub('identifier');
    expect(requests).toEqual([]);
  });

  it.each([
    ['an error', { status: 500, body: '[]' }],
    ['an invalid response', { status: 200, body: '{"a":1}' }],
    ['a timeout', undefined],
  ])('fails closed on %s', async (_what, reply) => {
    respond = () => reply;
    await expect(scrub('some words here', 100)).rejects.toMatchObject({
      code: 'recognizer_failed',
    });
  });
});
