/** Facts that workers add to a request's log line: numbers and short labels, never content. */
export type Annotations = Readonly<Record<string, string | number | boolean>>;
