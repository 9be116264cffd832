// The rag room as a stage: what it does to a letter.

import { describe, expect, it } from 'vitest';
import { createRag } from '../../../services/rag/rag.ts';
import { letter } from '../../kit/letters.ts';

describe('the rag stage', () => {
  it('passes a letter on without reading its body', async () => {
    const { meta } = letter();
    const body = { size: 1, read: () => Promise.reject(new Error('read')) };
    const context = { signal: new AbortController().signal, tellHome: () => {} };
    expect(await createRag()({ meta, body }, context)).toEqual({ kind: 'pass' });
  });
});
