// How much of a stream response rules hold back: text before the first output, longest wait between
// chunks, and CPU per delta.

import { HeldText } from '../../../services/upstream/guard/held-text.ts';
import { ResponseGuard } from '../../../services/upstream/guard/response-guard.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { rulesOf } from './rules.ts';

/** A typical delta, about one token. */
const DELTA_LENGTH = 4;
const RESPONSE_LENGTH = 20_000;

const KINDS = ['keyword', 'regex', 'entity', 'url', 'prompt_injection'];

export function holdTable(compile: (rules: readonly object[]) => Policy, text: string): string {
  const rows = KINDS.flatMap((kind) => [
    row(kind, compile(rulesOf(kind, 5, { on: 'response', action: 'block' })), text),
    row(
      `${kind}, window 64`,
      compile(rulesOf(kind, 5, { on: 'response', action: 'block', stream: { window: 64 } })),
      text,
    ),
    row(
      `${kind}, cut`,
      compile(rulesOf(kind, 5, { on: 'response', action: 'block', stream: { mode: 'cut' } })),
      text,
    ),
  ]);
  return [
    '| 5 response rules | first text after, chars | longest gap, chars | µs/delta |',
    '| --- | --: | --: | --: |',
    ...rows,
  ].join('\n');
}

function row(name: string, policy: Policy, text: string): string {
  const guard = new ResponseGuard(policy, { key: 'k', model: 'm' }, () => ({
    usage: {},
    isCached: false,
    annotations: {},
  }));
  const held = new HeldText(guard.startEvaluation('assistant'));
  let first = 0;
  let last = 0;
  let gap = 0;
  const before = process.cpuUsage();
  for (let at = 0; at < RESPONSE_LENGTH; at += DELTA_LENGTH) {
    const received = at + DELTA_LENGTH;
    if (held.push(text.slice(at, received)) === '') continue;
    first ||= received;
    gap = Math.max(gap, received - last);
    last = received;
  }
  const { user } = process.cpuUsage(before);
  const micros = user / (RESPONSE_LENGTH / DELTA_LENGTH);
  return `| ${name} | ${first} | ${gap} | ${micros.toFixed(1)} |`;
}
