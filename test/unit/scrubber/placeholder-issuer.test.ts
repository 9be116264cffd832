import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PlaceholderIssuer } from '../../../services/scrubber/placeholder-issuer.ts';
import { tokenOf } from '../../../shared/privacy/placeholders.ts';

const KEY = createSecretKey(Buffer.alloc(32, 1));

function find(value: string) {
  const place = { start: 0, end: value.length, at: 0 };
  return { ...place, value, entity: 'EMAIL_ADDRESS', label: 'EMAIL' };
}

describe('the placeholders of a request', () => {
  it('are counted per occurrence and stored once per value', () => {
    const issue = new PlaceholderIssuer(() => KEY);
    const token = issue.replace(find('a@b.cd'));
    expect(issue.replace(find('a@b.cd'))).toBe(token);
    expect(issue.counts).toEqual({ EMAIL_ADDRESS: 2 });
    expect({ ...issue.values }).toEqual({ [token]: 'a@b.cd' });
  });

  it('are rejected if two values share one, which could not be restored', () => {
    const issue = new PlaceholderIssuer(() => KEY);
    issue.values[tokenOf(KEY, 'EMAIL', 'a@b.cd')] = 'another value';
    expect(() => issue.replace(find('a@b.cd'))).toThrow(/share a placeholder/);
  });
});
