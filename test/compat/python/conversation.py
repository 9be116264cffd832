"""Calls the API with the synchronous client and prints a report as JSON.

The argument is {url, key, model}. `conversation-async.py` does the same asynchronously.
"""

import json
import sys

import anthropic

task = json.loads(sys.argv[1])
model = task["model"]
client = anthropic.Anthropic(base_url=task["url"], api_key=task["key"], max_retries=0)
hello = {
    "model": model,
    "max_tokens": 256,
    "messages": [{"role": "user", "content": "Hello from Python"}],
}
weather = {
    "name": "weather",
    "description": "Tells the weather.",
    "input_schema": {"type": "object", "properties": {"town": {"type": "string"}}},
}
report = {}

created = client.messages.create(**hello)
report["created"] = created.to_dict()
report["requestId"] = created._request_id

bearer = anthropic.Anthropic(base_url=task["url"], api_key=None, auth_token=task["key"])
report["byToken"] = bearer.messages.create(**hello).stop_reason

with client.messages.stream(**hello) as stream:
    report["deltas"] = list(stream.text_stream)
    report["streamed"] = stream.get_final_message().to_dict()

report["events"] = [event.type for event in client.messages.create(**hello, stream=True)]

unknown = {"x-llmp-simulate": "unknown text=all is well"}
with client.messages.stream(**hello, extra_headers=unknown) as stream:
    report["unknown"] = [block.type for block in stream.get_final_message().content]

with client.messages.stream(**hello, thinking={"type": "adaptive"}) as stream:
    thought = stream.get_final_message()
report["thinking"] = [block.type for block in thought.content]
again = [*hello["messages"], {"role": "assistant", "content": thought.content}]
report["afterThinking"] = client.messages.create(
    **{**hello, "messages": [*again, {"role": "user", "content": "And on"}]},
    thinking={"type": "adaptive"},
).content[-1].text

asked = [{"role": "user", "content": '[[simulate: tool=weather input={"town":"Zürich \\"Nord\\""}]]'}]
with client.messages.stream(**{**hello, "messages": asked, "tools": [weather]}) as stream:
    call = stream.get_final_message()
use = next(block for block in call.content if block.type == "tool_use")
result = {"type": "tool_result", "tool_use_id": use.id, "content": f"Rain in {use.input['town']}."}
turns = [
    *asked,
    {"role": "assistant", "content": call.content},
    {"role": "user", "content": [result]},
]
report["toolInput"] = use.input
report["toolResponse"] = client.messages.create(**{**hello, "messages": turns}).content[0].text

beta = client.beta.messages.create(**hello, betas=["context-management-2025-06-27"])
report["beta"] = beta.content[0].text

counted = client.messages.count_tokens(model=model, messages=hello["messages"])
report["inputTokens"] = counted.input_tokens

report["models"] = [each.id for each in client.models.list(limit=2)]
report["retrieved"] = client.models.retrieve(model).id

print(json.dumps(report))
