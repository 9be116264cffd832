// What a command of `llmp` is: its words, arguments, options and examples. The parser, the help, the
// completion and docs/cli.md are all made of it.

import type { Admin } from './admin/admin.ts';
import type { Config } from '../config/config.ts';
import type { EnvFile } from '../config/env-file.ts';
import type { Environment } from '../config/injected.ts';
import type { Printer } from './printer.ts';
import type { World } from './world.ts';

/** What an argument or an option names, for shell completion. */
export type Names = 'key' | 'team' | 'collection' | 'file' | 'folder';

export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly isOptional?: true;
  readonly isRepeated?: true;
  readonly names?: Names;
  readonly choices?: readonly string[];
}

export interface OptionSpec {
  /** Such as `--team <team>` or `-q, --quiet`. */
  readonly flags: string;
  readonly description: string;
  readonly isRequired?: true;
  /** May be given several times. */
  readonly isRepeated?: true;
  readonly names?: Names;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  /** One word, or a group and a word. */
  readonly name: string;
  readonly summary: string;
  /** More about it, for its help. */
  readonly details?: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Command lines, each of which is valid. */
  readonly examples: readonly string[];
  /** @returns the exit code, 0 if none */
  readonly run: (invocation: Invocation) => Promise<number | void>;
}

/** The options that were given, by long name without hyphens in front. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  has(name: string): boolean {
    return this.#values.get(name) !== undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** Names of all options that were given. */
  names(): readonly string[] {
    return [...this.#values.keys()];
  }
}

export interface Invocation {
  readonly spec: CommandSpec;
  readonly args: readonly string[];
  readonly options: OptionValues;
  readonly out: Printer;
  readonly world: World;
  /** The environment, with what `.env` in the working directory adds. @throws ConfigError */
  readonly environment: () => { readonly env: Environment; readonly envFile?: EnvFile | undefined };
  /** The settings of this machine. @throws ConfigError */
  readonly config: () => Config;
  /** The store, or the gateway named by `--url`; opened once and closed after the command. */
  readonly admin: () => Promise<Admin>;
}
