"""
Asks a language model with the openai client in the given ways, and prints what the client saw as JSON.

Usage: openai_client.py URL WAY…
"""

import json
import sys
import time

import numpy
import openai

MESSAGES = [{"role": "user", "content": "Where do rivers run?"}]
MOST_TOKENS = 16
TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]


def usage_of(usage):
    details = usage.prompt_tokens_details
    return {
        "input": usage.prompt_tokens,
        "output": usage.completion_tokens,
        "cached": 0 if details is None else details.cached_tokens,
    }


def is_piece(choice):
    return bool(choice.delta.content or choice.delta.tool_calls)


def whole(client):
    started = time.perf_counter()
    answer = client.chat.completions.create(model="py-whole", messages=MESSAGES, max_tokens=MOST_TOKENS)
    choice = answer.choices[0]
    return {
        "seconds": time.perf_counter() - started,
        "usage": usage_of(answer.usage),
        "finish": choice.finish_reason,
        "chars": len(choice.message.content),
    }


def streamed(client, model, **options):
    started = time.perf_counter()
    first = None
    pieces = chars = 0
    usage = finish = timings = None
    options = {"model": model, "messages": MESSAGES, "max_tokens": MOST_TOKENS, **options}
    with client.chat.completions.create(stream=True, **options) as stream:
        for chunk in stream:
            # llama.cpp's own.
            timings = (chunk.model_extra or {}).get("timings", timings)
            if chunk.usage is not None:
                usage = usage_of(chunk.usage)
            for choice in chunk.choices:
                finish = choice.finish_reason or finish
                if is_piece(choice):
                    first = first or time.perf_counter() - started
                    pieces += 1
                    chars += len(choice.delta.content or "")
    return {
        "first": first,
        "seconds": time.perf_counter() - started,
        "pieces": pieces,
        "chars": chars,
        "usage": usage,
        "finish": finish,
        "timings": timings,
    }


def completion(client):
    pieces = 0
    with client.completions.create(
        model="py-completion", prompt="Rivers", stream=True, max_tokens=MOST_TOKENS
    ) as stream:
        for chunk in stream:
            pieces += sum(1 for choice in chunk.choices if choice.text)
    return {"pieces": pieces}


def left(client):
    """Reads two pieces and goes."""
    # A model is known by name once it has answered.
    client.chat.completions.create(model="py-left", messages=MESSAGES, max_tokens=1)
    pieces = 0
    options = {"model": "py-left", "messages": MESSAGES, "max_tokens": 200}
    with client.chat.completions.create(stream=True, **options) as stream:
        for chunk in stream:
            pieces += sum(1 for choice in chunk.choices if is_piece(choice))
            if pieces == 2:
                break
    return {"pieces": pieces}


def refused(client):
    try:
        client.chat.completions.create(model="absent", messages=MESSAGES)
    except openai.NotFoundError as error:
        return {"status": error.status_code}
    raise AssertionError("the model does not exist")


def embeddings(client):
    """150 texts to learn from and 150 of other words; how far those are from the mean direction of the first."""
    random = numpy.random.default_rng(5)
    tokens = 0
    seconds = 0.0
    vectors = []
    for low, high in [(0, 48)] * 30 + [(48, 64)] * 30:
        texts = [" ".join(f"word{index}" for index in random.integers(low, high, 6)) for _ in range(5)]
        started = time.perf_counter()
        answer = client.embeddings.create(model="py-embeddings", input=texts)
        seconds += time.perf_counter() - started
        tokens += answer.usage.prompt_tokens
        vectors += [entry.embedding for entry in answer.data]
    units = numpy.array(vectors) / numpy.linalg.norm(vectors, axis=1, keepdims=True)
    centroid = units[:150].mean(axis=0)
    distances = 1 - units[150:] @ centroid / numpy.linalg.norm(centroid)
    return {
        "rows": len(vectors),
        "tokens": tokens,
        "seconds": seconds,
        "size": len(vectors[0]),
        "distance": float(numpy.median(distances)),
    }


WAYS = {
    "whole": whole,
    "streamed": lambda client: streamed(client, "py-streamed", stream_options={"include_usage": True}),
    "uncounted": lambda client: streamed(client, "py-uncounted"),
    "tools": lambda client: streamed(client, "py-tools", tools=TOOLS),
    "completion": completion,
    "left": left,
    "refused": refused,
    "embeddings": embeddings,
}

url, *ways = sys.argv[1:]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
json.dump({way: WAYS[way](client) for way in ways}, sys.stdout)
