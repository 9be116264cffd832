// Says in words why a detector found a value.

import { compileContext, CONTEXT_AFTER, CONTEXT_BEFORE } from './detect/context.ts';
import type { Detector, Finding, Trigger } from './detect/detector.ts';

export function explain(text: string, finding: Finding): string {
  const { detector } = finding;
  const trigger = detector.triggers
    .toSorted((one, other) => rankOf(one) - rankOf(other))
    .map((each) => triggerText(each, text, finding))
    .find((each) => each !== undefined);
  const near = contextWord(detector, text, finding);
  const reasons = [
    trigger ?? `the format of ${detector.entity}`,
    ...(near === undefined ? [] : [`near "${near}"`]),
  ];
  return reasons.join(', ');
}

/** Words say most. */
function rankOf({ kind }: Trigger): number {
  return ['word', 'digits', 'run', 'char'].indexOf(kind);
}

function triggerText(trigger: Trigger, text: string, { start, end }: Finding): string | undefined {
  const value = text.slice(start, end);
  if (trigger.kind === 'word') {
    const around = text.slice(Math.max(0, start - CONTEXT_BEFORE), end).toLowerCase();
    // The last one is the nearest, and the longest says most.
    const [word] = trigger.words
      .filter((each) => around.includes(each.toLowerCase()))
      .toSorted((one, other) => other.length - one.length);
    return word === undefined ? undefined : `the word "${word}"`;
  }
  if (trigger.kind === 'char') {
    const char = Array.from(trigger.chars).find((each) => value.includes(each));
    return char === undefined ? undefined : `the format around "${char}"`;
  }
  if (trigger.kind === 'run') return 'letters and digits of that format';
  const digits = value.replaceAll(/\D/g, '').length;
  const fits = digits >= trigger.digitsMin && digits <= trigger.digitsMax;
  return fits ? `${digits} digits of that format` : undefined;
}

function contextWord(
  { context }: Detector,
  text: string,
  { start, end }: Finding,
): string | undefined {
  const from = Math.max(0, start - CONTEXT_BEFORE);
  const window = text.slice(from, end + CONTEXT_AFTER);
  return context?.find((word) => compileContext([word])(window, start - from, end - from));
}
