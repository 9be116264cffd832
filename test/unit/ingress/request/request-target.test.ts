import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  forwardPath,
  originForm,
  passedPath,
} from '../../../../services/ingress/request/request-target.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { checkProperty } from '../../../kit/properties.ts';

const SECRET = 'llmp_secret';

type Request = Parameters<typeof forwardPath>[0];

function requestOf(route: string, url: string, id?: string): Request {
  const params = id === undefined ? {} : { id };
  return { routeOptions: { url: route }, params, url } as Request;
}

const lookup = (id: string) => forwardPath(requestOf('/v1/models/:id', '/x', id), SECRET);

/** `undefined` for what is no model. */
function pathOf(id: string): string | undefined {
  try {
    return lookup(id);
  } catch (thrown) {
    if (thrown instanceof LlmpError && thrown.code === 'not_found') return undefined;
    throw thrown;
  }
}

describe('originForm', () => {
  it.each([
    ['/v1/messages?beta=true', '/v1/messages?beta=true'],
    ['http://other.test/v1/messages?a=http://b/c', '/v1/messages?a=http://b/c'],
    ['HTTPS://user:pass@other.test:80/v1/messages', '/v1/messages'],
    ['http://other.test', '/'],
    ['http://other.test?a=/v1/messages', '/?a=/v1/messages'],
    ['http:///v1/messages', '/v1/messages'],
    ['http://http://other.test/', '//other.test/'],
    ['//other.test/v1/messages', '//other.test/v1/messages'],
    ['ftp://other.test/', 'ftp://other.test/'],
    ['*', '*'],
  ])('reads %s as %s', (target, expected) => {
    expect(originForm(target)).toBe(expected);
  });
});

describe('passedPath', () => {
  it.each([
    ['/v1/files', '/v1/files'],
    [
      '/v1/files/file_011CN/content?beta=true&a=%2e/../b',
      '/v1/files/file_011CN/content?beta=true&a=%2e/../b',
    ],
    ['/v1/skills/a..b/versions/1.2', '/v1/skills/a..b/versions/1.2'],
    [`/v1/files?key=${SECRET}`, '/v1/files?key=%5BREDACTED_LLMP_KEY%5D'],
    [`/v1/files/${SECRET}`, '/v1/files/%5BREDACTED_LLMP_KEY%5D'],
  ])('of %s is %s', (url, expected) => {
    expect(passedPath(url, SECRET)).toBe(expected);
  });

  it('is that of no other path, however its segments are written', () => {
    const part = fc.constantFrom(
      '.',
      '..',
      '...',
      '%2e',
      '%2E.',
      '%2f',
      '%5c',
      '\\',
      '/',
      ';',
      '#',
      '',
      '\t',
      'ä',
    );
    const parts = fc.tuple(fc.array(fc.constantFrom('a', 'b.c')), part, fc.array(part));
    checkProperty(
      fc.property(parts, ([before, odd, after]) => {
        const url = ['/v1/files', ...before, odd, ...after].join('/');
        expect(() => passedPath(url, SECRET)).toThrow('not found');
      }),
    );
  });
});

describe('forwardPath', () => {
  it.each([
    ['/v1/messages', '/v1/messages?beta=true', '/v1/messages?beta=true'],
    ['/v1/messages', '/v1/%6dessages', '/v1/messages'],
    ['/v1/messages', '/v1/messages?', '/v1/messages?'],
    ['/v1/messages', '/v1/messages?a=b?c&&d=%', '/v1/messages?a=b?c&&d=%'],
    [
      '/v1/messages',
      `/v1/messages?key=${SECRET}&a=1`,
      '/v1/messages?key=%5BREDACTED_LLMP_KEY%5D&a=1',
    ],
  ])('forwards, for the route %s, %s as %s', (route, url, expected) => {
    expect(forwardPath(requestOf(route, url), SECRET)).toBe(expected);
  });

  it.each([
    ['claude-sonnet-5-5', 'claude-sonnet-5-5'],
    ['anthropic.claude-v2:1', 'anthropic.claude-v2:1'],
    ['claude-3@20240229', 'claude-3@20240229'],
    ['claude-opus-5[1m]', 'claude-opus-5%5B1m%5D'],
    ['anthropic/claude-sonnet', 'anthropic%2Fclaude-sonnet'],
    [SECRET, '%5BREDACTED_LLMP_KEY%5D'],
    ['m'.repeat(256), 'm'.repeat(256)],
  ])('forwards the model %s as one segment', (id, segment) => {
    expect(lookup(id)).toBe(`/v1/models/${segment}`);
  });

  it.each([
    '',
    '.',
    '..',
    '../files',
    'a/../files',
    'a/..',
    'a//b',
    '/a',
    'a/',
    '..\\files',
    '%2e%2e',
    '..%2ffiles',
    'a;b',
    'a?b',
    'a#b',
    'a b',
    'a\0',
    'a\r\nb',
    'é',
    'm'.repeat(257),
  ])('knows no model %j', (id) => {
    expect(() => lookup(id)).toThrow(new LlmpError('not_found', 'There is no such model.'));
  });

  it('keeps every model within its one segment', () => {
    const units = fc.constantFrom(
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      'a',
      ':',
      ';',
      '?',
      '#',
      '@',
      '[',
      '~',
    );
    checkProperty(
      fc.property(fc.string({ unit: units, maxLength: 8 }), (id) => {
        const path = pathOf(id);
        if (path === undefined) return;
        const { pathname, search, hash } = new URL(path, 'http://upstream.test');
        expect(pathname).toMatch(/^\/v1\/models\/[^/]+$/);
        expect(search + hash).toBe('');
      }),
    );
  });
});
