"""Runs into failures and prints a report of each as a JSON list in the same order.

The argument is {url, key, attempts}; test/kit/failures.ts describes an attempt. All run
concurrently, because most of the time is spent waiting for retries.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import anthropic

task = json.loads(sys.argv[1])


def run_into(attempt):
    """Returns the error raised by the SDK, or the text of the response."""
    client = anthropic.Anthropic(base_url=task["url"], api_key=attempt.get("key", task["key"]))
    text = "x" * attempt["textBytes"] if "textBytes" in attempt else "Count to three"
    simulate = attempt.get("simulate")
    request = {
        "model": attempt["model"],
        "max_tokens": attempt.get("maxTokens", 256),
        "messages": [{"role": "user", "content": text}],
        "extra_headers": {"x-llmp-simulate": simulate} if simulate else {},
    }
    try:
        if "path" in attempt:
            return {"text": str(client.get(attempt["path"], cast_to=object))}
        if attempt.get("stream"):
            with client.messages.stream(**request) as stream:
                return {"text": stream.get_final_text()}
        return {"text": client.messages.create(**request).content[0].text}
    except anthropic.APIError as error:
        body = error.body["error"] if isinstance(error.body, dict) else {}
        return {
            "class": type(error).__name__,
            "status": getattr(error, "status_code", None),
            "type": body.get("type"),
            "message": body.get("message", error.message),
            "code": body.get("details", {}).get("error_code"),
            "requestId": getattr(error, "request_id", None),
        }


with ThreadPoolExecutor(max_workers=32) as pool:
    print(json.dumps(list(pool.map(run_into, task["attempts"]))))
