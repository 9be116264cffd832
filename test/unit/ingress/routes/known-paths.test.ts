import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { knownPaths } from '../../../../services/ingress/routes/known-paths.ts';

const app = fastify({ exposeHeadRoutes: true });
const knownPath = knownPaths(app);
const handler = async () => '';
app.head('/', handler);
app.post('/v1/messages', handler);
app.get('/v1/models/:id', handler);
app.route({ method: ['GET', 'POST'], url: '/admin/keys', config: { isAdmin: true }, handler });
app.route({ method: ['GET', 'DELETE'], url: '/v1/files/*', handler });
app.post('/admin/keys/:id/revoke', { config: { isAdmin: true } }, handler);
app.delete('/admin/keys/:id/revoke', { config: { isAdmin: true } }, handler);

describe('a known path', () => {
  it.each([
    ['/', ['HEAD', 'OPTIONS'], false],
    ['/v1/messages', ['POST', 'OPTIONS'], false],
    ['/v1/messages?beta=true', ['POST', 'OPTIONS'], false],
    ['/v1/messages#a', ['POST', 'OPTIONS'], false],
    ['/v1/%6dessages', ['POST', 'OPTIONS'], false],
    ['/v1/models/a%2Fb', ['GET', 'HEAD', 'OPTIONS'], false],
    ['/v1/models/%zz', ['GET', 'HEAD', 'OPTIONS'], false],
    ['/v1/files/a/b', ['GET', 'HEAD', 'DELETE', 'OPTIONS'], false],
    ['/admin/keys', ['GET', 'HEAD', 'POST', 'OPTIONS'], true],
    ['/admin/keys/a/revoke', ['POST', 'DELETE', 'OPTIONS'], true],
  ])('%s has the methods %j', (url, methods, isAdmin) => {
    expect(knownPath(url)).toMatchObject({ methods, isAdmin });
  });
});

it.each(['*', '', '/v1', '/v1/messages/', '/v1/messagesx', '/x/v1/messages', '/v1/models/a/b'])(
  'the path %j is unknown',
  (url) => {
    expect(knownPath(url)).toBeUndefined();
  },
);
