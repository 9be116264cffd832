// What Claude Code makes of each failure. Its cost is listed by request: `stream` or `buffered`, and
// the response status.

export interface ClaudeFailure {
  readonly name: string;
  /** Directives for the simulator, in the prompt. */
  readonly simulate: string;
  /** Its requests, in the order of their responses. */
  readonly requests: readonly string[];
  readonly exitCode: 0 | 1;
  /** The output shown to the user. */
  readonly shows: RegExp;
  /** Between the first response and the second. */
  readonly waitMsMin?: number;
  /** Absent means a unique name, which Claude Code treats as a new model. */
  readonly model?: string;
}

const RESPONDED = /^You said: Go on/;
/** It asks for the rest of an interrupted response, and the simulator echoes that prompt. */
const RESUMED = /^You said: Go on\s+Your response above was cut off mid-stream/;

export const CLAUDE_FAILURES: readonly ClaudeFailure[] = [
  // It removes suspicious fields one by one before it gives up.
  refused('status=400', Array(6).fill('stream 400'), /^API Error: 400 Simulated invalid_request/),
  refused(
    'status=400 type=policy_blocked should-retry=false',
    ['stream 400'],
    /^API Error: 400 Simulated policy_blocked\.$/,
  ),
  refused('status=401 should-retry=false', ['stream 401'], /^Failed to authenticate\. .* 401/),
  refused('status=402', ['stream 402'], /^API Error: 402 Simulated billing_error\.$/),
  refused('status=403', ['stream 403'], /^Failed to authenticate\. API Error: 403 Simulated/),
  refused('status=404', ['stream 404', 'buffered 404'], /issue with the selected model/),
  refused('status=413', ['stream 413'], /^Request too large/),
  {
    ...recovered('status=429 retry-after=1', ['stream 429', 'stream 200'], RESPONDED),
    waitMsMin: 1_000,
  },
  refused('status=429 should-retry=false', ['stream 429'], /Request rejected \(429\) · Simulated/),
  refused('status=429 retry-after=61', ['stream 429'], /Request rejected \(429\) · Simulated/),
  recovered('status=500', ['stream 500', 'stream 200'], RESPONDED),
  refused('status=503 should-retry=false', ['stream 503'], /^API Error: 503 .*127\.0\.0\.1/),
  recovered('status=504', ['stream 504', 'stream 200'], RESPONDED),
  recovered('status=529', ['stream 529', 'stream 200'], RESPONDED),
  {
    // Only for Opus; with other models it retries for minutes.
    ...refused('status=529', Array(3).fill('stream 529'), /^API Error: Repeated 529 Overloaded/),
    name: 'status=529 of Opus',
    model: 'claude-opus-5-5',
  },
  recovered('mid-error=overloaded_error', ['stream 200', 'stream 200'], RESUMED),
  recovered('mid-error=api_error', ['stream 200', 'stream 200'], RESUMED),
  refused('mid-error=invalid_request_error', ['stream 200'], /^API Error: Simulated invalid/),
  refused('mid-error=policy_blocked', ['stream 200'], /^API Error: Simulated policy_blocked\.$/),
  recovered('cut=clean', ['stream 200', 'stream 200'], RESUMED),
  recovered('cut=partial', ['stream 200', 'stream 200'], RESUMED),
  recovered('cut=reset', ['stream 200', 'stream 200'], RESUMED),
  refused('cut=clean', Array(4).fill('stream 200'), /^API Error: Server error mid-response/),
  recovered('hang=head', ['stream 504', 'stream 200'], RESPONDED),
  // There was no text before the silence, so there is nothing to resume.
  recovered('hang=start', ['stream 200', 'buffered 200'], RESPONDED),
  recovered('hang=middle', ['stream 200', 'stream 200'], RESUMED),
];

/** The failure persists. */
function refused(simulate: string, requests: readonly string[], shows: RegExp): ClaudeFailure {
  return { name: simulate, simulate, requests, exitCode: 1, shows };
}

/** The failure happens once. */
function recovered(simulate: string, requests: readonly string[], shows: RegExp): ClaudeFailure {
  const once = `${simulate} times=1 key=${simulate.replaceAll(/[ =]/g, '-')}`;
  return { name: `${simulate}, once`, simulate: once, requests, exitCode: 0, shows };
}
