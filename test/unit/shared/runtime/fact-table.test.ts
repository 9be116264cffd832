import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FactTable } from '../../../../shared/runtime/fact-table.ts';
import { checkProperty } from '../../../kit/properties.ts';

const ENTRY = 82;

describe('a table of facts', () => {
  it('returns what was last learned about a text, or nothing', () => {
    const operation = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      kind: fc.nat(1),
      bytes: fc.option(fc.integer({ min: 0, max: 400 })),
    });
    checkProperty(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const table = new FactTable(1_000);
        const kinds = [table.kind<number>((bytes) => bytes), table.kind<number>((bytes) => bytes)];
        const learned = new Map<string, number>();
        const wrong: unknown[] = [];
        for (const { key, kind, bytes } of operations) {
          if (bytes === null) {
            const known = kinds[kind]?.get(key);
            const isRight = known === undefined || known === learned.get(`${kind}${key}`);
            if (!isRight) wrong.push({ key, kind, known });
          } else {
            kinds[kind]?.set(key, bytes);
            learned.set(`${kind}${key}`, bytes);
          }
        }
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('keeps to its bound, whatever the kinds of its facts', () => {
    const table = new FactTable(20 * ENTRY);
    const kinds = [table.kind<string>(() => 0), table.kind<string>(() => 0)];
    const keys = Array.from('abcdefghijklmnopqrstuvwxyz');
    for (const key of keys) for (const kind of kinds) kind.set(key, key);
    const kept = kinds.flatMap((kind) => keys.filter((key) => kind.get(key) !== undefined));
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(kept.length).toBeGreaterThanOrEqual(10);
    expect(kinds.map((kind) => kind.get('z'))).toEqual(['z', 'z']);
  });

  it('keeps what is asked for again and again', () => {
    const table = new FactTable(20 * ENTRY);
    const facts = table.kind<string>(() => 0);
    facts.set('!', 'kept');
    for (const key of 'abcdefghijklmnopqrstuvwxyz') {
      facts.set(key, key);
      expect(facts.get('!')).toBe('kept');
    }
  });

  it('does not give up many facts for a large one', () => {
    const table = new FactTable(1_000);
    const facts = table.kind<number>((bytes) => bytes);
    facts.set('a', 1);
    facts.set('b', 800);
    expect([facts.get('a'), facts.get('b')]).toEqual([1, undefined]);
    facts.set('a', 800);
    expect(facts.get('a')).toBeUndefined();
  });
});
