/** No identifier of a person or an account is shorter or longer. */
const DIGITS_MIN = 3;
const DIGITS_MAX = 40;

/** What most fractions look like. */
const FRACTION = /\.\d*[1-9]$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The decimal digits of an integer, however its JSON number is written: `4.5e3` is `4500`.
 * `undefined` for fractions, and for integers that are too short or too long to identify anybody.
 */
export function integerText(literal: string): string | undefined {
  if (literal.length < DIGITS_MIN) return undefined;
  if (FRACTION.test(literal)) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(literal) ?? [];
  const written = (whole + fraction).replace(/^0+/, '');
  const shift = Number(exponent) - fraction.length;
  const length = written.length + shift;
  if (!(length >= DIGITS_MIN && length <= DIGITS_MAX)) return undefined;
  if (shift >= 0) return sign + written + '0'.repeat(shift);
  return /^0*$/.test(written.slice(length)) ? sign + written.slice(0, length) : undefined;
}
