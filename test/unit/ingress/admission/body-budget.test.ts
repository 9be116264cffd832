import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BodyBudget,
  type BodyReservation,
} from '../../../../services/ingress/admission/body-budget.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { checkProperty } from '../../../kit/properties.ts';

const budgetOf = (max: number, min = 1) =>
  new BodyBudget({ bodyBytesInFlightMax: max, bodyBytesCountedMin: min });

function codeOf(take: () => unknown): string {
  try {
    take();
  } catch (error) {
    return LlmpError.from(error).code;
  }
  return 'granted';
}

describe('a body budget', () => {
  it('gives one key half, two keys a third each, and a new key something', () => {
    const budget = budgetOf(120);
    budget.reserve('a', 60);
    expect(codeOf(() => budget.reserve('a', 1))).toBe('rate_limited');
    budget.reserve('b', 30);
    expect(codeOf(() => budget.reserve('b', 1))).toBe('rate_limited');
    budget.reserve('c', 15);
    expect(budget.held).toBe(105);
  });

  it('blames the other keys where the body alone would not fit either', () => {
    const budget = budgetOf(120);
    budget.reserve('a', 60);
    expect(codeOf(() => budget.reserve('b', 31))).toBe('overloaded');
    budget.reserve('b', 10);
    expect(codeOf(() => budget.reserve('b', 31))).toBe('overloaded');
    expect(codeOf(() => budget.reserve('b', 25))).toBe('rate_limited');
  });

  it('counts each body as some bytes at least, however small it is', () => {
    const budget = budgetOf(100, 10);
    const reservations = Array.from({ length: 5 }, () => budget.reserve('a', 0));
    expect(codeOf(() => budget.reserve('a', 0))).toBe('rate_limited');
    for (const one of reservations) one.resize(9);
    expect(budget.held).toBe(50);
  });

  it('counts what exists already, even above the maximum, and then grants nothing', () => {
    const budget = budgetOf(100);
    const running = budget.reserve('a', 10);
    running.add(500);
    expect(budget.held).toBe(510);
    expect(codeOf(() => budget.reserve('b', 1))).toBe('overloaded');
    running.release();
    expect(budget.held).toBe(0);
  });

  it('holds exactly what is not released, never more than permitted, whatever happens', () => {
    const step = fc.record({
      kind: fc.constantFrom('reserve', 'resize', 'release'),
      owner: fc.constantFrom('a', 'b', 'c'),
      which: fc.nat({ max: 20 }),
      bytes: fc.nat({ max: 70 }),
    });
    checkProperty(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = budgetOf(200, 5);
        const wrong: string[] = [];
        const open: { owner: string; reservation: BodyReservation; bytes: number }[] = [];
        for (const { kind, owner, which, bytes } of steps) {
          const one = open[which % Math.max(1, open.length)];
          const isAlone = open.every((other) => other.owner !== owner);
          if (kind === 'reserve') {
            const code = codeOf(() => {
              open.push({ owner, reservation: budget.reserve(owner, bytes), bytes });
            });
            if (isAlone && code === 'rate_limited') wrong.push('blames a key that holds nothing');
          } else if (one && kind === 'resize') {
            const code = codeOf(() => one.reservation.resize(bytes));
            if (code === 'granted') one.bytes = bytes;
            else if (bytes <= one.bytes) wrong.push('refuses to take less');
          } else if (one) {
            one.reservation.release();
            one.reservation.release();
            one.reservation.resize(1_000);
            open.splice(open.indexOf(one), 1);
          }
          const held = open.reduce((sum, other) => sum + Math.max(5, other.bytes), 0);
          expect(budget.held).toBe(held);
          expect(held).toBeLessThanOrEqual(200);
        }
        expect(wrong).toEqual([]);
      }),
    );
  });
});
