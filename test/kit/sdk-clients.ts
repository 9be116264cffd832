// The SDKs behind one interface: each runs into all given failures at once and reports them. They run
// concurrently, because most of the time is spent waiting for retries.

import Anthropic from '@anthropic-ai/sdk';
import AnthropicZero from 'anthropic-sdk-0';
import type { Failure, Report, SdkName } from './failures.ts';
import { PYTHON_SDKS, type PythonSdk } from './python.ts';

export type TypeScriptSdk = typeof Anthropic;

/** The calls used here exist in both versions; the types are those of the newer one. */
export const TYPESCRIPT_SDKS: readonly { name: SdkName; Sdk: TypeScriptSdk }[] = [
  { name: 'TypeScript 1', Sdk: Anthropic },
  { name: 'TypeScript 0', Sdk: AnthropicZero as unknown as TypeScriptSdk },
];

/** A failure, and the model that identifies its requests in the log. */
export type Attempt = Failure & { readonly model: string };

export interface SdkClient {
  readonly name: SdkName;
  /** Returns reports in the order of the attempts. */
  run(gateway: { url: string; key: string }, attempts: readonly Attempt[]): Promise<Report[]>;
}

export const SDK_CLIENTS: readonly SdkClient[] = [
  ...TYPESCRIPT_SDKS.map(typeScriptClient),
  ...PYTHON_SDKS.map(pythonClient),
];

function typeScriptClient({ name, Sdk }: (typeof TYPESCRIPT_SDKS)[number]): SdkClient {
  return {
    name,
    run: (gateway, attempts) =>
      Promise.all(attempts.map((attempt) => tryWith(Sdk, gateway, attempt))),
  };
}

function pythonClient(sdk: PythonSdk): SdkClient {
  return {
    name: sdk.version.startsWith('1.') ? 'Python 1' : 'Python 2',
    run: ({ url, key }, attempts) => sdk.run<Report[]>('failures', { url, key, attempts }),
  };
}

async function tryWith(
  Sdk: TypeScriptSdk,
  gateway: { url: string; key: string },
  { simulate, stream, key, path, textBytes, maxTokens, model }: Attempt,
): Promise<Report> {
  const client = new Sdk({ baseURL: gateway.url, apiKey: key ?? gateway.key });
  const content = textBytes === undefined ? 'Count to three' : 'x'.repeat(textBytes);
  const request = {
    model,
    // Deliberately sends a value of the wrong type.
    max_tokens: (maxTokens ?? 256) as number,
    messages: [{ role: 'user' as const, content }],
  };
  const options = simulate === undefined ? {} : { headers: { 'x-llmp-simulate': simulate } };
  try {
    if (path !== undefined) return { text: String(await client.get(path)) };
    const message = stream
      ? await client.messages.stream(request, options).finalMessage()
      : await client.messages.create(request, options);
    const [block] = message.content;
    return { text: block?.type === 'text' ? block.text : '' };
  } catch (thrown) {
    if (!(thrown instanceof Sdk.APIError)) throw thrown;
    const envelope = thrown.error as { error?: ErrorBody } | undefined;
    return {
      class: thrown.constructor.name,
      status: thrown.status ?? null,
      type: thrown.type ?? null,
      message: envelope?.error?.message ?? thrown.message,
      code: envelope?.error?.details?.error_code ?? null,
      requestId: thrown.requestID ?? null,
    };
  }
}

interface ErrorBody {
  readonly message?: string;
  readonly details?: { readonly error_code?: string };
}
