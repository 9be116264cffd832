// The policy room as a stage: what it does to a letter.

import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { letter } from '../../kit/letters.ts';

describe('the policy stage', () => {
  it('passes a letter on without reading its body', async () => {
    const { meta } = letter();
    const body = { size: 1, read: () => Promise.reject(new Error('read')) };
    const context = { signal: new AbortController().signal, tellHome: () => {} };
    expect(await createPolicy()({ meta, body }, context)).toEqual({ kind: 'pass' });
  });
});
