// The Python SDK in both major versions, with its synchronous and asynchronous client. A script calls
// the API and prints a report, which is checked here.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_BUSES } from '../kit/client-buses.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { describeWithPython, PYTHON_SDKS } from '../kit/python.ts';
import { textOf } from '../kit/readme-tables.ts';
import { settledLines } from '../kit/request-log.ts';

const model = 'claude-opus-5-5';
const SCRIPT_BY_CLIENT = { synchronous: 'conversation', asynchronous: 'conversation-async' };
const MESSAGE = {
  type: 'message',
  role: 'assistant',
  model,
  content: [{ type: 'text', text: 'You said: Hello from Python' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
};

interface Report {
  readonly [name: string]: unknown;
  readonly requestId: string;
  readonly deltas: readonly string[];
}

describeWithPython.each(CLIENT_BUSES)('on the %s bus', (bus) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ bus });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  describe.each(PYTHON_SDKS)('the Python SDK $version', (sdk) => {
    describe.each(Object.entries(SCRIPT_BY_CLIENT))('with its %s client', (_, script) => {
      let report: Report;
      beforeAll(async () => {
        const { url, key } = gateway;
        report = await sdk.run<Report>(script, { url, key, model });
      });

      it('creates a message', async () => {
        expect(report['created']).toMatchObject(MESSAGE);
        await settledLines(gateway, (line) => line.requestId === report.requestId, 1);
      });

      it('authenticates with auth_token', () => {
        expect(report['byToken']).toBe('end_turn');
      });

      it('streams', () => {
        expect(report.deltas.length).toBeGreaterThan(1);
        expect(report.deltas.join('')).toBe('You said: Hello from Python');
        expect(report['streamed']).toMatchObject(MESSAGE);
      });

      it('iterates the events of a stream in order', () => {
        const types = new Set(report['events'] as string[]);
        expect([...types]).toEqual([
          'message_start',
          'content_block_start',
          'content_block_delta',
          'content_block_stop',
          'message_delta',
          'message_stop',
        ]);
      });

      it('accepts blocks of unknown types', () => {
        expect(report['unknown']).toEqual(['text', 'x_simulated_block']);
      });

      it('sends thinking blocks back', () => {
        expect(report['thinking']).toEqual(['thinking', 'text']);
        expect(report['afterThinking']).toBe('You said: And on');
      });

      it('completes a tool loop', () => {
        expect(report['toolInput']).toEqual({ town: 'Zürich "Nord"' });
        expect(report['toolResponse']).toBe('The tool said: Rain in Zürich "Nord".');
      });

      it('uses the beta API', () => {
        expect(report['beta']).toBe('You said: Hello from Python');
      });

      it('counts tokens', () => {
        expect(report['inputTokens']).toBeGreaterThan(0);
      });

      it('lists models page by page and retrieves one', () => {
        expect(report['models']).toContain(model);
        expect((report['models'] as string[]).length).toBeGreaterThan(2);
        expect(report['retrieved']).toBe(model);
      });
    });

    it('runs the program of the README', async () => {
      const [, shown = ''] = /```python\n(.*?)```/s.exec(textOf('README.md')) ?? [];
      const program = shown
        .replace('http://127.0.0.1:8080', gateway.url)
        .replace('llmp_…', gateway.key);
      expect(await sdk.run('printed', { program })).toEqual({ printed: 'You said: Hello\n' });
    });

    it('can disconnect mid-stream', async () => {
      const { url, key } = gateway;
      const abandoned = `abandoned-by-${sdk.version}`;
      const task = { url, key, model: abandoned, simulate: 'words=1000 pace=50' };
      expect(await sdk.run('disconnect', task)).toEqual({ text: expect.stringMatching(/./) });
      const [line] = await settledLines(gateway, (each) => each.model === abandoned, 1);
      expect(line).toMatchObject({ outcome: 'client_disconnected', status: 200 });
    });
  });
});
