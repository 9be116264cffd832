"""Disconnects mid-stream and prints the text received so far as JSON.

The argument is {url, key, model, simulate}.
"""

import json
import sys

import anthropic

task = json.loads(sys.argv[1])
client = anthropic.Anthropic(base_url=task["url"], api_key=task["key"], max_retries=0)
with client.messages.stream(
    model=task["model"],
    max_tokens=256,
    messages=[{"role": "user", "content": "Say much"}],
    extra_headers={"x-llmp-simulate": task["simulate"]},
) as stream:
    print(json.dumps({"text": next(iter(stream.text_stream))}))
