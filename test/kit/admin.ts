// A client of the admin API.

import type { Gateway } from './gateway.ts';

interface AdminJson {
  readonly id: string;
  readonly key: string;
  readonly error?: { readonly message: string };
  readonly data?: readonly Record<string, unknown>[];
  readonly total?: Readonly<Record<string, number>>;
  readonly has_more?: boolean;
  readonly last_id?: string | null;
}

export interface AdminResponse {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
  readonly json: AdminJson;
}

export function adminOf({ url }: Pick<Gateway, 'url'>, token: string) {
  const ask = async (path: string, init: RequestInit): Promise<AdminResponse> => {
    const response = await fetch(`${url}/admin/${path}`, {
      ...init,
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    const json = contentType?.includes('json') ? (JSON.parse(text) as AdminJson) : null;
    return { status: response.status, contentType, text, json: json ?? { id: '', key: '' } };
  };
  const post = (path: string, body: object) =>
    ask(path, { method: 'POST', body: JSON.stringify(body) });
  return {
    get: (path: string) => ask(path, {}),
    post,
    /** Creates a key with these limits. */
    async key(limits?: object, more: object = {}) {
      const { json } = await post('keys', { name: 'test', ...(limits ? { limits } : {}), ...more });
      return { id: json.id, key: json.key };
    },
  };
}

/** A request whose maximum output costs 5 cents at $5 per million tokens. */
export function messageBody(model: string): string {
  const messages = [{ role: 'user', content: 'Hello' }];
  return JSON.stringify({ model, max_tokens: 10_000, messages });
}

/** The status of a short request with this key; its response is read to the end. */
export async function statusWith(
  { url }: { readonly url: string },
  key: string,
  model = 'm',
): Promise<number> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: messageBody(model),
  });
  await response.text();
  return response.status;
}
