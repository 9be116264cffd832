import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PlaceholderIssuer } from '../../../services/scrubber/placeholder-issuer.ts';
import { placeholderOf } from '../../../shared/privacy/placeholders.ts';

const KEY = createSecretKey(Buffer.alloc(32, 1));

function finding(value: string) {
  const place = { start: 0, end: value.length, at: 0 };
  return { ...place, value, entity: 'EMAIL_ADDRESS', label: 'EMAIL' };
}

describe('the placeholders of a request', () => {
  it('are counted per occurrence and stored once per value', () => {
    const issuer = new PlaceholderIssuer(() => KEY);
    const placeholder = issuer.replace(finding('a@b.cd'));
    expect(issuer.replace(finding('a@b.cd'))).toBe(placeholder);
    expect(issuer.counts).toEqual({ EMAIL_ADDRESS: 2 });
    expect([...issuer.values]).toEqual([[placeholder, 'a@b.cd']]);
  });

  it('are rejected if two values share one, which could not be restored', () => {
    const issuer = new PlaceholderIssuer(() => KEY);
    issuer.values.set(placeholderOf(KEY, 'EMAIL', 'a@b.cd'), 'another value');
    expect(() => issuer.replace(finding('a@b.cd'))).toThrow(/share a placeholder/);
  });
});
