"""What an object needs in order to be a model, and what it gets without writing it."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest

from builders import whole
from communique import Summarizer, summarize
from communique.errors import SettingsError
from communique.models import Answer, LanguageModel, check_model
from communique.testing import ScriptedModel

NOTHING = whole(gist="Talks failed.")


class Smallest(LanguageModel):
    """A model of one method."""

    provider = "mine"

    async def ask(self, messages: Any, form: Any, sampling: Any) -> Answer[Any]:
        fields = form.model_json_schema()["required"]
        said = {name: NOTHING.get(name, "") for name in fields}
        return Answer(form.model_validate(said), str(said), "tiny")


def test_one_method_is_enough() -> None:
    """All else has a default: no limit, no preparation, nothing streamed."""
    summary = summarize("Talks failed.", model=Smallest(), prompt="v1")
    about = summary.provenance
    assert summary.gist == "Talks failed."
    assert (about.provider, about.model, about.attempts, about.usage.calls) == (
        "mine",
        "tiny",
        1,
        1,
    )

    async def defaults() -> int | None:
        model = Smallest()
        await model.prepare()
        await model.aclose()
        return model.context_tokens

    assert asyncio.run(defaults()) is None
    with Summarizer(model=Smallest()) as reader:
        assert reader.prompt.version == "v1"


def test_without_streaming_the_answer_comes_as_a_whole() -> None:
    """`stream` falls back to `ask`."""

    async def ask() -> tuple[Answer[Any], list[object]]:
        from communique.prompts import Sampling
        from communique.reading.forms import GistReply

        seen: list[object] = []
        question = ([], GistReply, Sampling(max_tokens=9))
        return await Smallest().stream(*question, on_partial=seen.append), seen

    answer, seen = asyncio.run(ask())
    assert answer.reply.gist == "Talks failed."
    assert seen == []


class Duck:
    """Has all parts, and is no subclass."""

    provider = "duck"
    context_tokens = None
    concurrency = 2
    options: ClassVar[dict[str, Any]] = {}
    server = None
    identity = None

    async def ask(self, *_: Any) -> Any: ...
    async def stream(self, *_: Any) -> Any: ...
    async def prepare(self, *_: Any) -> None: ...
    async def warm_up(self) -> None: ...
    async def aclose(self) -> None: ...
    def default_prompt(self) -> str:
        return "v1"


def test_what_has_all_parts_is_a_model() -> None:
    """Whatever its class."""
    duck = Duck()
    assert check_model(duck) is duck
    assert check_model(ScriptedModel([]))


@pytest.mark.parametrize(
    "part",
    ["provider", "context_tokens", "concurrency", "ask", "stream", "prepare",
     "aclose", "default_prompt", "options", "identity"],
)  # fmt: skip
def test_what_lacks_a_part_is_refused_with_its_name(part: str) -> None:
    """When it is given, not when it is asked."""
    parts = {name: value for name, value in vars(Duck).items() if name != part}
    lacking = type("Lacking", (), parts)()
    with pytest.raises(SettingsError, match=rf"model: Lacking lacks {part};.*LanguageModel"):
        Summarizer(model=lacking)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"ask": 3}, "ask"), ({"provider": 3}, "provider"), ({"provider": ""}, "provider")],
)
def test_parts_of_another_kind_are_lacking(change: dict[str, object], says: str) -> None:
    """A method is something to call, and a provider has a name."""
    with pytest.raises(SettingsError, match=f"lacks {says};"):
        check_model(type("Odd", (Duck,), change)())


@pytest.mark.parametrize("number", [0, -1, True, "8", 2.5, None])
@pytest.mark.parametrize("name", ["concurrency", "context_tokens"])
def test_numbers_of_a_model_are_checked(name: str, number: object) -> None:
    """When it is given; no number at all is fine for the context only."""
    odd = type("Odd", (Duck,), {name: number})()
    if (name, number) == ("context_tokens", None):
        assert check_model(odd) is odd
        return
    with pytest.raises(SettingsError, match=f"model: Odd has {name}={number!r}"):
        check_model(odd)


@pytest.mark.parametrize("returned", [None, "text", {"gist": "x"}])
def test_a_model_that_returns_no_answer(returned: object) -> None:
    """The error says what it has to return."""

    async def ask(*_: Any) -> Any:
        return returned

    model = type("Odd", (ScriptedModel,), {"ask": ask})([])
    with pytest.raises(
        SettingsError, match=rf"Odd\.ask returned {type(returned).__name__}; .*Answer"
    ):
        Summarizer(model=model, prompt="v1").summarize("Talks began.")


@pytest.mark.parametrize("given", [object(), 3, ["local"], lambda: None])
def test_what_is_no_model_at_all(given: Any) -> None:
    """All that is missing is named."""
    with pytest.raises(SettingsError, match=r"lacks provider, .*ask.*such as local"):
        Summarizer(model=given)


def test_a_class_in_place_of_an_object() -> None:
    """The likely slip has an answer of its own."""
    with pytest.raises(SettingsError, match=r"Smallest is a class; pass an object: Smallest\(…\)"):
        Summarizer(model=Smallest)  # type: ignore[arg-type]


def test_the_embedded_model_reads_one_article_at_a_time() -> None:
    """It says so itself, as it says which prompt it reads best with."""
    from communique.models import ChatModel, Endpoint, LocalModel
    from communique.prompts import default_version
    from communique.settings import load_settings

    settings = load_settings()
    local = LocalModel(settings)
    hosted = ChatModel(Endpoint("http://127.0.0.1:9/v1", "m", "none"), settings)
    assert (local.concurrency, hosted.concurrency) == (1, 8)
    assert local.default_prompt() == default_version("local") != hosted.default_prompt()
    served = ChatModel(Endpoint("http://127.0.0.1:9/v1", "qwen2.5-coder-1.5b", "none"), settings)
    assert served.default_prompt() == local.default_prompt()
    assert LocalModel(load_settings(context_tokens=2000)).context_tokens == 2000
    assert local.context_tokens == LocalModel(load_settings(context_tokens=10**6)).context_tokens


def test_local_knows_no_prompts() -> None:
    """The room of the embedded model's server can be used without the rest of the library."""
    import subprocess
    import sys

    code = (
        "import sys, communique.local.server, communique.local.weights; "
        "print([name for name in sys.modules if name.startswith(('communique.prompts', "
        "'communique.models', 'communique.reading', 'communique.summarizer'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
