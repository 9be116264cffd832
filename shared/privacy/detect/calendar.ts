// Dates in personal numbers. Most such numbers begin with the date of birth, which rejects far more
// false candidates than the check digit does.

const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the date exists; `month` and `day` start at 1. */
export function isDay(year: number, month: number, day: number): boolean {
  const days = DAYS_BY_MONTH[month - 1];
  if (days === undefined || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && leap ? 29 : days);
}

/** Whether the date exists in any year with these last two digits. */
export function isDayOfCentury(year: number, month: number, day: number): boolean {
  return isDay(year === 0 ? 2000 : year, month, day);
}

/** Parses `length` digits at `start`. */
export function numberAt(digits: string, start: number, length: number): number {
  let value = 0;
  for (let place = start; place < start + length; place++) {
    value = value * 10 + digits.charCodeAt(place) - 48;
  }
  return value;
}
