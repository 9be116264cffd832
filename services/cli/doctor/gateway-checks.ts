import { withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import { askAdmin, gatewayAt } from '../admin/admin-client.ts';
import {
  CHECK_MS,
  clockCheck,
  fail,
  failedBy,
  note,
  ok,
  skewSeconds,
  type Check,
} from './check.ts';

interface GatewayOptions {
  readonly adminKey: string | undefined;
  /** Whether it must run. */
  readonly isRequired: boolean;
}

/** Whether a gateway runs at this address, is ready and accepts the admin key. */
export async function gatewayChecks(
  url: string,
  clock: Clock,
  { adminKey, isRequired }: GatewayOptions,
): Promise<Check[]> {
  const base = url.replace(/\/+$/, '');
  const checks: Check[] = [];
  try {
    const response = await withDeadline(clock, CHECK_MS, new AbortController().signal, (signal) =>
      fetch(`${base}/readyz`, { signal, redirect: 'manual' }),
    );
    const text = await response.text();
    const skew = skewSeconds(response.headers.get('date') ?? undefined, clock.now());
    checks.push(readiness(base, response.status, text));
    if (isRequired) checks.push(clockCheck(base, skew));
  } catch {
    if (!isRequired) return [note('gateway', `none runs at ${base}`, 'start it with llmp start')];
    return [
      fail('gateway', `${base} cannot be reached`, 'check --url, and whether the gateway runs'),
    ];
  }
  if (isRequired) checks.push(await adminCheck(base, adminKey));
  return checks;
}

function readiness(base: string, status: number, text: string): Check {
  if (status === 200) return ok('gateway', `${base} is ready`);
  if (status === 503) {
    const reasons = /"reasons":\[(.*?)\]/
      .exec(text)?.[1]
      ?.replaceAll('"', '')
      .replaceAll(',', ', ');
    return fail('gateway', `${base} is not ready: ${reasons ?? text}`, 'see docs/operations.md');
  }
  return fail('gateway', `${base} responds with status ${status}`, 'check that llmp listens there');
}

async function adminCheck(url: string, adminKey: string | undefined): Promise<Check> {
  if (!adminKey) return note('admin key', 'none given', 'name it with --admin-key');
  try {
    await askAdmin(gatewayAt(url, adminKey), 'keys', { query: { limit: 1 } });
    return ok('admin key', 'accepted');
  } catch (error) {
    return failedBy('admin key', error, 'use LLMP_ADMIN_TOKEN of that gateway');
  }
}
