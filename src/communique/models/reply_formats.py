"""The ways to ask for an answer of a form in the chat-completions protocol.

Servers differ: most enforce a JSON schema, DeepSeek and old versions of vLLM know only JSON
objects, others only tool calls, and some ignore what they don't know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, RootModel

from communique.models.base import Message
from communique.models.findings import ReplyFormat

__all__ = ["format_options", "show_form", "suited"]


def suited(reply_format: ReplyFormat, form: type[BaseModel]) -> ReplyFormat:
    """Return how to ask for a form: a list can be neither a JSON object nor a tool's arguments."""
    is_list = issubclass(form, RootModel)
    return "text" if is_list and reply_format in {"json_object", "tools"} else reply_format


def format_options(reply_format: ReplyFormat, form: type[BaseModel]) -> Mapping[str, Any]:
    """Return the options of a request that ask for a form."""
    match reply_format:
        case "json_schema":
            return {"response_format": _json_schema(form)}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case "tools":
            chosen = {"type": "function", "function": {"name": form.__name__}}
            return {"tools": [_tool(form)], "tool_choice": chosen}
        case "text":
            return {}


def show_form(
    reply_format: ReplyFormat, messages: Sequence[Message], form: type[BaseModel]
) -> list[Message]:
    """Return the messages, with the form's schema in the last one unless the options show it."""
    if reply_format in {"json_schema", "tools"}:
        return list(messages)
    *before, last = messages
    return [*before, {**last, "content": f"{last['content']}\n\n{_instruction(form)}"}]


@lru_cache(maxsize=64)
def _json_schema(form: type[BaseModel]) -> Mapping[str, object]:
    schema = {"name": form.__name__, "schema": form.model_json_schema(), "strict": True}
    return {"type": "json_schema", "json_schema": schema}


@lru_cache(maxsize=64)
def _tool(form: type[BaseModel]) -> Mapping[str, object]:
    function = {
        "name": form.__name__,
        "description": "Gives the answer.",
        "parameters": form.model_json_schema(),
    }
    return {"type": "function", "function": function}


@lru_cache(maxsize=64)
def _instruction(form: type[BaseModel]) -> str:
    schema = json.dumps(form.model_json_schema(), ensure_ascii=False, separators=(",", ":"))
    return f"Answer only with JSON that fits this JSON Schema, without any other text:\n{schema}"
