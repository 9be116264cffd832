import { describe, expect, it } from 'vitest';
import {
  mayBeBranch,
  mayEndLabel,
  operatorEnd,
} from '../../../../../../shared/privacy/detect/personal/field-operator.ts';

describe('operatorEnd()', () => {
  it.each([
    [': x', 2],
    ['  =  x', 5],
    [':x', 1],
    ['\t: x', 3],
  ])('reads the usual operator of %j', (text, end) => {
    expect(operatorEnd(text, 0)).toBe(end);
  });

  it.each([
    ':= x',
    '=> x',
    ':** x',
    ': ____x',
    ': ...x',
    '...... x',
    '____x',
    '\tx',
    '| x',
    '> x',
    '? x',
    '] x',
    ', "value": "x"',
    '\n value: x',
    '：x',
    '「x」',
    '** x',
  ])('leaves %j to an expression', (text) => {
    expect(operatorEnd(text, 0)).toBe(0);
  });

  it.each([':: x', '== x', '.x', '_x', ', x', '\nx', ')', ';', '', ']x'])('refuses %j', (text) => {
    expect(operatorEnd(text, 0)).toBe(-1);
  });
});

it('looks for a quote, bold type or a remark only where one begins', () => {
  for (const text of ['"', "'", '`', '\\"', '**', '(x)', ' (x)'])
    expect(mayEndLabel(text, 0)).toBe(true);
  for (const text of [':', ' :', 'x', '']) expect(mayEndLabel(text, 0)).toBe(false);
});

it('sees the question mark before the branch of a condition', () => {
  expect(mayBeBranch("isOwn ? 'user", 9)).toBe(true);
  expect(mayBeBranch("isOwn ?\n    \\'user", 14)).toBe(true);
  expect(mayBeBranch("name, 'user", 7)).toBe(false);
});
