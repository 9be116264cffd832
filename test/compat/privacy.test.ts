// Real clients with personal data: their side works with the values, and the upstream never sees them.

import Anthropic from '@anthropic-ai/sdk';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../services/upstream/simulator/simulator.ts';
import { createUpstream } from '../../services/upstream/upstream.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { createScanner } from '../../shared/privacy/detect/scan.ts';
import { limits } from '../../shared/limits.ts';
import type { Stage, UpstreamContext } from '../../shared/protocol/stage.ts';
import { askClaude, createWorkplace, describeWithClaudeCode } from '../kit/claude-code.ts';
import { CLIENT_BUSES } from '../kit/client-buses.ts';
import { NO_CACHE } from '../kit/caches.ts';
import { NO_RULES } from '../kit/policies.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';

const MAIL = 'ann.lee@corp-mail.org';
const CARD = '4111 1111 1111 1111';

/** The simulator, recording the request bodies. */
function recordedSimulator(bodies: string[]): Stage<UpstreamContext> {
  const simulator = createSimulator({ clock: systemClock });
  return createUpstream({
    isFree: true,
    transport: (request) => {
      bodies.push(Buffer.from(request.body.bytes).toString());
      return simulator(request);
    },
    clock: systemClock,
    limits: {
      ...limits.upstream,
      ...limits.eventLoop,
      responseBytesMax: limits.pipeline.responseBytesMax,
    },
    credential: [],
    responseRules: { scanner: createScanner([]), actionFor: () => 'ignore' },
    policies: NO_RULES,
    cache: NO_CACHE,
  });
}

interface RecordedGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly bodies: readonly string[];
}

async function startRecorded(bus: (typeof CLIENT_BUSES)[number]): Promise<RecordedGateway> {
  const bodies: string[] = [];
  const stages = { upstream: recordedSimulator(bodies) };
  const gateway = await startGateway({ bus, replaced: { stages } });
  return { gateway, bodies, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

describeWithClaudeCode.each(CLIENT_BUSES)('Claude Code on the %s bus', (bus) => {
  let recorded: RecordedGateway;
  beforeAll(async () => {
    recorded = await startRecorded(bus);
  });
  afterAll(() => recorded[Symbol.asyncDispose]());

  it('writes values into a file that the upstream knows only as placeholders', async () => {
    using workplace = createWorkplace();
    const path = join(workplace.directory, 'invoice.txt');
    const content = `To: ${MAIL}\nPaid with ${CARD}.\n`;
    const input = JSON.stringify({ file_path: path, content });
    const args = ['--allowedTools', 'Write'];
    const prompt = `[[simulate: tool=Write input=${input}]]`;
    await askClaude(prompt, { gateway: recorded.gateway, workplace, args });
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(recorded.bodies.length).toBeGreaterThanOrEqual(2);
    expect(recorded.bodies.join('')).not.toMatch(/corp-mail|4111 1111/);
    expect(recorded.bodies.at(-1)).toMatch(/PII_EMAIL_[a-z2-7]{8}[^]*PII_CARD_[a-z2-7]{8}/);
  });
});

describe.each(CLIENT_BUSES)('the TypeScript SDK on the %s bus', (bus) => {
  let recorded: RecordedGateway;
  beforeAll(async () => {
    recorded = await startRecorded(bus);
  });
  afterAll(() => recorded[Symbol.asyncDispose]());

  it('streams the values it sent, wherever deltas are cut', async () => {
    const { url: baseURL, key: apiKey } = recorded.gateway;
    const client = new Anthropic({ baseURL, apiKey });
    const content = `[[simulate: split=3 show=echo]] ${MAIL} and ${CARD}`;
    const stream = client.messages.stream({
      model: 'claude-sonnet-5-5',
      max_tokens: 64,
      messages: [{ role: 'user', content }],
    });
    expect(await stream.finalText()).toBe(`You said: ${MAIL} and ${CARD}`);
    expect(recorded.bodies.join('')).not.toMatch(/corp-mail|4111 1111/);
  });
});
