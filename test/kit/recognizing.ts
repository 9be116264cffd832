// A recognizer as a function of a text, and what it finds as values by entity.

import { createRecognizer } from '../../shared/privacy/recognizer.ts';
import { recognizerRules } from '../../shared/privacy/recognizer/rules.ts';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';

export function timeSlice(signal = new AbortController().signal): TimeSlice {
  return new TimeSlice(systemClock, 4, signal);
}

export type Found = readonly (readonly [entity: string, value: string])[];

/** @param rules as in the field `recognizer` of the scrub rules */
export function recognizing(rules: object, clock: Clock = systemClock) {
  const recognize = createRecognizer(recognizerRules.parse(rules), clock);
  return async (text: string, signal?: AbortSignal): Promise<Found> => {
    const findings = await recognize(text, timeSlice(signal));
    return findings.map(({ start, end, detector }) => [detector.entity, text.slice(start, end)]);
  };
}
