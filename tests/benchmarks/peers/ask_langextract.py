"""langextract through its OpenAI provider, with the settings that its documentation recommends.

An extraction's class is the statement's kind, its text the evidence, its attributes the fields.
``output_schema`` holds the model to the fields and their words; fences are off by themselves
then. ``max_char_buffer`` is the documentation's ("smaller contexts for better accuracy").
One worker: the server reads one question at a time.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import langextract as lx
from langextract.core.exceptions import LangExtractError
from langextract.prompt_validation import (
    PromptValidationLevel,
    handle_alignment_report,
    validate_prompt_alignment,
)
from peer_calls import Answer, Peer, Server, main

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["READING", "SCHEMA", "asked_of", "open_model"]

RULE = """
- Extract in order of appearance. The extraction text is the exact text of the fewest whole \
sentences that show the statement, usually one to three. Do not paraphrase. Two statements may \
have the same text.
- The extraction class is the kind; the attributes are its fields."""

TEXT = {"type": "string", "minLength": 1}
OPTIONAL = {"anyOf": [TEXT, {"type": "null"}]}


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


SCHEMA = lx.schema.extractions_schema(
    lx.schema.extraction_item_schema(
        "position",
        attributes={
            "actor": TEXT,
            "on_behalf_of": OPTIONAL,
            "issue": TEXT,
            "stance": _one_of("supports", "opposes", "conditional", "undecided"),
        },
    ),
    lx.schema.extraction_item_schema(
        "condition",
        attributes={
            "actor": TEXT,
            "on_behalf_of": OPTIONAL,
            "outcome": OPTIONAL,
            "relation": _one_of("if", "only_if", "unless", "until", "after", "before"),
            "condition": TEXT,
        },
    ),
    lx.schema.extraction_item_schema(
        "threat",
        attributes={
            "actor": TEXT,
            "on_behalf_of": OPTIONAL,
            "target": TEXT,
            "action": TEXT,
            "trigger": OPTIONAL,
            "means": _one_of(
                "military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"
            ),
        },
    ),
    lx.schema.extraction_item_schema(
        "agreement",
        attributes={
            "parties": {"type": "array", "items": TEXT, "minItems": 1},
            "subject": TEXT,
            "status": _one_of(
                "proposed", "negotiating", "agreed", "in_force", "rejected", "suspended",
                "violated", "ended",
            ),
        },
    ),
)  # fmt: skip

SAMPLING: dict[str, Any] = {"temperature": 0, "seed": 1, "max_output_tokens": 1500}
READING: dict[str, Any] = {"max_char_buffer": 1000, "extraction_passes": 1, "max_workers": 1}

FAILURES = (LangExtractError, ValueError, IndexError, TypeError, KeyError)
"""Its aligner and its parser also raise plain errors."""


def open_model(server: Server, workers: int) -> Any:
    """Return langextract's model for a server."""
    return lx.factory.create_model(
        lx.factory.ModelConfig(
            model_id=server.name,
            provider="openai",
            provider_kwargs={
                "base_url": server.base_url,
                "api_key": server.api_key,
                "max_workers": workers,
                **SAMPLING,
            },
        ),
        output_schema=SCHEMA,
    )


def asked_of(task: dict[str, Any]) -> tuple[str, list[Any]]:
    """Return the description and the examples of a task."""
    return task["definitions"] + RULE, [_example(example) for example in task["examples"]]


def make(task: dict[str, Any], server: Server) -> Peer:
    model = open_model(server, READING["max_workers"])
    description, examples = asked_of(task)
    # Its own check, once; within extract() it fails on an example with nothing to find.
    report = validate_prompt_alignment([example for example in examples if example.extractions])
    handle_alignment_report(report, PromptValidationLevel.ERROR)

    def ask(text: str) -> Answer:
        with _warnings() as notes:
            document = lx.extract(
                text,
                prompt_description=description,
                examples=examples,
                model=model,
                prompt_validation_level=PromptValidationLevel.OFF,
                show_progress=False,
                **READING,
            )
        return Answer([_statement(item) for item in document.extractions or ()], notes)

    asked = {
        "description": description,
        "examples": task["examples"],
        "schema": SCHEMA,
        "sampling": SAMPLING,
        "reading": READING,
    }
    return Peer("langextract", version("langextract"), asked, ask, FAILURES)


def _example(example: dict[str, Any]) -> lx.data.ExampleData:
    fields = {
        kind: list(item["properties"][f"{kind}_attributes"]["properties"])
        for item in SCHEMA["properties"]["extractions"]["items"]["anyOf"]
        for kind in item["required"][:1]
    }
    return lx.data.ExampleData(
        text=example["text"],
        extractions=[
            lx.data.Extraction(
                extraction_class=statement["kind"],
                extraction_text=" ".join(statement["evidence"]),
                attributes={name: statement[name] for name in fields[statement["kind"]]},
            )
            for statement in example["statements"]
        ],
    )


def _statement(extraction: lx.data.Extraction) -> dict[str, Any]:
    place, status = extraction.char_interval, extraction.alignment_status
    evidence = {
        "text": extraction.extraction_text,
        "start": place.start_pos if place else None,
        "end": place.end_pos if place else None,
        "alignment": status.value if status else None,
    }
    return {
        "kind": extraction.extraction_class,
        **(extraction.attributes or {}),
        "evidence": [evidence],
    }


@contextmanager
def _warnings() -> Generator[list[str]]:
    """Collect its log: a part of the article whose answer it can't read is left out with a warning."""
    notes: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            notes.append(record.getMessage()[:300])

    logger, handler = logging.getLogger("absl"), Keep(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield notes
    finally:
        logger.removeHandler(handler)


if __name__ == "__main__":
    main(make)
