// What the workers note of a request for the people who run the gateway.

/** Facts for the request's log line; numbers and short labels only, never content. */
export type Annotations = Readonly<Record<string, string | number | boolean>>;
