import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readRedisUrl,
  redisAddresses,
  withRedisPassword,
} from '../../../../shared/runtime/redis-url.ts';
import { checkProperty } from '../../../kit/properties.ts';

describe('a Redis URL', () => {
  it.each([
    [
      'redis://store',
      { kind: 'server', tls: false, nodes: [{ host: 'store', port: 6379 }], db: 0 },
    ],
    [
      'rediss://u:p%40@[fd00::1]:7000/3?family=6',
      {
        kind: 'server',
        tls: true,
        nodes: [{ host: 'fd00::1', port: 7000 }],
        username: 'u',
        password: 'p@',
        db: 3,
      },
    ],
    [
      'redis+cluster://:secret@a:7001,b,[::1]:7003',
      {
        kind: 'cluster',
        tls: false,
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 6379 },
          { host: '::1', port: 7003 },
        ],
        password: 'secret',
        db: 0,
      },
    ],
    [
      'rediss+sentinel://ingress@s1,s2:26380/my-master/2',
      {
        kind: 'sentinel',
        tls: true,
        nodes: [
          { host: 's1', port: 26_379 },
          { host: 's2', port: 26_380 },
        ],
        username: 'ingress',
        db: 2,
        primary: 'my-master',
      },
    ],
  ])('%s is read', (text, expected) => {
    expect(readRedisUrl(text)).toEqual(expected);
  });

  it.each([
    'redis://',
    'redis://a,b',
    'redis://a:1,redis://b:1',
    'redis+cluster://',
    'redis+cluster://a,,b',
    'redis+cluster://a:99999',
    'redis+cluster://a/1',
    'redis+cluster://a?family=6',
    'redis+cluster://u:%zz@a',
    'redis+sentinel://a,b',
    'redis+sentinel://a,b/',
    'redis+sentinel://a/name with space',
    'redis+sentinel://a/name/x',
    'redis+sentinel://a/name/1/2',
    'redis+other://a',
    'http://a',
    'a:6379',
  ])('%s is none', (text) => {
    expect(readRedisUrl(text)).toBeUndefined();
  });

  it('takes any password for its user, in each form', () => {
    const forms = ['redis://u@a/1', 'rediss+cluster://u@a,b:1', 'redis+sentinel://u@a,b/main'];
    checkProperty(
      fc.property(fc.constantFrom(...forms), fc.string({ minLength: 1 }), (form, password) => {
        const whole = withRedisPassword(form, password);
        expect(readRedisUrl(whole)).toEqual({ ...readRedisUrl(form), password });
        expect(withRedisPassword(whole, 'other')).toBe(whole);
      }),
    );
  });

  it.each(['redis+cluster://a,b', 'redis+sentinel://:own@a,b/main', 'redis://u:own@a'])(
    'keeps its own login: %s',
    (text) => {
      expect(withRedisPassword(text, 'other')).toBe(text);
    },
  );

  it('names its servers without the login', () => {
    expect(redisAddresses('redis+cluster://u:secret@a:7001,[::1]')).toBe('a:7001, [::1]:6379');
    expect(redisAddresses('redis+sentinel://u:secret@s1,s2/main')).toBe('s1:26379, s2:26379');
  });
});
