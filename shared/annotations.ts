// What the rooms note of a request for the people who run the gateway.

/** Facts for the request's log line; numbers and short labels only, never content. */
export type Notes = Readonly<Record<string, string | number | boolean>>;
