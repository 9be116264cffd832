/** No identifier of a person or an account is shorter or longer. */
const DIGITS_MIN = 3;
const DIGITS_MAX = 40;

/** What most fractions look like. */
const FRACTION = /\.\d*[1-9]$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Longer literals are shortened first. */
export const SHORT_LITERAL = 1_024;
const STEP_CHARS = 65_536;
const SIGNIFICANT = /[1-9.eE]/;
const NOT_ZERO = /[1-9]/;

/** Like `integerText`, in steps. */
export function* integerSteps(literal: string): Generator<void, string | undefined> {
  if (literal.length <= SHORT_LITERAL) return integerText(literal);
  const short = yield* shortened(literal);
  return short === undefined ? undefined : integerText(short);
}

/** An equal number without most of its zeros; `undefined` if it has too many digits. */
function* shortened(literal: string): Generator<void, string | undefined> {
  const sign = literal.startsWith('-') ? '-' : '';
  let digits = '';
  /** Of the first and the last digit that counts, and of the point and the exponent. */
  let first = -1;
  let last = -1;
  let point = -1;
  let at = sign.length;
  while (at < literal.length) {
    const found = literal.slice(at, at + STEP_CHARS).search(SIGNIFICANT);
    if (found === -1) {
      at += STEP_CHARS;
      yield;
      continue;
    }
    at += found;
    const char = literal[at] ?? '';
    if (char === 'e' || char === 'E') break;
    if (char === '.') point = at;
    else {
      if (first === -1) first = at;
      else digits += '0'.repeat(Math.min(DIGITS_MAX, at - last - 1 - pointsIn(last, at, point)));
      digits += char;
      last = at;
      if (digits.length > DIGITS_MAX) return undefined;
    }
    at += 1;
  }
  const end = Math.min(at, literal.length);
  const isNegative = literal[end + 1] === '-';
  at = end + 1 + (isNegative || literal[end + 1] === '+' ? 1 : 0);
  while (at < literal.length && !NOT_ZERO.test(literal.slice(at, at + STEP_CHARS))) {
    at += STEP_CHARS;
    yield;
  }
  const power = literal.slice(at).replace(/^0+/, '');
  if (digits === '' || power.length > DIGITS_MAX) return undefined;
  const exponent = isNegative ? -Number(power) : Number(power);
  const wholeEnd = point === -1 ? end : point;
  const shift = last < wholeEnd ? wholeEnd - last - 1 : wholeEnd - last;
  return `${sign}${digits}e${shift + exponent}`;
}

function pointsIn(from: number, to: number, point: number): number {
  return point > from && point < to ? 1 : 0;
}

/**
 * The decimal digits of an integer, however its JSON number is written: `4.5e3` is `4500`.
 * `undefined` for fractions, and for integers that are too short or too long to identify anybody.
 */
export function integerText(literal: string): string | undefined {
  if (literal.length < DIGITS_MIN) return undefined;
  if (FRACTION.test(literal)) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(literal) ?? [];
  const written = (whole + fraction).replace(/^0+/, '');
  if (written === '') return undefined;
  const shift = Number(exponent) - fraction.length;
  const length = written.length + shift;
  if (!(length >= DIGITS_MIN && length <= DIGITS_MAX)) return undefined;
  if (shift >= 0) return sign + written + '0'.repeat(shift);
  return /^0*$/.test(written.slice(length)) ? sign + written.slice(0, length) : undefined;
}
