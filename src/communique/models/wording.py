"""The words in which servers report errors: codes, and patterns for messages without a code."""

from __future__ import annotations

import re

__all__ = [
    "FILTERED",
    "FILTERED_SAID",
    "FORM_BROKEN",
    "FORM_BROKEN_SAID",
    "GRPC",
    "LIMIT",
    "NO_ARGUMENT",
    "NO_FORMAT",
    "NO_TOOLS",
    "STATUS",
    "TOO_LONG",
    "UNRECOGNIZED",
    "UNSUPPORTED",
]

# Messages of servers without an error code for a full context: vLLM, Ollama, LM Studio.
TOO_LONG = re.compile(
    r"maximum context length|context (?:length|size|window) (?:of|is|exceeded)|exceeds? the "
    r"(?:model'?s? )?(?:available |maximum )?context|greater than the context length",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"(?:maximum context length is|context (?:length|size|window) of) (\d[\d,]{0,12})"
)
# Messages of servers without an error code for it: "`temperature` is deprecated for this model".
OPTIONS = r"temperature|random_seed|seed|max_tokens|reasoning_effort"
UNSUPPORTED = re.compile(
    rf"\b({OPTIONS})\b[^.]{{0,40}}\b(?:deprecated|not supported|unsupported|not permitted)\b",
    re.IGNORECASE,
)
# OpenAI's message to models without the option.
UNRECOGNIZED = re.compile(
    rf"\bunrecognized request argument[^:]{{0,40}}: ({OPTIONS})\b", re.IGNORECASE
)
# Messages that refuse the form of an answer: OpenAI, Groq, DeepSeek, vLLM, LM Studio, llama.cpp.
NO_FORMAT = re.compile(
    r"response[_ ]format|json_schema|structured outputs?|\bgrammar\b", re.IGNORECASE
)
NO_TOOLS = re.compile(
    r"\btool_choice\b|\b(?:tools?|function[ _]call(?:s|ing)?)\b[^.]{0,40}"
    r"\b(?:not|unsupported|unavailable|requires?)\b|\bsupport (?:tools|function)",
    re.IGNORECASE,
)
# Python's message for an SDK function that lacks the argument.
NO_ARGUMENT = re.compile(rf"unexpected keyword argument '({OPTIONS})'")
# HTTP status by the error's code or type, for errors that have no status.
STATUS = {
    "rate_limit": 429,
    "insufficient_quota": 429,
    "too_many_requests": 429,
    "invalid_api_key": 401,
    "authentication": 401,
    "unauthorized": 401,
    "permission": 403,
    "context_length": 400,
    "content_filter": 400,
    "invalid_request": 400,
    "not_found": 404,
    "server_error": 500,
    "api_error": 500,
    "unavailable": 503,
    "overloaded": 503,
    "timeout": 504,
}
# Codes for a question stopped by a content filter: OpenAI, Azure, Alibaba.
FILTERED = (
    "content_filter", "ResponsibleAIPolicyViolation", "content_policy_violation",
    "data_inspection_failed", "DataInspectionFailed",
)  # fmt: skip
# Messages of servers without such a code: OpenAI, OpenRouter (with HTTP 403), DeepSeek.
FILTERED_SAID = re.compile(
    r"\b(?:prompt|input) (?:was|is) flagged\b|content exists risk|inappropriate content",
    re.IGNORECASE,
)
# Codes for model output that violates the schema: Groq.
FORM_BROKEN = ("json_validate_failed", "tool_use_failed")
# Messages of servers without such a code; they do not match a request that is broken JSON.
FORM_BROKEN_SAID = re.compile(
    r"\bfailed to (?:generate|produce|validate)\b[^.]{0,30}\bjson\b"
    r"|\b(?:model|output|generation|completion|response|reply)\b[^.]{0,40}\b(?:not (?:a )?valid"
    r"|not (?:return|produce|generate) (?:valid )?|invalid|malformed) ?json\b"
    r"(?! (?:schema|body|mode))"
    r"|\bjson\b[^.]{0,30}\b(?:model|generated) (?:output|response|reply)\b"
    r"|\bparse the (?:model[’']?s?|generated) (?:output|response|reply)\b"
    r"|\b(?:model|generated) (?:output|response|reply)\b[^.]{0,20}\bnot match\b"
    r"[^.]{0,20}\bschema\b",
    re.IGNORECASE,
)
# HTTP status by gRPC code.
GRPC = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
