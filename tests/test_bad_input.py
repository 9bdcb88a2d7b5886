"""Callers' mistakes: each raises its documented error before a request is sent.

Broken prompts are in `test_prompts.py`, variables and keys in `test_settings.py` and
`test_secrets.py`, texts and dates in `article/`; here is what they leave out, and all of
it as a caller meets it: through `summarize` and the other functions.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builders import KEY, whole
from communique import (
    Article,
    Failure,
    asummarize,
    json_schema,
    stream,
    summarize,
    summarize_many,
)
from communique.errors import (
    ArticleError,
    CommuniqueError,
    ModelNotAvailable,
    PromptError,
    SettingsError,
)
from communique.prompts import load_prompt
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

TEXT = "Ruritania opposes the dam. Talks go on."


@pytest.fixture
def settings(httpserver: HTTPServer) -> Iterator[dict[str, Any]]:
    """Settings that would do, with a server that must not be asked anything."""
    yield {
        "model": "openai/test",
        "base_url": httpserver.url_for("/v1"),
        "api_key": KEY,
        "prompt": "v1",
        "max_attempts": 1,
    }
    assert httpserver.log == []


NOT_AN_ARTICLE: list[tuple[Any, str]] = [
    (b"bytes", "bytes, not text: decode it first"),
    (bytearray(b"bytes"), "bytes, not text: decode it first"),
    (None, "must be a string, not NoneType; read the file first"),
    (Path("article.txt"), r"must be a string, not \w*Path; read the file first, .*read_text"),
    ([TEXT], "must be a string, not list"),
    ({"text": TEXT}, "must be a string, not dict"),
    (42, "must be a string, not int"),
    (Article, "must be a string, not ModelMetaclass"),
    ("", "the article is empty"),
]


@pytest.mark.parametrize(("given", "says"), NOT_AN_ARTICLE)
def test_what_is_no_article(given: Any, says: str, settings: dict[str, Any]) -> None:
    """Each function refuses it alike; among many it is a Failure with the same message."""
    with pytest.raises(ArticleError, match=says):
        summarize(given, **settings)
    with pytest.raises(ArticleError, match=says):
        asyncio.run(asummarize(given, **settings))
    with pytest.raises(ArticleError, match=says):
        list(stream(given, **settings))
    (failure,) = summarize_many([given], **settings)
    assert isinstance(failure, Failure)
    assert (failure.index, failure.article, failure.error) == (0, None, "ArticleError")
    assert re.search(says, failure.message)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "text: Field required"),
        ({"text": TEXT, "title": 5}, "title: .*string"),
        ({"text": TEXT, "source": b"\xff"}, "source: .*"),
        ({"text": TEXT, "url": Path("x")}, "url: .*string"),
        ({"text": TEXT, "language": ["en"]}, "language: .*string"),
        ({"text": TEXT, "headline": "x"}, "headline: "),
        ({"text": TEXT, "sha256": "0"}, "sha256"),
        ([TEXT], "article: .*dictionary or instance of Article"),
        (None, "article: .*dictionary or instance of Article"),
    ],
)
def test_data_that_is_no_article(data: Any, says: str) -> None:
    """An article read from JSON or a table names the field that is wrong."""
    with pytest.raises(ArticleError, match=says):
        Article.model_validate(data)


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [
        ("acme/large", ModelNotAvailable, "no provider 'acme'; use openai/<name> .*, local, or one of"),
        ("OpenAI/large", ModelNotAvailable, r"no provider 'OpenAI' \(did you mean openai\?\); use openai/<name>"),
        ("gpt-4.1", SettingsError, "'gpt-4.1' does not have the form provider/name, such as openai/"),
        ("openai/ ", SettingsError, "does not have the form provider/name, such as openai/"),
        (" ", SettingsError, "does not have the form provider/name"),
    ],
)  # fmt: skip
def test_models_that_do_not_exist(
    model: str, error: type[CommuniqueError], says: str, settings: dict[str, Any]
) -> None:
    """The message says which part of the name is wrong, and how a right one looks."""
    with pytest.raises(error, match=says):
        summarize(TEXT, **{**settings, "model": model})


def test_embedded_model_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is refused with the names there are, and nothing is fetched for it."""
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path))
    with pytest.raises(ModelNotAvailable, match="no embedded model 'huge'; there is: qwen"):
        summarize(TEXT, model="local/huge")
    assert list(tmp_path.rglob("*.gguf")) == []


def test_no_key_at_all(settings: dict[str, Any]) -> None:
    """Without a key OpenAI is not asked; the variables that would hold one are named."""
    with pytest.raises(ModelNotAvailable, match=r"set OPENAI_API_KEY or api_key"):
        summarize(TEXT, **{**settings, "api_key": None, "base_url": None})


SETTINGS: list[tuple[str, Any, str]] = [
    ("prompt", 1, "valid string, not int"),
    ("prompt", Path("v1"), r"valid string, not \w*Path"),
    ("api_key", 42, "valid string, not int"),
    ("api_key", [KEY], "valid string, not list"),
    ("api_key", f"{KEY} x", "printable ASCII .* position 20 of 21; copy the key again"),
    ("base_url", 8000, "valid string, not int"),
    ("base_url", Path("v1"), r"valid string, not \w*Path"),
    (
        "base_url",
        "127.0.0.1:8000",
        "must be the URL of an HTTP server, not '127.0.0.1:8000'; write it like http://",
    ),
    ("timeout", "soon", "valid number"),
    ("timeout", [5], "valid number, not list"),
    ("timeout", math.nan, "less than or equal"),
    ("timeout", -1, "greater than 0"),
    ("deadline", {}, "valid number, not dict"),
    ("deadline", 0, "greater than 0"),
    ("max_attempts", 2.5, "valid integer"),
    ("max_attempts", "many", "valid integer"),
    ("max_attempts", 21, "less than or equal to 20"),
    ("context_tokens", 0, "greater than or equal to 1"),
    ("context_tokens", "8k", "valid integer"),
    ("requests_per_minute", 0, "greater than or equal to 1"),
    ("tokens_per_minute", (1,), "valid integer, not tuple"),
    ("prices", 0.4, "must be three numbers, .* such as 0.4,0.1,1.6"),
    ("prices", (1, 2), "must be three numbers, .* such as 0.4,0.1,1.6"),
    ("prices", {"input": 1}, "must be three numbers, .* such as 0.4,0.1,1.6"),
    ("prices", (1, 2, -3), "must be three numbers, .* such as 0.4,0.1,1.6"),
    ("temperature", 0, "'; settings are: model, prompt, "),
]


@pytest.mark.parametrize(("name", "value", "says"), SETTINGS)
def test_settings_of_the_wrong_type(
    name: str, value: Any, says: str, settings: dict[str, Any]
) -> None:
    """The error names the setting and what it must be, and never shows a key."""
    with pytest.raises(SettingsError, match=f"{name}.*{says}") as caught:
        summarize(TEXT, **{**settings, name: value})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("TIMEOUT", "soon", "valid number"),
        ("DEADLINE", "-3", "greater than 0"),
        ("CONTEXT_TOKENS", "8k", "valid integer"),
        ("REQUESTS_PER_MINUTE", "0", "greater than or equal to 1"),
        ("TOKENS_PER_MINUTE", "1e6", "valid integer"),
        ("PRICES", "0.4", "such as 0.4,0.1,1.6"),
        ("PROMPT", "v0", "no prompt version 'v0'; versions are: v1"),
    ],
)
def test_variables_of_the_wrong_type(
    variable: str, value: str, says: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong variable is refused as a wrong argument is, and named as it was written."""
    monkeypatch.setenv(f"COMMUNIQUE_{variable}", value)
    given = {name: value for name, value in settings.items() if name != "prompt"}
    with pytest.raises((SettingsError, PromptError), match=says) as caught:
        summarize(TEXT, **given)
    assert variable == "PROMPT" or f"COMMUNIQUE_{variable} must be " in str(caught.value)


def test_white_space_around_a_models_name() -> None:
    """A name read from a file with its line break is the name."""
    from communique.settings import choose_model, load_settings

    assert str(choose_model(load_settings(model=" openai/gpt-4.1-mini\n"))) == "openai/gpt-4.1-mini"


HEADER = 'strategy = "whole"\ndescription = "x"\n[sampling]\n'
SAID = "{kind: position, actor: A, on_behalf_of: null, issue: x, stance: supports, sentences: [1]}"


def example(statement: str = SAID, text: str = "A b.") -> str:
    return f"- {{text: {text}, gist: g, statements: [{statement}]}}"


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("prompt.toml", HEADER + 'max_tokens = "many"', "sampling.max_tokens"),
        ("prompt.toml", HEADER + "max_tokens = 1.5", "sampling.max_tokens"),
        ("prompt.toml", HEADER + "max_tokens = 9\ntemperature = 3", "sampling.temperature"),
        ("prompt.toml", HEADER + "max_tokens = 9\ntop_p = 1", "sampling.top_p"),
        ("prompt.toml", HEADER.replace('"x"', '""') + "max_tokens = 9", "description"),
        ("prompt.toml", HEADER.replace('"whole"', "1") + "max_tokens = 9", "strategy"),
        ("prompt.toml", "\0", "line 1, column 1"),
        ("examples.yaml", "", "a list of examples is expected"),
        ("examples.yaml", "- text", "example 1: "),
        ("examples.yaml", "!!python/object/apply:os.getcwd []", "YAML reads this as !!os.getcwd"),
        ("examples.yaml", "- {text: 5, gist: g, statements: []}", "example 1: .*text"),
        ("examples.yaml", "- {text: A b., gist: '', statements: []}", "example 1: .*gist"),
        ("examples.yaml", "- {text: A b., gist: g, statements: {}}", "example 1: .*statements"),
        ("examples.yaml", example(text='"a\\0b"'), "example 1: .*NUL character at offset 1"),
        ("examples.yaml", example("x"), "example 1: .*statements.1"),
        ("examples.yaml", example(SAID.replace("[1]", "[0]")), "sentences must be from 1 to 1, each once, not .0."),
        ("examples.yaml", example(SAID.replace("[1]", "[1, 1]")), "each once, not .1, 1."),
        ("examples.yaml", example(SAID.replace("[1]", "[0x1]")), "line 1: YAML reads '0x1' as a number"),
        ("examples.yaml", example(SAID.replace("actor: A", "actor: ' '")), "statement 1: actor is blank"),
        ("examples.yaml", example(SAID.replace("actor: A", "actor: A, actor: B")), "'actor' occurs twice"),
        ("examples.yaml", example(SAID.replace("actor: A", "actor: no")), "YAML reads 'no' as a truth value"),
        ("examples.yaml", example(SAID.replace("actor: A", "actor: A, evidence: []")), "evidence is computed"),
        ("examples.yaml", example(SAID.replace("actor: A", "actor: A, id: x")), "id is computed"),
        ("examples.yaml", "[" * 20_000, "nested too deeply"),
        ("prompt.toml", "a = " + "[" * 20_000, "recursion"),
        ("examples.yaml", example(SAID.replace("[1]", "[true]")), "sentences must be a list of numbers"),
        ("examples.yaml", example(SAID.replace("[1]", "['1']")), "sentences must be a list of numbers"),
        ("examples.yaml", example(SAID.replace("[1]", "1")), "sentences must be a list of numbers"),
        ("examples.yaml", example(SAID.replace(", sentences: [1]", "")), "sentences must be a list"),
        ("examples.yaml", example(SAID.replace("issue: x, ", "")), "statement 1: .*position.issue"),
        ("examples.yaml", example(SAID.replace("issue: x", "issue: 5")), "statement 1: .*position.issue"),
        ("examples.yaml", example(SAID.replace("issue", "tone: x, issue")), "statement 1: .*tone"),
        ("examples.yaml", example("{kind: agreement, parties: [], subject: x, status: agreed, sentences: [1]}"),
         "statement 1: .*agreement.parties"),
    ],
)  # fmt: skip
def test_a_broken_prompt(
    file: str, content: str, says: str, tmp_path: Path, repository: Path, settings: dict[str, Any]
) -> None:
    """A folder that holds no sound prompt is refused where it is named, and its fault located."""
    folder = tmp_path / "mine"
    shutil.copytree(repository / "prompts" / "v1", folder)
    (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(PromptError, match=rf"(?s){file}.*{says}"):
        summarize(TEXT, **{**settings, "prompt": str(folder)})


@pytest.mark.parametrize(
    "file", ["prompt.toml", "instructions.md", "questions.toml", "examples.yaml"]
)
def test_a_folder_where_a_file_should_be(file: str, tmp_path: Path, repository: Path) -> None:
    """The message names the path that can't be read as a file."""
    shutil.copytree(repository / "prompts" / "v1", tmp_path / "mine")
    (tmp_path / "mine" / file).unlink()
    (tmp_path / "mine" / file).mkdir()
    with pytest.raises(PromptError, match=f"{file} can't be read"):
        load_prompt(str(tmp_path / "mine"))


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    """A prompt is a folder; the path of a file in it is refused."""
    (tmp_path / "prompt.toml").write_text(HEADER, encoding="utf-8")
    with pytest.raises(PromptError, match=r"no prompt folder .*prompt\.toml"):
        load_prompt(str(tmp_path / "prompt.toml"))


@pytest.mark.parametrize("published", ["soon", "31.01.2026", 1769860800, True, ["2026-01-31"]])
def test_published_garbage(published: Any, settings: dict[str, Any]) -> None:
    """An invalid date is refused with an example of a valid one."""
    with pytest.raises(ArticleError, match=r"published: .* write it as 2026-01-31"):
        summarize(Article(text=TEXT, published=published), **settings)


FOUND_LATER: dict[str, tuple[Callable[[ScriptedModel], object], type[CommuniqueError], str]] = {
    "model-is-a-number": (lambda _: summarize(TEXT, model=42), SettingsError, "model: int lacks"),  # type: ignore[arg-type]
    "prompt-too-long": (lambda m: summarize(TEXT, model=m, prompt="/" + "x" * 5000), PromptError, "prompt folder"),
    "prompt-with-nul": (lambda m: summarize(TEXT, model=m, prompt="a\0/x"), PromptError, "prompt folder"),
    "articles-none": (lambda m: list(summarize_many(None, model=m, prompt="v1")), ArticleError, "articles: NoneType"),  # type: ignore[arg-type]
    "articles-text": (lambda m: list(summarize_many("One text.", model=m, prompt="v1")), ArticleError, "articles: str"),
    "articles-article": (
        lambda m: list(summarize_many(Article(text=TEXT), model=m, prompt="v1")), ArticleError, "articles: Article"),  # type: ignore[arg-type]
    "concurrency-text": (
        lambda m: list(summarize_many([TEXT], model=m, prompt="v1", concurrency="x")), SettingsError, "concurrency: 'x'"),  # type: ignore[arg-type]
    "concurrency-half": (
        lambda m: list(summarize_many([TEXT], model=m, prompt="v1", concurrency=1.5)), SettingsError, "whole number"),  # type: ignore[arg-type]
    "title-surrogate": (lambda _: Article(text=TEXT, title="\ud800"), ArticleError, "title: .*lone surrogate"),
    "limit-beyond-numbers": (
        lambda _: summarize(TEXT, model="openai/x", requests_per_minute=10**400), SettingsError, "requests_per_minute .*"),
    "timeout-without-end": (
        lambda _: summarize(TEXT, model="openai/x", timeout=float("inf")), SettingsError, "timeout must be less"),
    "deadline-true": (
        lambda _: summarize(TEXT, model="openai/x", deadline=True), SettingsError, "deadline must be a number, not True"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND_LATER)
def test_what_was_found_by_trying(name: str) -> None:
    """Each once ended in an error of Python's own, or was read as something else."""
    act, error, says = FOUND_LATER[name]
    model = ScriptedModel([whole()])
    with pytest.raises(error, match=says):
        act(model)
    assert model.asked == []


def test_the_schema_has_its_own_title_and_no_programs() -> None:
    """It is for programs in other languages."""
    schema = json_schema()
    assert schema["title"] == "communique summary, version 1"
    assert ">>>" not in json.dumps(schema)
