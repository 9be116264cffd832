import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readProcesses,
  startCommands,
  USUAL_PROCESSES,
  writeNatsConfig,
} from '../../../services/host/nats-config.ts';
import { textOf } from '../../kit/readme-tables.ts';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'llmp-nats-')), 'nats');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

const write = (rotates = false) =>
  writeNatsConfig({
    directory,
    processes: USUAL_PROCESSES,
    listen: '127.0.0.1:4222',
    rotates,
  });
const passwords = () =>
  write().users.map(({ passwordFile }) => readFileSync(passwordFile, 'utf8').trim());

describe('the users of a broker', () => {
  it('are one for each kind of process, with a password of its own', () => {
    const { path, users } = write();
    expect(users.map(({ user }) => user)).toEqual(['ingress', 'scrubber-policy-rag', 'upstream']);
    const config = readFileSync(path, 'utf8');
    expect(new Set(passwords()).size).toBe(3);
    for (const password of passwords()) {
      expect(password).toMatch(/^[\w-]{32}$/);
      expect(config).toContain(`password: "${password}"`);
    }
    expect(config).toContain('listen: "127.0.0.1:4222"');
  });

  it('keep their passwords until they are rotated', () => {
    const before = passwords();
    expect(passwords()).toEqual(before);
    write(true);
    expect(passwords().filter((password) => before.includes(password))).toEqual([]);
  });

  it('are written for their owner alone, also over files that others could read', () => {
    const { path } = write();
    chmodSync(path, 0o644);
    write();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('come with the commands of the README', () => {
    const [, block = ''] = /<!-- split -->\n```sh\n(.*?)```/s.exec(textOf('README.md')) ?? [];
    const commands = startCommands(write(), {
      listen: '127.0.0.1:4222',
      from: join(directory, '..'),
      start: 'npm start --',
    });
    const shown = block.trim().split('\n').slice(1);
    expect(shown.map((line) => line.replaceAll('.llmp/nats/', 'nats/'))).toEqual(commands);
  });
});

describe('the processes of a gateway', () => {
  it.each([
    [['scrubber,kitchen'], '"kitchen" is not a worker'],
    [['ingress', 'scrubber,policy,rag'], 'no process hosts upstream'],
    [[''], '"" is not a worker'],
  ])('%j are refused', (groups, message) => {
    expect(() => readProcesses(groups)).toThrow(message);
  });

  it('name their workers in any order, and the same ones once', () => {
    expect(readProcesses(['rag,policy,scrubber', 'upstream,ingress', 'ingress,upstream'])).toEqual([
      ['scrubber', 'policy', 'rag'],
      ['ingress', 'upstream'],
    ]);
  });
});
