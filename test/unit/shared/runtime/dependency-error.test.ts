// Driver errors become messages without credentials, and are classified as transient or not.

import { describe, expect, it } from 'vitest';
import { postgresError } from '../../../../services/rag/passage-index/postgres-error.ts';
import { DependencyError } from '../../../../shared/runtime/dependency-error.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { errorFacts } from '../../../../shared/log.ts';
import { mapErrors } from '../../../../shared/runtime/map-errors.ts';
import { redisError } from '../../../../shared/store/redis-error.ts';

const REDIS_URL = 'redis://ingress:hunter2@redis/1';
const DATABASE_URL = 'postgres://llmp:hunter2@[fd00::5]/llmp';

const coded = (code: string, message = 'hunter2') => Object.assign(new Error(message), { code });
const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

function factsOf(error: unknown): { message: string; isTransient: boolean } {
  if (!(error instanceof DependencyError)) throw new Error('not a DependencyError');
  return { message: error.message, isTransient: error.isTransient };
}

describe('a Redis error', () => {
  it.each([
    [coded('ENOTFOUND'), 'cannot be reached (ENOTFOUND): start it, or correct REDIS_URL', true],
    [
      coded('ECONNREFUSED'),
      'cannot be reached (ECONNREFUSED): start it, or correct REDIS_URL',
      true,
    ],
    [
      new AggregateError([coded('ECONNREFUSED')], 'all addresses'),
      'cannot be reached (ECONNREFUSED): start it, or correct REDIS_URL',
      true,
    ],
    [new Error('Connection is closed.'), 'closed the connection: check REDIS_URL', true],
    [new Error('Command timed out'), 'did not respond in time: check REDIS_URL', true],
    [reply('LOADING Redis is loading'), 'refused a command (LOADING)', true],
    [reply('READONLY hunter2'), 'refused a command (READONLY)', false],
    [reply('OOM hunter2'), 'refused a command (OOM)', false],
    [
      reply('WRONGPASS hunter2'),
      'refused the user "ingress" (WRONGPASS): check REDIS_URL and REDIS_PASSWORD',
      false,
    ],
    [
      reply('NOPERM hunter2'),
      'does not permit the user "ingress" a command (NOPERM): check its rights on the server',
      false,
    ],
    [
      coded('DEPTH_ZERO_SELF_SIGNED_CERT'),
      'cannot be reached over TLS (DEPTH_ZERO_SELF_SIGNED_CERT): check REDIS_CA and REDIS_URL',
      false,
    ],
  ])('%s names server and setting', (error, what, isTransient) => {
    expect(factsOf(redisError(error, REDIS_URL))).toEqual({
      message: `Redis at redis:6379 ${what}`,
      isTransient,
    });
  });

  it('from elsewhere stays unchanged', () => {
    for (const error of [new LlmpError('not_found'), new TypeError('x'), undefined]) {
      expect(redisError(error, REDIS_URL)).toBe(error);
    }
  });
});

describe('a Postgres error', () => {
  it.each([
    [coded('57P03'), 'accepts no connections now (57P03): check DATABASE_URL', true],
    [coded('53300'), 'accepts no connections now (53300): check DATABASE_URL', true],
    [coded('EAI_AGAIN'), 'cannot be reached (EAI_AGAIN): start it, or correct DATABASE_URL', true],
    [new Error('timeout expired'), 'did not respond in time: check DATABASE_URL', true],
    [
      new Error('Connection terminated unexpectedly'),
      'closed the connection: check DATABASE_URL',
      true,
    ],
    [coded('28P01'), 'rejects the user "llmp" (28P01): check DATABASE_URL and PGPASSFILE', false],
    [coded('3D000'), 'has no such database (3D000): check DATABASE_URL', false],
    [
      new Error('The server does not support SSL connections'),
      'does not accept TLS connections: check DATABASE_URL',
      false,
    ],
  ])('%s names server and setting', (error, what, isTransient) => {
    expect(factsOf(postgresError(error, DATABASE_URL))).toEqual({
      message: `Postgres at [fd00::5]:5432 ${what}`,
      isTransient,
    });
  });

  it('about a statement stays unchanged', () => {
    const error = coded('42P01');
    expect(postgresError(error, DATABASE_URL)).toBe(error);
  });
});

describe('a port wrapped by mapErrors', () => {
  const port = {
    work: (word: string) => Promise.resolve(word.length),
    fail: () => Promise.reject(coded('ECONNRESET')),
    now: () => 'now',
    [Symbol.dispose]: () => {},
  };
  const named = mapErrors(port, (error) => redisError(error, REDIS_URL));

  it('works as before', async () => {
    expect(await named.work('four')).toBe(4);
    expect(named.now()).toBe('now');
    expect(named[Symbol.dispose]).toBe(port[Symbol.dispose]);
  });

  it('rejects with an error that names the server, and logs it', async () => {
    const error: unknown = await named.fail().catch((thrown: unknown) => thrown);
    expect(errorFacts(error)).toMatchObject({
      kind: 'DependencyError',
      message: 'Redis at redis:6379 cannot be reached (ECONNRESET): start it, or correct REDIS_URL',
      component: 'Redis',
      address: 'redis:6379',
      setting: 'REDIS_URL',
      cause: { code: 'ECONNRESET' },
    });
    expect(JSON.stringify(errorFacts(error))).not.toContain('hunter2');
  });
});
