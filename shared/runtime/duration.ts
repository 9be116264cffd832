/** Months and years have no fixed length. */
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses `90s`, `15m`, `24h` or `30d` to milliseconds; `undefined` for anything else. */
export function durationMs(text: string): number | undefined {
  const { count, unit } = /^(?<count>\d{1,9})(?<unit>[smhd])$/.exec(text)?.groups ?? {};
  if (count === undefined || unit === undefined) return undefined;
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The text of a duration in whole seconds, in its largest unit: `10m`, `90s`. */
export function durationText(ms: number): string {
  const units = Object.entries(UNIT_MS).toReversed();
  const [unit, unitMs] = units.find(([, each]) => ms % each === 0) ?? ['s', UNIT_MS.s];
  return `${Math.round(ms / unitMs)}${unit}`;
}

/** A duration as it was sent, or in its largest unit when only its milliseconds are known. */
export function sentDuration(ms: number, sent: string | undefined): string {
  return sent !== undefined && durationMs(sent) === ms ? sent : durationText(ms);
}
