// A gateway whose Redis loses a primary: known keys are served meanwhile, and everything works afterwards.

import { expect } from 'vitest';
import { adminOf, statusWith } from '../../kit/admin.ts';
import { startGateway } from '../../kit/gateway.ts';
import type { RedisGroup } from '../../kit/redis-cluster.ts';
import type { RunningServer } from '../../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';

/** @returns how many requests with a known key it served meanwhile, and when it could store a new key */
export async function servesWhileAway(
  { url }: RedisGroup,
  primary: RunningServer,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<{ served: number; awayMs: number }> {
  const env = { LLMP_KEYS: '', REDIS_URL: url, LLMP_ADMIN_TOKEN: TOKEN };
  await using gateway = await startGateway({ bus: 'embedded', env });
  const admin = adminOf(gateway, TOKEN);
  const { key } = await admin.key();
  expect(await statusWith(gateway, key)).toBe(200);
  primary.process.kill(signal);
  const killedAtMs = performance.now();
  let [served, awayMs] = [0, 0];
  for (;;) {
    // Whether or not Redis is back.
    expect(await statusWith(gateway, key)).toBe(200);
    served += 1;
    const created = await fetch(`${gateway.url}/admin/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'after' }),
    });
    await created.text();
    awayMs = performance.now() - killedAtMs;
    if (created.status === 201) break;
    expect(created.status).toBe(503);
    expect(awayMs).toBeLessThan(30_000);
  }
  const after = await admin.key();
  expect(await statusWith(gateway, after.key)).toBe(200);
  expect(await statusWith(gateway, key)).toBe(200);
  primary.process.kill('SIGCONT');
  return { served, awayMs: Math.round(awayMs) };
}
