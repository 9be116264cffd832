/** Lists every issue of the configuration; contains no values, so it may be printed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(['The configuration is invalid:', ...issues].join('\n  '));
    this.issues = issues;
  }
}
