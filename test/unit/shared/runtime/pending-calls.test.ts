import { describe, expect, it } from 'vitest';
import { PendingCalls } from '../../../../shared/runtime/pending-calls.ts';

describe('pending calls', () => {
  it('get the outcome of their id, and only the first', async () => {
    const calls = new PendingCalls();
    const [one, other] = [calls.open<string>(), calls.open<string>()];
    calls.settle({ id: other.id, error: new RangeError('no') });
    calls.settle({ id: one.id, result: 'yes' });
    calls.settle({ id: one.id, error: new RangeError('late') });
    expect(await one.result).toBe('yes');
    await expect(other.result).rejects.toThrow('no');
    expect([calls.has(one.id), calls.has(other.id)]).toEqual([false, false]);
  });

  it('fail together with the first error of their thread, as do later ones', async () => {
    const calls = new PendingCalls();
    const { id, result } = calls.open();
    expect([calls.has(id), calls.hasFailed]).toEqual([true, false]);
    calls.fail(new Error('crashed'));
    calls.fail(new Error('ended'));
    await expect(result).rejects.toThrow('crashed');
    expect(() => calls.open()).toThrow('crashed');
    expect(calls.hasFailed).toBe(true);
  });
});
