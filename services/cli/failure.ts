// What a failed command prints: one line that names options, not fields of the HTTP API.

import { LlmpError } from '../../shared/errors.ts';
import { ConfigError } from '../config/config-error.ts';
import type { CommandSpec } from './command-spec.ts';
import { UsageError } from './usage-error.ts';

export interface Failure {
  readonly message: string;
  /** 2 for a wrong command line or setting, 1 for anything else. */
  readonly exitCode: 1 | 2;
}

/** @param spec the command that failed, if one was found */
export function failureOf(error: unknown, spec?: CommandSpec): Failure {
  if (error instanceof UsageError) return { message: error.message, exitCode: 2 };
  if (error instanceof ConfigError) return { message: error.issues.join('; '), exitCode: 2 };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LlmpError && error.code === 'invalid_request') {
    return { message: withOptions(oneLine(message), spec), exitCode: 2 };
  }
  return { message: oneLine(systemMessage(error) ?? message), exitCode: 1 };
}

/** Fields whose option or argument has another name. */
const OPTIONS: Readonly<Record<string, string>> = {
  cache_for: '--cache',
  expires_in: '--expires',
  id: '<key>',
};

const NOTHING_TO_CHANGE = /^body: must name a field to change$/;

/** Issues are `field.path: text`, joined by `; `. */
function withOptions(message: string, spec: CommandSpec | undefined): string {
  return message
    .split(/; (?=[a-z_]+(?:\.\w+)*: )/)
    .map((issue) => {
      if (NOTHING_TO_CHANGE.test(issue)) return `name an option to change${helpHint(spec)}`;
      const { path = '', text = '' } =
        /^(?<path>[a-z_]+(?:\.\w+)*): (?<text>.*)$/.exec(issue)?.groups ?? {};
      if (path === '') return issue;
      return `${optionOf(path, spec)}${/^(must|is|has|belongs) /.test(text) ? '' : ':'} ${text}`;
    })
    .join('; ');
}

function optionOf(path: string, spec: CommandSpec | undefined): string {
  const [field = '', ...rest] = path.replace(/^limits\./, '').split('.');
  const option = OPTIONS[field] ?? `--${field.replaceAll('_', '-')}`;
  if (field === 'id' && !spec?.args?.some(({ name }) => ['key', 'id'].includes(name)))
    return '--key';
  const flags = spec?.options?.map((each) => /--[\w-]+/.exec(each.flags)?.[0]);
  const argument = spec?.args?.find(({ name }) => name === field);
  const item = /^\d+$/.test(rest[0] ?? '') ? ` (entry ${Number(rest[0]) + 1})` : '';
  if (argument && !flags?.includes(option)) return `<${argument.name}>${item}`;
  return `${option}${item}`;
}

export function helpHint(spec: CommandSpec | undefined): string {
  return spec ? `; see llmp ${spec.name} --help` : '';
}

/** Node words errors of the system for programmers. */
function systemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const reason = REASONS[String(error.code)];
  return reason === undefined ? undefined : `${String(error.path)}: ${reason}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'is a folder',
  ENOTDIR: 'is not a folder',
  EEXIST: 'exists already',
};

function oneLine(message: string): string {
  return message.trim().replaceAll(/\s*\n\s*/g, '; ');
}
