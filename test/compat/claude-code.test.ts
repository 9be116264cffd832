// Claude Code through a running gateway: conversation, tools on real files, sessions and authentication.
// `claude-errors.test.ts` has its reactions to errors.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askClaude, createWorkplace, describeWithClaudeCode } from '../kit/claude-code.ts';
import { CLIENT_BUSES } from '../kit/client-buses.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { requestLines, settledLines } from '../kit/request-log.ts';

describeWithClaudeCode.each(CLIENT_BUSES)('Claude Code on the %s bus', (bus) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ bus });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  /** Runs a prompt and waits until `count` requests are logged. */
  async function run(
    prompt: string,
    count: number,
    options: Omit<Parameters<typeof askClaude>[1], 'gateway'> = {},
  ) {
    const before = requestLines(gateway).length;
    const { stdout, exitCode } = await askClaude(prompt, { gateway, ...options });
    const requests = await settledLines(gateway, () => true, count, before);
    return { stdout: stdout.trim(), exitCode, requests };
  }

  it('gets a response with one request', async () => {
    const { stdout, exitCode, requests } = await run('say hi', 1);
    expect({ stdout, exitCode }).toEqual({ stdout: 'You said: say hi', exitCode: 0 });
    expect(requests).toMatchObject([
      { method: 'POST', route: '/v1/messages', stream: true, status: 200, outcome: 'responded' },
    ]);
  });

  it('writes a file and sends the result', async () => {
    using workplace = createWorkplace();
    const path = join(workplace.directory, 'poem.txt');
    const content = 'A line with "quotes", a \\ and ä 𝄞\n';
    const input = JSON.stringify({ file_path: path, content });
    const args = ['--allowedTools', 'Write'];
    const { stdout, exitCode, requests } = await run(`[[simulate: tool=Write input=${input}]]`, 2, {
      workplace,
      args,
    });
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect({ stdout, exitCode }).toMatchObject({
      stdout: expect.stringMatching(/^The tool said: File created successfully/),
      exitCode: 0,
    });
    expect(requests.map(({ annotations }) => annotations?.['stopReason'])).toEqual([
      'tool_use',
      'end_turn',
    ]);
  });

  it('reads a file', async () => {
    using workplace = createWorkplace();
    const path = join(workplace.directory, 'note.txt');
    writeFileSync(path, 'What the pond hides\n');
    const input = JSON.stringify({ file_path: path });
    const args = ['--allowedTools', 'Read'];
    const { stdout } = await run(`[[simulate: tool=Read input=${input}]]`, 2, { workplace, args });
    expect(stdout).toMatch(/^The tool said: .*What the pond hides/);
  });

  it('runs a command', async () => {
    using workplace = createWorkplace();
    const input = { command: 'printf "made it" > made.txt && cat made.txt', description: 'Make' };
    const args = ['--allowedTools', 'Bash'];
    const prompt = `[[simulate: tool=Bash input=${JSON.stringify(input)}]]`;
    const { stdout } = await run(prompt, 2, { workplace, args });
    expect(stdout).toBe('The tool said: made it');
    expect(readFileSync(join(workplace.directory, 'made.txt'), 'utf8')).toBe('made it');
  });

  it('runs a subagent', async () => {
    const input = {
      description: 'Child',
      prompt: 'I am the child',
      subagent_type: 'general-purpose',
      run_in_background: false,
    };
    const args = ['--allowedTools', 'Agent'];
    const prompt = `[[simulate: tool=Agent input=${JSON.stringify(input)}]]`;
    const { stdout, requests } = await run(prompt, 3, { args });
    expect(stdout).toContain('You said: I am the child');
    expect(requests.map(({ outcome }) => outcome)).toEqual(['responded', 'responded', 'responded']);
  });

  it('keeps its session with --continue', async () => {
    using workplace = createWorkplace();
    const json = ['--output-format', 'json'];
    const first = await run('My name is Ada', 1, { workplace, args: json });
    const second = await run('And now?', 1, { workplace, args: [...json, '--continue'] });
    const [before, after] = [first, second].map(
      ({ stdout }) => JSON.parse(stdout) as Record<string, unknown>,
    );
    expect(after).toMatchObject({ result: 'You said: And now?', is_error: false });
    expect(after?.['session_id']).toBe(before?.['session_id']);
    const [tokensBefore, tokensAfter] = [first, second].map(({ requests }) =>
      Number(requests[0]?.annotations?.['inputTokens']),
    );
    expect(tokensAfter).toBeGreaterThan(tokensBefore ?? 0);
  });

  it('streams partial messages', async () => {
    const args = ['--output-format', 'stream-json', '--verbose', '--include-partial-messages'];
    const { stdout } = await run('in parts please', 1, { args });
    const deltas = stdout
      .split('\n')
      .map((line) => JSON.parse(line) as { event?: { delta?: { text?: string } } })
      .flatMap(({ event }) => event?.delta?.text ?? []);
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join('')).toBe('You said: in parts please');
  });

  it('authenticates with ANTHROPIC_API_KEY', async () => {
    const env = { ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_API_KEY: gateway.key };
    const { stdout } = await run('by key', 1, { env });
    expect(stdout).toBe('You said: by key');
  });

  it('works with the key of another provider besides its token', async () => {
    const { stdout } = await run('both', 1, { env: { ANTHROPIC_API_KEY: 'sk-ant-of-another' } });
    expect(stdout).toBe('You said: both');
  });

  it('has its custom headers forwarded', async () => {
    const env = { ANTHROPIC_CUSTOM_HEADERS: 'x-llmp-simulate: text=heard it' };
    const { stdout } = await run('anything', 1, { env });
    expect(stdout).toBe('heard it');
  });

  it('discovers the models', async () => {
    const env = { CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1' };
    const { requests } = await run('which models', 2, { env });
    const discovery = requests.find(({ method }) => method === 'GET');
    expect(discovery).toMatchObject({ route: '/v1/models', status: 200 });
  });

  it('counts the tokens of its context', async () => {
    const { stdout, requests } = await run('/context', 25);
    expect(stdout).toContain('System prompt');
    const routes = new Set(requests.map(({ route, status }) => `${route} ${status}`));
    expect([...routes]).toEqual(['/v1/messages/count_tokens 200']);
  });

  it('works with an older model', async () => {
    const { stdout } = await run('old', 1, { args: ['--model', 'claude-haiku-4-5'] });
    expect(stdout).toBe('You said: old');
  });
});
