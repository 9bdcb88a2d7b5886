"""The plugin for `llm`, run by llm's own command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import builders
from communique import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result
    from pytest_httpserver import HTTPServer

if not find_spec("llm"):
    pytest.skip("llm is not installed", allow_module_level=True)

import llm
from click.testing import CliRunner
from llm.cli import cli
from llm.plugins import pm

TEXT = "Ruritania opposes the dam. Talks go on."


class Scripted(llm.KeyModel):
    """A model of llm's, with a key, schemas and options."""

    model_id = "scripted"
    needs_key = "scripted"
    key_env_var = "SCRIPTED_KEY"
    supports_schema = True

    class Options(llm.Options):
        temperature: float | None = None
        mood: str | None = None

    def __init__(self, *replies: str | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[llm.Prompt] = []
        self.keys: list[str | None] = []

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any, key: str | None = None
    ) -> Iterator[str]:
        self.asked.append(prompt)
        self.keys.append(key)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        response.set_usage(input=90, output=10)
        yield reply


class Plain(Scripted):
    """A model that knows no schemas."""

    model_id = "plain"
    supports_schema = False


class Models:
    """A plugin that registers models."""

    __name__ = "models of this test"

    def __init__(self, *models: Any) -> None:
        self.models = models

    @llm.hookimpl
    def register_models(self, register: Any) -> None:
        for model in self.models:
            register(model, aliases=(f"my-{model.model_id}",))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and the default model of whoever runs the tests are not used."""
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    (tmp_path / "llm").mkdir()
    (tmp_path / "llm" / "keys.json").write_text(json.dumps({"scripted": builders.KEY}))
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model() -> Iterator[Scripted]:
    """A model of llm's that finds a position."""
    yield from registered(Scripted(builders.GOOD))


def registered(model: Scripted) -> Iterator[Scripted]:
    plugin = Models(model)
    pm.register(plugin)
    yield model
    pm.unregister(plugin)


def run(*words: str, said: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["communique", *words], input=said)


def test_llm_has_the_command() -> None:
    """It finds the plugin by its entry point, as it does with any that is installed."""
    plugins = {each["name"]: each for each in llm.get_plugins()}
    assert plugins["communique"]["hooks"] == ["register_commands"]
    assert "with quotations" in run("--help").output


def test_a_model_of_llm_reads_an_article(model: Scripted) -> None:
    """With its own key, a schema, and the prompt's options as far as it has them."""
    result = run("article.txt", "-m", "my-scripted", "-f", "JSON")
    assert result.exit_code == 0, result.output
    summary = Summary.model_validate_json(result.stdout)
    assert summary.positions[0].actor == "Ruritania"
    assert (summary.provenance.provider, summary.provenance.model) == ("llm", "scripted")
    usage = summary.provenance.usage
    assert (usage.input_tokens, usage.output_tokens) == (90, 10)
    assert model.keys == [builders.KEY]
    (prompt,) = model.asked
    assert prompt.schema["properties"].keys() == {"gist", "statements"}
    assert (prompt.options.temperature, prompt.options.mood) == (0, None)
    roles = [message.role for message in prompt.messages]
    assert roles[0] == "system"
    assert roles[-1] == "user"
    assert "Ruritania opposes the dam." in prompt.messages[-1].parts[0].text
    assert prompt.system == prompt.messages[0].parts[0].text
    assert "The article is sent to: llm, scripted" in result.stderr


def test_the_default_model_is_llms(model: Scripted) -> None:
    """The one that `llm models default` has set; a table is for people."""
    llm.set_default_model("scripted")
    result = run("article.txt", "--quiet")
    assert result.exit_code == 0
    assert "opposes: the dam" in result.stdout
    assert result.stderr == ""


def test_options_keys_and_titles_are_passed_on(model: Scripted) -> None:
    """As `llm prompt` takes them; standard input is an article, too."""
    result = run(
        "-", "-m", "scripted", "--key", "sk-own", "-o", "mood", "calm", "-o", "temperature", "0.5",
        "--title", "Dam", "--published", "2026-01-31", "--format", "jsonl", "--source", "The Courier",
        "--url", "https://example.org/dam", said=TEXT,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    summary = Summary.model_validate_json(result.stdout)
    article = summary.article
    assert (article.title, str(article.published)) == ("Dam", "2026-01-31")
    assert (article.source, article.url) == ("The Courier", "https://example.org/dam")
    assert summary.provenance.options == {"mood": "calm", "temperature": 0.5}
    assert model.keys == ["sk-own"]
    assert (model.asked[0].options.mood, model.asked[0].options.temperature) == ("calm", 0.5)


def test_a_model_without_schemas_is_shown_the_form() -> None:
    """In the question, as any other server that knows none."""
    for model in registered(Plain(f"Here it is:\n```json\n{builders.GOOD}\n```")):
        result = run("article.txt", "-m", "plain", "-f", "md")
        assert result.exit_code == 0, result.output
        assert "**Ruritania**" in result.stdout
        assert model.asked[0].schema is None
        assert "JSON Schema" in model.asked[0].messages[-1].parts[0].text


def test_a_broken_answer_is_asked_for_again() -> None:
    """By the same policy as any other model's."""
    for model in registered(Scripted("no JSON", builders.GOOD)):
        result = run("article.txt", "-m", "scripted", "-f", "json", "-q")
        assert result.exit_code == 0, result.output
        assert Summary.model_validate_json(result.stdout).provenance.attempts == 2
        assert len(model.asked) == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["none.txt", "-m", "scripted"], 2, "there is no file none.txt"),
        (["article.txt", "-m", "nothing"], 2, "there is no model 'nothing'"),
        (["article.txt", "-m", "scripted", "-o", "colour", "red"], 2, "colour"),
        (["article.txt", "-m", "scripted", "--prompt", "v99"], 2, "no prompt version"),
        (["article.txt", "-m", "scripted", "--prompt", "v2"], 2, "strategy whole"),
        (["article.txt", "-m", "local", "--key", "x"], 2, "local is not one"),
        (["article.txt", "-m", "opnai/x"], 3, "did you mean openai?"),
        (["article.txt", "-m", "scripted", "-f", "pdf"], 2, "pdf"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(model: Scripted, words: list[str], code: int, says: str) -> None:
    """Nothing is asked, and the exit code is communique's."""
    result = run(*words)
    assert result.exit_code == code
    assert says in result.output
    assert model.asked == []


def test_a_model_without_its_key_says_how_llm_gets_one(model: Scripted, tmp_path: Path) -> None:
    """In llm's own words."""
    (tmp_path / "llm" / "keys.json").unlink()
    result = run("article.txt", "-m", "scripted")
    assert result.exit_code == 3
    assert "llm keys set scripted" in result.output


@pytest.mark.parametrize(
    ("error", "code"),
    [(llm.ModelError(f"echo {builders.KEY}"), 3), (OSError(f"echo {builders.KEY}"), 3)],
    ids=["model", "network"],
)
def test_what_a_plugin_raises_is_told_without_its_key(error: Exception, code: int) -> None:
    """Whatever it is."""
    for _ in registered(Scripted(error)):
        os.environ["COMMUNIQUE_MAX_ATTEMPTS"] = "1"
        try:
            result = run("article.txt", "-m", "scripted")
        finally:
            del os.environ["COMMUNIQUE_MAX_ATTEMPTS"]
        assert result.exit_code == code
        assert "echo ***" in result.output
        assert builders.KEY not in result.output


def test_communiques_own_models_can_be_named(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By --model, or by COMMUNIQUE_MODEL, which comes before llm's default."""
    httpserver.expect_request(builders.PATH).respond_with_json(builders.completion())
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    named = run("article.txt", "-m", "openai/test", "-f", "json", "-q")
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    by_variable = run("article.txt", "-f", "json", "-q")
    for result in (named, by_variable):
        assert result.exit_code == 0, result.output
        assert Summary.model_validate_json(result.stdout).provenance.provider == "openai"


def test_llm_starts_without_loading_communique() -> None:
    """Every call of llm would be slower."""
    program = "import sys, json, communique.llm_plugin; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    ours = {name for name in json.loads(done.stdout) if name.startswith("communique")}
    assert ours == {
        "communique",
        "communique._internal",
        "communique._internal.interpreters",
        "communique.llm_plugin",
    }
