"""The reply models are OpenAI's wire: what is sent keeps to the rules of strict structured outputs.

The rules are those of OpenAI's guide "Structured model outputs", section "Supported schemas"
(developers.openai.com/api/docs/guides/structured-outputs, before at platform.openai.com), with
the limits in force since July 2025, as quoted beside each check. One rule stands in no guide
but in the error that the API answers (HTTP 400): "Objects provided via 'anyOf' must not share
identical first keys. Consider adding a discriminator key or rearranging the properties to
ensure the first key is unique."
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import operator
from typing import TYPE_CHECKING, Any, get_args

import openai
import pytest
from pydantic import BaseModel, create_model
from pydantic.json_schema import GenerateJsonSchema
from werkzeug import Request, Response

from communique import Summarizer
from communique.errors import CommuniqueError
from communique.models import open_model
from communique.prompts import Sampling, StrategyName
from communique.reading.forms import GistReply, forms, schemas, whole_reply
from communique.settings import choose_model, load_settings
from communique.statements import KINDS

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

Schema = dict[str, Any]

# "Supported types" and "Supported properties"; titles and descriptions are annotations, which
# OpenAI's own SDK sends, too.
ANNOTATIONS = {"title", "description"}
FIXED = {"enum", "const"}
BOUNDS = {"multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"}
KEYWORDS: dict[str, set[str]] = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": FIXED | {"pattern", "format"},
    "integer": FIXED | BOUNDS,
    "number": FIXED | BOUNDS,
    "boolean": FIXED,
    "null": set(),
}

LIMITS = {
    # A schema may have "up to 5000 object properties total, with up to 10 levels of nesting".
    "object properties": 5_000,
    "levels of nesting": 10,
    # "Total string length of all property names, definition names, enum values, and const
    # values cannot exceed 120,000 characters."
    "characters of names and values": 120_000,
    # "A schema may have up to 1000 enum values across all enum properties."
    "enum values": 1_000,
    # Of one enum, "when there are more than 250 enum values".
    "characters of one long enum": 15_000,
}

MODELS: dict[str, type[BaseModel]] = {**forms("whole"), "gist": GistReply}


class Meter:
    """Goes through a schema as its references lead, and notes what OpenAI would refuse.

    Attributes:
        sizes: what is limited, counted at each place that refers to a definition.
        problems: one message for each broken rule.
    """

    def __init__(self, schema: Schema) -> None:
        self._definitions: dict[str, Schema] = schema.get("$defs", {})
        self.sizes = dict.fromkeys(LIMITS, 0)
        self.problems: list[str] = []
        self._count("characters of names and values", sum(map(len, self._definitions)))
        # "Root objects must not be anyOf and must be an object."
        if schema.get("type") != "object" or "anyOf" in schema:
            self.problems.append("the root is not an object")
        self._read({key: value for key, value in schema.items() if key != "$defs"}, "root", 1)
        self.problems += [
            f"{what}: {found:,} is more than {LIMITS[what]:,}"
            for what, found in self.sizes.items()
            if found > LIMITS[what]
        ]

    def _read(self, schema: Schema, where: str, level: int) -> None:
        self._at_least("levels of nesting", level)
        if "$ref" in schema:
            self._allow({"$ref"}, schema, where)
            self._read(self._target(schema), where, level)
        elif "anyOf" in schema:
            self._allow({"anyOf"}, schema, where)
            # "For anyOf, the nested schemas must each be a valid JSON Schema per this subset."
            for number, option in enumerate(schema["anyOf"]):
                self._read(option, f"{where}|{number}", level)
            if self._share_first_key(schema["anyOf"]):
                self.problems.append(f"{where}: alternatives share their first key")
        elif (kind := schema.get("type")) in KEYWORDS:
            self._allow({"type", *KEYWORDS[kind]}, schema, where)
            self._read_values(schema)
            if kind == "array":
                self._read(schema.get("items", {}), f"{where}[]", level + 1)
            if kind == "object":
                self._read_object(schema, where, level)
        else:
            self.problems.append(f"{where}: type {kind!r}")

    def _read_object(self, schema: Schema, where: str, level: int) -> None:
        properties: dict[str, Schema] = schema.get("properties", {})
        self._count("object properties", len(properties))
        self._count("characters of names and values", sum(map(len, properties)))
        if schema.get("additionalProperties") is not False:  # it "must always be set in objects"
            self.problems.append(f"{where}: additionalProperties is not false")
        if sorted(schema.get("required", [])) != sorted(properties):  # "all fields must be"
            self.problems.append(f"{where}: not every property is required")
        for name, inner in properties.items():
            self._read(inner, f"{where}.{name}", level + 1)

    def _read_values(self, schema: Schema) -> None:
        values: list[object] = schema.get("enum", [])
        length = sum(len(str(value)) for value in values)
        self._count("enum values", len(values))
        self._count("characters of names and values", length + len(str(schema.get("const", ""))))
        if len(values) > 250:
            self._at_least("characters of one long enum", length)

    def _share_first_key(self, options: list[Schema]) -> bool:
        """Return whether two alternatives begin with the same key and indistinguishable values."""
        firsts = [
            (name, {*first.get("enum", []), *filter(None, [first.get("const")])})
            for option in options
            for name, first in [*self._target(option).get("properties", {}).items()][:1]
        ]
        return any(
            name == other and (not values or not others or bool(values & others))
            for (name, values), (other, others) in itertools.combinations(firsts, 2)
        )

    def _target(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].removeprefix("#/$defs/")]
        return schema

    def _allow(self, known: set[str], schema: Schema, where: str) -> None:
        self.problems += [f"{where}: {key}" for key in schema if key not in known | ANNOTATIONS]

    def _count(self, what: str, number: int) -> None:
        self.sizes[what] += number

    def _at_least(self, what: str, number: int) -> None:
        self.sizes[what] = max(self.sizes[what], number)


def broken_rules(form: dict[str, Any]) -> list[str]:
    """Return what OpenAI would refuse in a ``response_format``, one message each."""
    if form.get("type") != "json_schema" or form["json_schema"].get("strict") is not True:
        return ["not sent as a strict JSON schema"]
    return Meter(form["json_schema"]["schema"]).problems


@pytest.fixture
def asked(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Requests as OpenAI gets them, taken by a server that answers none of them."""
    monkeypatch.setenv("OPENAI_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    requests: list[dict[str, Any]] = []

    def handle(request: Request) -> Response:
        requests.append(request.get_json())
        return Response(json.dumps({"error": {"message": "enough"}}), 422)

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(handle)
    return requests


def form_sent(model: type[BaseModel], asked: list[dict[str, Any]]) -> dict[str, Any]:
    """The ``response_format`` with which a reply of this form is asked for."""
    settings = load_settings(model="openai/test")
    opened = open_model(settings, choose_model(settings))

    async def ask() -> None:
        with pytest.raises(CommuniqueError):
            await opened.ask([{"role": "user", "content": "?"}], model, Sampling(max_tokens=9))
        await opened.aclose()

    asyncio.run(ask())
    (request,) = asked
    return request["response_format"]


@pytest.mark.parametrize("name", MODELS)
def test_schema_keeps_to_openais_rules(name: str, asked: list[dict[str, Any]]) -> None:
    """Each reply model is sent by the rules, and as OpenAI's SDK, which makes schemas strict, would."""
    form = form_sent(MODELS[name], asked)
    assert broken_rules(form) == []
    tool = openai.pydantic_function_tool(MODELS[name])
    assert form["json_schema"]["schema"] == tool["function"]["parameters"]


@pytest.mark.parametrize("streams", [False, True], ids=["at-once", "streamed"])
@pytest.mark.parametrize("count", [1, 50, 500])
def test_article_is_asked_about_with_such_a_schema(
    count: int, streams: bool, asked: list[dict[str, Any]]
) -> None:
    """An article of any length is asked about by the rules, and with the same schema."""
    text = " ".join(f"Minister {n} opposes the dam." for n in range(count))
    with Summarizer(model="openai/test", prompt="v1") as reader, pytest.raises(CommuniqueError):
        list(reader.stream(text)) if streams else reader.summarize(text)
    (request,) = asked
    assert broken_rules(request["response_format"]) == []
    kinds = request["response_format"]["json_schema"]["schema"]["$defs"].values()
    numbers = [kind["properties"]["sentences"]["items"] for kind in kinds]
    assert numbers == [{"minimum": 1, "type": "integer"}] * len(KINDS)


def form_of(schema: Schema, *, strict: bool = True) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"strict": strict, "schema": schema}}


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("type", "array", "the root is not an object"),
        ("additionalProperties", True, "root: additionalProperties is not false"),
        ("required", ["gist"], "root: not every property is required"),
        ("properties/gist/default", "", "root.gist: default"),
        ("properties/gist/minLength", 1, "root.gist: minLength"),
        ("properties/gist/type", "date", "root.gist: type 'date'"),
        ("properties/statements/uniqueItems", True, "root.statements: uniqueItems"),
        ("properties/statements/items", {"oneOf": []}, "root.statements[]: type None"),
        ("$defs/threat/properties/kind", {"type": "string"},
         "root.statements[]: alternatives share their first key"),
        ("$defs/threat/properties/kind/const", "position",
         "root.statements[]: alternatives share their first key"),
        ("properties/gist/enum", [str(n) for n in range(1001)], "enum values: 1,026 is more than 1,000"),
        ("properties/gist/enum", ["x" * 60 + str(n) for n in range(251)],
         "characters of one long enum: 15,703 is more than 15,000"),
        ("properties/gist/const", "x" * 120_000, "characters of names and values: 120,"),
        ("properties", {f"p{n}": {"type": "null"} for n in range(5001)},
         "object properties: 5,001 is more than 5,000"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_found(path: str, value: object, says: str) -> None:
    """The check itself sees what OpenAI refuses, so that its silence means something."""
    schema = whole_reply().model_json_schema()
    assert broken_rules(form_of(schema)) == []
    *steps, last = path.split("/")
    functools.reduce(operator.getitem, steps, schema)[last] = value
    found = broken_rules(form_of(schema))
    assert any(one.startswith(says) for one in found), found


def test_levels_are_counted() -> None:
    """Eleven levels of nesting are one too many, and a schema must be sent as strict."""
    schema: Schema = {"type": "string"}
    for _ in range(10):
        schema = {"type": "object", "properties": {"x": schema}, "required": ["x"],
                  "additionalProperties": False}  # fmt: skip
    assert broken_rules(form_of(schema)) == ["levels of nesting: 11 is more than 10"]
    assert broken_rules(form_of(schema, strict=False)) == ["not sent as a strict JSON schema"]


def test_a_form_is_called_by_its_kind() -> None:
    """The name is part of what is recorded."""
    for strategy in get_args(StrategyName):
        assert forms(strategy)
        for title, form in forms(strategy).items():
            assert form.__name__ == title


def test_a_schema_is_computed_once_and_handed_out_as_a_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No request computes one, and what is done to a copy stays outside."""
    known = schemas("whole")
    whole_reply().model_json_schema()["properties"].clear()
    monkeypatch.setattr(GenerateJsonSchema, "generate", None)
    assert schemas("whole") == known


def test_a_subclass_with_fields_of_its_own_has_its_own_schema() -> None:
    """The cache is for forms that are the same."""
    more = create_model("gist", __base__=GistReply, mood=(str, ...))
    assert list(more.model_json_schema()["properties"]) == ["gist", "mood"]
    assert list(GistReply.model_json_schema(by_alias=False)["properties"]) == ["gist"]
