// What is scanned: code, prose and JSON of dependencies, generated logs, and a mixture of all, each with as
// much personal data as the requests of the bench.

import { digitsBy, pick, seeded } from '../../kit/seeded.ts';
import { personalLine } from '../bodies.ts';
import { lines, textsByKind } from '../texts.ts';

export type TextKind = 'code' | 'prose' | 'JSON' | 'logs' | 'mixed';

const TEXT_LENGTH = 500_000;
/** One personal line in this many characters, as in requests. */
const PERSONAL_EVERY_CHARS = 8_000;

export function scannedTexts(): Map<TextKind, string> {
  const kinds = textsByKind();
  const of = (...names: string[]) =>
    names.map((name) => kinds.get(name)?.slice(0, TEXT_LENGTH / names.length) ?? '').join('\n');
  const texts = new Map<TextKind, string>([
    ['code', of('ts', 'js')],
    ['prose', of('prose')],
    ['JSON', of('json')],
    ['logs', logs()],
  ]);
  const parts = [...texts.values()];
  texts.set('mixed', parts.map((text) => text.slice(0, TEXT_LENGTH / parts.length)).join('\n'));
  return new Map(Array.from(texts, ([kind, text]) => [kind, withPersonalLines(text)]));
}

function logs(): string {
  const chance = seeded(7);
  const routes = ['/v1/orders', '/v1/users/me', '/healthz', '/assets/app.js', '/v1/search?q=socks'];
  return lines(TEXT_LENGTH, (index) => {
    const time = new Date(1_764_000_000_000 + index * 137).toISOString();
    const took = `${chance(900)}.${digitsBy(chance, 3)}`;
    const trace = Array.from({ length: 32 }, () => chance(16).toString(16)).join('');
    const level = pick(chance, ['INFO', 'INFO', 'INFO', 'WARN', 'ERROR']);
    const status = pick(chance, ['200', '200', '204', '304', '404', '500']);
    return `${time} ${level} [http-${chance(16)}] ${pick(chance, routes)} ${status} ${took}ms bytes=${chance(90_000)} trace=${trace}`;
  });
}

function withPersonalLines(text: string): string {
  const chance = seeded(text.length);
  const parts = text.match(new RegExp(`[^]{1,${PERSONAL_EVERY_CHARS}}`, 'g')) ?? [];
  return parts.map((part) => `${part}\n${personalLine(chance)}\n`).join('');
}
