"""instructor, as its documentation suggests: one prompt, one response model, quotes as evidence."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any, Literal

import instructor
from instructor.core.exceptions import InstructorError
from peer_calls import Answer, Peer, Server, main
from pydantic import BaseModel, Field, ValidationError

__all__ = ["Statements"]

RULE = """
- evidence: the fewest whole sentences of the article that show the statement, usually one to \
three, each copied exactly, character by character."""

Quotes = Annotated[list[str], Field(min_length=1)]


class Position(BaseModel):
    kind: Literal["position"]
    evidence: Quotes
    actor: str
    on_behalf_of: str | None
    issue: str
    stance: Literal["supports", "opposes", "conditional", "undecided"]


class Condition(BaseModel):
    kind: Literal["condition"]
    evidence: Quotes
    actor: str
    on_behalf_of: str | None
    outcome: str | None
    relation: Literal["if", "only_if", "unless", "until", "after", "before"]
    condition: str


class Threat(BaseModel):
    kind: Literal["threat"]
    evidence: Quotes
    actor: str
    on_behalf_of: str | None
    target: str
    action: str
    trigger: str | None
    means: Literal["military", "nuclear", "economic", "diplomatic", "legal", "cyber", "other"]


class Agreement(BaseModel):
    kind: Literal["agreement"]
    evidence: Quotes
    parties: Annotated[list[str], Field(min_length=1)]
    subject: str
    status: Literal[
        "proposed",
        "negotiating",
        "agreed",
        "in_force",
        "rejected",
        "suspended",
        "violated",
        "ended",
    ]


class Statements(BaseModel):
    """The statements that an article reports; often few, sometimes none."""

    statements: list[Position | Condition | Threat | Agreement]


SAMPLING: dict[str, Any] = {"temperature": 0, "seed": 1, "max_tokens": 2500}
RETRIES = 2


def make(task: dict[str, Any], server: Server) -> Peer:
    client = instructor.from_provider(
        server.model,
        base_url=server.base_url,
        api_key=server.api_key,
        mode=instructor.Mode.JSON_SCHEMA,
    )
    messages: list[dict[str, str]] = [{"role": "system", "content": task["definitions"] + RULE}]
    for example in task["examples"]:
        right = Statements.model_validate({"statements": example["statements"]})
        messages.append({"role": "user", "content": example["text"]})
        messages.append({"role": "assistant", "content": right.model_dump_json()})

    def ask(text: str) -> Answer:
        reply = client.create(
            response_model=Statements,
            messages=[*messages, {"role": "user", "content": text}],
            max_retries=RETRIES,
            **SAMPLING,
        )
        return Answer([_located(item.model_dump(), text) for item in reply.statements])

    asked = {"messages": messages, "schema": Statements.model_json_schema(), "sampling": SAMPLING}
    return Peer("instructor", version("instructor"), asked, ask, (InstructorError, ValidationError))


def _located(statement: dict[str, Any], text: str) -> dict[str, Any]:
    evidence: list[dict[str, Any]] = []
    for quote in statement["evidence"]:
        said = quote.strip()
        start = text.find(said) if said else -1
        place = (start, start + len(said)) if start >= 0 else (None, None)
        evidence.append({"text": said, "start": place[0], "end": place[1]})
    return {**statement, "evidence": evidence}


if __name__ == "__main__":
    main(make)
