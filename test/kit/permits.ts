// For stages that are called without an ingress: every attempt is waited for, and every call permitted.

import type { CallPermits } from '../../shared/protocol/stage.ts';

export const confirm = () => Promise.resolve();

export const PERMITTED: CallPermits = {
  askAhead() {},
  ready: () => Promise.resolve(),
  next: () => Promise.resolve(),
  settled() {},
  mayRepeat: true,
};
