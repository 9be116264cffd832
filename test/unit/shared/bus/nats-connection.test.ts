import { expect, it } from 'vitest';
import { limits } from '../../../../shared/limits.ts';
import { reconnectDelayMs } from '../../../../shared/bus/nats-connection.ts';

it('the pause before a broker is tried again leaves time for several attempts until requests fail', () => {
  for (let at = 0; at < 1_000; at += 1) {
    expect(reconnectDelayMs()).toBeGreaterThanOrEqual(20);
    expect(reconnectDelayMs() * 5).toBeLessThan(limits.bus.silenceMs);
  }
});
