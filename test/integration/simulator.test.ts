// What a first request to a fresh gateway shows: the value on the client's side, and its placeholder on the
// other.

import { expect, it } from 'vitest';
import { startGateway } from '../kit/gateway.ts';

it.each([
  ['whole', ''],
  ['in pieces of a character', 'split=1'],
])('a response %s shows what reached the simulator, and the restored value', async (_how, how) => {
  await using gateway = await startGateway({ bus: 'embedded' });
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': gateway.key,
      'content-type': 'application/json',
      'x-llmp-simulate': how,
    },
    body: JSON.stringify({
      model: 'claude-sonnet-5-5',
      max_tokens: 256,
      stream: how !== '',
      messages: [{ role: 'user', content: 'Write to ann.lee@corp-mail.org' }],
    }),
  });
  const body = await response.text();
  const deltas = Array.from(body.matchAll(/"text":("(?:[^"\\]|\\.)*")/g), ([, text = '']) =>
    String(JSON.parse(text)),
  );
  expect(deltas.join('')).toMatch(
    /^You said: Write to ann\.lee@corp-mail\.org\n\nI received: Write to PII·EMAIL·[a-z2-7]{8}\n/,
  );
  expect(response.headers.get('x-llmp-scrubbed')).toBe('EMAIL_ADDRESS=1');
});
