// The image by itself: one container is a whole gateway, with nothing else beside it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStack, type Stack } from './kit/stack.ts';

let stack: Stack;
let name = '';
let port = '';
beforeAll(async () => {
  stack = await openStack('image');
  name = `${stack.project}-one`;
  port = new URL(stack.url).port;
  await stack.must('docker build --quiet --tag "$LLMP_IMAGE" .');
});
afterAll(async () => {
  await stack.run(`docker rm --force --volumes ${name}`);
  await stack[Symbol.asyncDispose]();
});

describe('docker run of the image', () => {
  it('prints a key and a curl command that works', async () => {
    await stack.must(`docker run --detach --name ${name} -p 127.0.0.1:${port}:8080 "$LLMP_IMAGE"`);
    let printed = '';
    await expect
      .poll(async () => (printed = (await stack.run(`docker logs ${name}`)).out))
      .toContain('llmp started');
    expect(printed).toMatch(/^Key +llmp_\S+/m);
    const [curl = ''] = /curl [^]*?\n(?=\n)/.exec(printed) ?? [];
    expect(await stack.must(curl.replace(':8080/', `:${port}/`))).toContain('"type":"message"');
  });

  it('runs commands in the same container, and by themselves', async () => {
    expect(await stack.must(`docker exec ${name} llmp keys list`)).toContain('first key');
    expect(await stack.must('docker run --rm "$LLMP_IMAGE" policy schema')).toContain('"title"');
    expect(await stack.must('docker run --rm "$LLMP_IMAGE" --help')).toMatch(/^Usage: llmp /);
  });

  it('shows the key once, and keeps it over a restart', async () => {
    await stack.must(`docker restart ${name}`);
    const printed = async () => (await stack.run(`docker logs ${name}`)).out;
    await expect.poll(async () => (await printed()).split('llmp started').length).toBe(3);
    expect((await printed()).match(/^Key +llmp_/gm)).toHaveLength(1);
    expect(await stack.must(`docker exec ${name} llmp keys list`)).toContain('first key');
  });

  it('stops by itself when it is told to', async () => {
    await stack.must(`docker stop --time 30 ${name}`);
    const state = await stack.must(`docker inspect --format '{{.State.ExitCode}}' ${name}`);
    expect(state.trim()).toBe('0');
  });

  it('keeps keys in a volume for the next container', async () => {
    const volume = `${stack.project}-volume`;
    const run = `docker run --rm -v ${volume}:/data "$LLMP_IMAGE"`;
    try {
      await stack.must(`${run} keys create --name laptop --create-store`);
      expect(await stack.must(`${run} keys list`)).toContain('laptop');
    } finally {
      await stack.run(`docker volume rm ${volume}`);
    }
  });
});
