// The README's program in TypeScript, run as it stands there but for its address and key.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { startGateway } from '../kit/gateway.ts';
import { textOf } from '../kit/readme-tables.ts';

const FOLDER = new URL('../../node_modules/.cache/llmp-readme/', import.meta.url);

afterEach(() => vi.restoreAllMocks());

it('the TypeScript SDK streams as the README shows', async () => {
  await using gateway = await startGateway({ bus: 'embedded' });
  const [, shown = ''] = /```ts\n(.*?)```/s.exec(textOf('README.md')) ?? [];
  const program = shown
    .replace('http://127.0.0.1:8080', gateway.url)
    .replace('llmp_…', gateway.key);
  expect(program).not.toBe(shown);
  mkdirSync(FOLDER, { recursive: true });
  const path = new URL(`example-${process.pid}.mjs`, FOLDER);
  writeFileSync(path, program);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  try {
    await import(pathToFileURL(path.pathname).href);
  } finally {
    rmSync(path);
  }
  expect(log.mock.calls.map(([type]) => String(type))).toEqual(
    expect.arrayContaining(['message_start', 'content_block_delta', 'message_stop']),
  );
});
