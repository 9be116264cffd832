"""Calls the API with the asynchronous client and prints a report as JSON.

The argument is {url, key, model}; the report has the format of `conversation.py`.
"""

import asyncio
import json
import sys

import anthropic

task = json.loads(sys.argv[1])
model = task["model"]
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


async def converse(client):
    report = {}

    created = await client.messages.create(**hello)
    report["created"] = created.to_dict()
    report["requestId"] = created._request_id

    bearer = anthropic.AsyncAnthropic(base_url=task["url"], api_key=None, auth_token=task["key"])
    report["byToken"] = (await bearer.messages.create(**hello)).stop_reason

    async with client.messages.stream(**hello) as stream:
        report["deltas"] = [delta async for delta in stream.text_stream]
        report["streamed"] = (await stream.get_final_message()).to_dict()

    raw = await client.messages.create(**hello, stream=True)
    report["events"] = [event.type async for event in raw]

    unknown = {"x-llmp-simulate": "unknown text=all is well"}
    async with client.messages.stream(**hello, extra_headers=unknown) as stream:
        report["unknown"] = [block.type for block in (await stream.get_final_message()).content]

    async with client.messages.stream(**hello, thinking={"type": "adaptive"}) as stream:
        thought = await stream.get_final_message()
    report["thinking"] = [block.type for block in thought.content]
    again = [*hello["messages"], {"role": "assistant", "content": thought.content}]
    after = await client.messages.create(
        **{**hello, "messages": [*again, {"role": "user", "content": "And on"}]},
        thinking={"type": "adaptive"},
    )
    report["afterThinking"] = after.content[-1].text

    text = '[[simulate: tool=weather input={"town":"Zürich \\"Nord\\""}]]'
    asked = [{"role": "user", "content": text}]
    async with client.messages.stream(**{**hello, "messages": asked, "tools": [weather]}) as stream:
        call = await stream.get_final_message()
    use = next(block for block in call.content if block.type == "tool_use")
    words = f"Rain in {use.input['town']}."
    result = {"type": "tool_result", "tool_use_id": use.id, "content": words}
    turns = [
        *asked,
        {"role": "assistant", "content": call.content},
        {"role": "user", "content": [result]},
    ]
    response = await client.messages.create(**{**hello, "messages": turns})
    report["toolInput"] = use.input
    report["toolResponse"] = response.content[0].text

    beta = await client.beta.messages.create(**hello, betas=["context-management-2025-06-27"])
    report["beta"] = beta.content[0].text

    counted = await client.messages.count_tokens(model=model, messages=hello["messages"])
    report["inputTokens"] = counted.input_tokens

    report["models"] = [each.id async for each in client.models.list(limit=2)]
    report["retrieved"] = (await client.models.retrieve(model)).id
    return report


async def main():
    async with anthropic.AsyncAnthropic(
        base_url=task["url"], api_key=task["key"], max_retries=0
    ) as client:
        print(json.dumps(await converse(client)))


asyncio.run(main())
