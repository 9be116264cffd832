// Whether the digits of a personal number are a day that exists. Most of these numbers begin with
// the day of birth, which turns away far more look-alikes than their check digit does.

const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the day exists; `month` and `day` count from 1. */
export function isDay(year: number, month: number, day: number): boolean {
  const days = DAYS_BY_MONTH[month - 1];
  if (days === undefined || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && leap ? 29 : days);
}

/** Whether the day exists in a year of which only the last two digits are known. */
export function isDayOfCentury(year: number, month: number, day: number): boolean {
  return isDay(year === 0 ? 2000 : year, month, day);
}

/** The number that `length` digits at `start` make. */
export function numberAt(digits: string, start: number, length: number): number {
  let value = 0;
  for (let place = start; place < start + length; place++) {
    value = value * 10 + digits.charCodeAt(place) - 48;
  }
  return value;
}
