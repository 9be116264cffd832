// For docs/errors.md: what each error means beyond its message, and what a client or operator does.

import type { ErrorCode } from '../../shared/errors.ts';

interface ErrorGuide {
  readonly meaning: string;
  readonly action: string;
}

export const ERROR_GUIDE: Readonly<Record<ErrorCode, ErrorGuide>> = {
  invalid_json: {
    meaning: 'The request body is not UTF-8 or not JSON.',
    action: 'Fix the client. Retrying the same bytes fails again.',
  },
  invalid_request: {
    meaning:
      'The body lacks `model`, `messages` or `max_tokens`, nests deeper than 1,000 levels or holds over a million values; an admin field, a query parameter or an `x-llmp-…` header is wrong; or the request is not valid HTTP. The message names the path of everything that is wrong.',
    action: 'Fix the named fields.',
  },
  policy_blocked: {
    meaning:
      'A content policy blocked the request or the response, the scrubber rules block a kind of data or base64 content in it, the key is not allowed to use one of the models it names, or its policy does not exist. `error.details` names the policy and the rule where there is one; what matched is never shown.',
    action:
      'Change the request, or have an operator change the policy, the rules or the key. Find the `request-id` in the log for the rules that matched.',
  },
  model_without_price: {
    meaning:
      'The key or its team has a budget, and the request names a model, also as fallback or advisor, whose price is not known, so that its cost could not be counted. The message names the model.',
    action:
      'Check the name of the model. If it is right, add its price to `LLMP_PRICES_FILE` ([prices](limits.md#prices)), or remove the budget.',
  },
  invalid_api_key: {
    meaning:
      'No llmp key was sent, or it is mistyped, unknown, revoked or expired; for `/admin`, the admin token is wrong.',
    action:
      'Send a valid key as `x-api-key` or `authorization: Bearer`. `llmp keys list` shows its status.',
  },
  pass_through_refused: {
    meaning:
      'The path belongs to a feature of `LLMP_PASS_THROUGH`, and the key or its team has a budget, a token limit, a list of models or a policy, which cannot be enforced there. The message names what.',
    action: 'Use a key without, or have an operator take the feature out of `LLMP_PASS_THROUGH`.',
  },
  client_disconnected: {
    meaning: 'The client closed the connection first. Seen in logs and the ledger only.',
    action:
      'Nothing, unless it is frequent: then compare the timeouts of clients and reverse proxies with the duration of responses.',
  },
  not_found: {
    meaning:
      'The path, model, key, collection or document does not exist, or the admin API is off because `LLMP_ADMIN_TOKEN` is not set.',
    action: 'Check the path and the id.',
  },
  not_supported: {
    meaning:
      'The path belongs to an API that llmp does not serve, such as Message Batches, Files or Skills: their content could not be scrubbed. `details.feature` names it. The simulator serves none of them either.',
    action:
      'Use `POST /v1/messages`, or ask the upstream directly for what may reach it unscrubbed. An operator can let such an API through with `LLMP_PASS_THROUGH`.',
  },
  method_not_allowed: {
    meaning:
      'The path exists, but not with this method; `allow` names those it has. A preflight of a browser gets this if its page is not named in `LLMP_CORS_ORIGINS`.',
    action: 'Use a method of `allow`, or add the origin of the page.',
  },
  expectation_failed: {
    meaning: 'The request has an `expect` header with another value than `100-continue`.',
    action: 'Remove the header.',
  },
  request_timeout: {
    meaning:
      'The body arrived more slowly than 16 KiB/s after its first 10 seconds, or the request did not arrive completely within 60 seconds.',
    action: 'Check the network between client and gateway; send smaller bodies over slow links.',
  },
  conflict: {
    meaning:
      'A collection of that name exists or is still being removed, or the document is being indexed, or its file is no longer kept.',
    action: 'Follow the message: wait, choose another name, or send the file again.',
  },
  request_too_large: {
    meaning:
      'The body is larger than `LLMP_BODY_BYTES_MAX`, than 64 KiB for an admin request, or than 20 MB for a document. Or one of its texts has more prose than the recognizer may search (`text_chars_max` in the [rules](privacy.md#recognizer)).',
    action:
      'Send less, or raise the bound that the message names (Anthropic itself accepts 32 MB).',
  },
  unsupported_media_type: {
    meaning: 'The content type is not `application/json`, or the body is compressed.',
    action: 'Send uncompressed JSON with `content-type: application/json`.',
  },
  too_many_auth_failures: {
    meaning: 'The address sent 30 unknown keys within a minute. Valid keys still work from it.',
    action:
      'Wait a minute and fix the client with the wrong key. Behind a proxy, set `LLMP_TRUSTED_PROXIES`, or all clients share one address.',
  },
  rate_limited: {
    meaning:
      'A limit of the key or its team is reached: requests, input tokens or output tokens per minute, concurrent requests, or bytes of request bodies in flight; or the rest of a budget is reserved by running requests. Above 45 seconds of wait the response carries `x-should-retry: false`.',
    action:
      'Wait for `retry-after`, or raise the limit with `llmp keys update` or `llmp teams update`.',
  },
  budget_exceeded: {
    meaning:
      'The daily or monthly budget of the key or its team is spent. `retry-after` is the time to its renewal.',
    action: 'Wait, or raise the budget with `llmp keys update` or `llmp teams update`.',
  },
  headers_too_large: {
    meaning: 'The request line and headers exceed 64 KiB.',
    action: 'Send fewer or shorter headers.',
  },
  internal: {
    meaning: 'A bug in the gateway.',
    action:
      'Look up the `request-id` in the log; the line `internal error` has the stack. Please report it.',
  },
  stage_failed: {
    meaning:
      'A stage failed on this request in a way that no other code describes. The request was not sent to the upstream.',
    action: 'Look up the `request-id` in the log of that worker.',
  },
  upstream_unreachable: {
    meaning: 'No connection to the upstream: DNS, TCP, TLS or proxy.',
    action: 'Check `LLMP_UPSTREAM_URL`, the proxies and the network of the upstream worker.',
  },
  upstream_disconnected: {
    meaning:
      'The upstream closed the connection before its response was complete, or a buffered response exceeds 64 MB. In a stream this arrives as `event: error`.',
    action:
      'Retry. If it is frequent, look for a proxy with a short timeout between llmp and the upstream.',
  },
  upstream_redirected: {
    meaning:
      'The upstream responded with a redirect. It is neither followed nor passed on: the client would send its original request and its llmp key to the other address.',
    action:
      'Set `LLMP_UPSTREAM_URL`, or the `url` of the upstream, to the final address. A login page of a network or proxy also redirects.',
  },
  upstream_invalid_response: {
    meaning:
      'The upstream responded with a success that is no message: a web page, a text, no content, or an encoding that was not asked for and cannot be decoded.',
    action:
      'Check `LLMP_UPSTREAM_URL` and its path. Web pages come from login portals, proxies and bot protection between llmp and the upstream.',
  },
  body_unreachable: {
    meaning:
      'A worker could not fetch a body over 64 KiB from the process that holds it: that process is gone, its address cannot be reached from the worker, or the request was over meanwhile. The request was dispatched again until the attempts were used up.',
    action:
      'Retry. Check `LLMP_INTERNAL_HOST`, `LLMP_INTERNAL_PORT` and the network between the workers; the log of the worker names the address.',
  },
  worker_lost: {
    meaning:
      'A worker stopped sending heartbeats for two seconds while it held the request, and the request could not be dispatched again: the response had begun, or the attempts were used up.',
    action: 'Retry. Look for restarts, out-of-memory kills or a saturated CPU of that worker.',
  },
  request_quarantined: {
    meaning:
      'Two workers accepted this request and fell silent for two seconds or hung for 15 seconds, so it is given to no third one. For five minutes, the ingress also refuses requests of this key with the same body.',
    action:
      'Do not send it again unchanged. Look in the logs of the workers for the crash that it causes, or for `worker hangs and ends itself`, and report it.',
  },
  no_workers: {
    meaning: 'No worker of the named stage is connected.',
    action: 'Start one. `/readyz` of the ingress and `nats micro ls` show which stages run.',
  },
  bus_down: {
    meaning:
      'NATS has not responded for almost a second, so no worker can be given the request. No upstream was called for it, unless it was already in work.',
    action: 'Clients retry by themselves. Check NATS (`NATS_URL`); the log says when it was lost.',
  },
  version_mismatch: {
    meaning:
      'A worker got a message of another version of llmp that it cannot read, or that says that it must not be read in part. The message names both versions. Nothing was sent to an upstream by that worker.',
    action:
      'Run one version: finish the upgrade, or roll it back. The [changelog](../CHANGELOG.md) says which versions work together, and [operations](operations.md#upgrades-and-version-skew) how that is decided.',
  },
  store_down: {
    meaning:
      'Redis, or the embedded database, does not respond and the request cannot be decided without it: the key is not cached, `LLMP_LIMITS_ON_STORE_ERROR=closed`, or the collections cannot be read.',
    action: 'Check Redis (`REDIS_URL`) or the disk of `LLMP_DATA_DIR`.',
  },
  draining: {
    meaning: 'The process is shutting down.',
    action:
      'Retry; another process responds. Set `LLMP_LAME_DUCK_MS` so that load balancers stop sending requests first.',
  },
  recognizer_failed: {
    meaning:
      'The recognizer named in the scrub rules did not respond in time, responded with an error or with offsets outside the text, or is paused after several failures in a row. The request was not sent to the upstream.',
    action:
      'Look up the `request-id` in the log of the scrubber, which has the cause; check the analyzer or the model. If long texts fail, give it more cores or raise `deadline_ms_per_1000_chars` in the [rules](privacy.md#recognizer).',
  },
  policy_check_failed: {
    meaning:
      'A webhook or judge of the policy did not respond and the policy is not `on_error: open`.',
    action: 'Check the webhook, or the upstream key of the policy worker for judges.',
  },
  retrieval_failed: {
    meaning:
      'The search in the collections of the key failed or was late, and one of them is `on_error: closed`.',
    action:
      'Check Postgres or the data directory, the state of the documents (`llmp documents list`) and the `deadline` of the collection.',
  },
  stage_timeout: {
    meaning:
      'A stage before the upstream took longer than 30 seconds, or this request blocked a worker for 15 seconds.',
    action:
      'Check the load of that worker; scale it. If it logs `worker hangs and ends itself`, report the request.',
  },
  upstream_timeout: {
    meaning:
      'The upstream sent no response headers within `LLMP_UPSTREAM_HEADERS_TIMEOUT_MS`, or was silent within a stream for `LLMP_UPSTREAM_IDLE_MS`.',
    action: 'Retry; raise the settings for slow models.',
  },
  deadline_exceeded: {
    meaning: 'The request took longer than an hour.',
    action: 'Ask for less in one request.',
  },
  no_healthy_upstream: {
    meaning:
      'Every upstream that has the model is in a circuit breaker pause, or all of its keys are out of quota. Only with `LLMP_UPSTREAMS`.',
    action: 'Look for `upstream health changed` in the log; add upstreams, keys or `fallbacks`.',
  },
  overloaded: {
    meaning:
      'Every worker of the named stage is at capacity, or the ingress holds as many bytes of request bodies as `LLMP_BODY_BYTES_IN_FLIGHT_MAX` permits; then the request is refused before its body is read.',
    action:
      'Scale that stage: more processes or containers. For request bodies, add ingress processes or memory, and raise `LLMP_BODY_BYTES_IN_FLIGHT_MAX`.',
  },
};
