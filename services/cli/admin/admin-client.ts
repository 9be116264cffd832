// Asks a gateway over its HTTP API, and turns its errors back into those of the services.

import { ERROR_CODES, LlmpError, type ErrorCode } from '../../../shared/errors.ts';
import { UsageError } from '../usage-error.ts';

export interface Gateway {
  /** Without a slash at the end. */
  readonly url: string;
  readonly adminKey: string;
}

/** @throws UsageError */
export function gatewayAt(url: string, adminKey: string | undefined): Gateway {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      '--url must be an http:// or https:// address, such as http://127.0.0.1:8080',
    );
  }
  if (!adminKey) {
    throw new UsageError(
      '--admin-key is required with --url: the LLMP_ADMIN_TOKEN of that gateway, also as LLMP_ADMIN_KEY',
    );
  }
  return { url: url.replace(/\/+$/, ''), adminKey };
}

export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: unknown;
  /** Sent as JSON, unless it is bytes. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface AdminAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** @param path below `/admin/`, its parts encoded */
export async function askAdmin(
  { url, adminKey }: Gateway,
  path: string,
  { method = 'GET', query, body, signal }: AdminRequest = {},
): Promise<AdminAnswer> {
  const isFile = body instanceof Uint8Array;
  const init: RequestInit = {
    method,
    headers: {
      'x-api-key': adminKey,
      ...(body === undefined
        ? {}
        : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
    },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: isFile ? Buffer.from(body) : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  };
  const response = await reached(url, () => fetch(`${url}/admin/${path}${queryText(query)}`, init));
  const text = await reached(url, () => response.text());
  const json = jsonIn(text);
  if (response.ok && json !== undefined) return { status: response.status, json };
  throw errorOf(url, response.status, json);
}

async function reached<Result>(url: string, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new Error(`the gateway at ${url} cannot be reached (${code}): check --url`, {
      cause: error,
    });
  }
}

function errorOf(url: string, status: number, json: unknown): Error {
  const { code, message } = anthropicError(json);
  if (status === 401)
    return new Error(`the gateway at ${url} rejects the admin key: check --admin-key`);
  if (message === undefined) {
    return new Error(`${url} does not respond as llmp does (status ${status}): check --url`);
  }
  return code === undefined ? new Error(message) : new LlmpError(code, message);
}

function anthropicError(json: unknown): { code?: ErrorCode | undefined; message?: string } {
  const error = fieldOf(json, 'error');
  const message = fieldOf(error, 'message');
  const named = fieldOf(fieldOf(error, 'details'), 'error_code');
  const code = ERROR_CODES.find((known) => known === named);
  return typeof message === 'string' ? { code, message } : {};
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryText(query: unknown): string {
  if (typeof query !== 'object' || query === null) return '';
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const pairs = given.map(([name, value]): [string, string] => [name, String(value)]);
  const text = new URLSearchParams(pairs).toString();
  return text === '' ? '' : `?${text}`;
}
