"""The key of a question, and what is kept of an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import GOOD, KEY, answers, completion, position, row, status, summarizer, whole
from communique import Usage
from communique.cache import AnswerCache
from communique.models import Answer, LanguageModel
from communique.models.cached import CachedModel, question_key
from communique.models.endpoint import Endpoint
from communique.models.openai import ChatModel
from communique.prompts import Sampling
from communique.reading.forms import GistReply, statements_reply, whole_reply
from communique.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

SAMPLING = Sampling(max_tokens=9)
FORMS = [GistReply, statements_reply(), whole_reply()]

CONTENT = st.text(alphabet=st.characters(exclude_categories=()), max_size=6)  # surrogates, too
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": CONTENT}),
    max_size=3,
)
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.sampled_from([0, 0.5]),
    max_tokens=st.integers(1, 2),
    seed=st.sampled_from([None, 1]),
    logprobs=st.booleans(),
    correction=st.sampled_from(["", "again"]),
)
QUESTIONS = st.tuples(st.sampled_from(['{"a": 1}', "{}"]), MESSAGES, st.sampled_from(FORMS), SAMPLINGS)  # fmt: skip


@given(QUESTIONS, QUESTIONS)
def test_two_questions_have_the_same_key_only_if_they_are_the_same(
    first: tuple[Any, ...], second: tuple[Any, ...]
) -> None:
    """Whatever differs: model, messages, form or sampling."""
    assert (question_key(*first) == question_key(*second)) == (first == second)


@given(QUESTIONS, QUESTIONS, st.integers(0, 3))
def test_one_difference_is_enough(
    question: tuple[Any, ...], other: tuple[Any, ...], place: int
) -> None:
    """In any part, the others being equal."""
    changed = (*question[:place], other[place], *question[place + 1 :])
    assert (question_key(*question) == question_key(*changed)) == (question == changed)


PLACE = Endpoint("http://127.0.0.1:9/v1", "name", "key", headers=(("x-route", "a"),))
OTHERS = {
    "another server": replace(PLACE, base_url="http://127.0.0.1:8/v1"),
    "another model": replace(PLACE, model="other"),
    "another header": replace(PLACE, headers=(("x-route", "b"),)),
    "another query": replace(PLACE, query=(("api-version", "2"),)),
}
SAME = {
    "another key": replace(PLACE, api_key="other", key_header="x-key"),
    "a key in a header": replace(PLACE, headers=(("authorization", "Bearer x"), *PLACE.headers)),
    "another order": replace(PLACE, headers=tuple(reversed(PLACE.headers))),
    "a price list": replace(PLACE, price_list="openai", hint="see the log"),
}


@pytest.mark.parametrize("endpoint", [*OTHERS.values(), *SAME.values()], ids=[*OTHERS, *SAME])
def test_a_model_is_told_from_others_by_who_answers(endpoint: Endpoint) -> None:
    """Not by who asks."""
    settings = Settings()
    is_same = ChatModel(endpoint, settings).identity == ChatModel(PLACE, settings).identity
    assert is_same == (endpoint in SAME.values())


class Own(LanguageModel):
    """Gives one answer, with everything that answers have."""

    provider = "own"
    identity = {"model": "m"}  # noqa: RUF012  # pyright: ignore[reportAssignmentType]

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    async def ask(self, messages: Any, form: Any, sampling: Any) -> Answer[Any]:
        self.asked += 1
        return self.answer


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[AnswerCache]:
    cache = AnswerCache(tmp_path / "answers.sqlite")
    yield cache
    cache.close()


def asked_twice(cache: AnswerCache, form: Any, answer: Any) -> tuple[int, Any]:
    """Return how often the model was asked, and what the second one got."""
    model = Own(answer)
    cached = CachedModel(model, {"model": "m"}, cache)

    async def work() -> Any:
        await cached.ask([], form, SAMPLING)
        return await cached.ask([], form, SAMPLING)

    got = asyncio.run(work())
    return model.asked, got


FULL = Answer(
    GistReply(gist="等 \N{GRINNING FACE}"), '{"gist": "等 \N{GRINNING FACE}"}', "m-1",
    Usage(calls=2, input_tokens=9, cached_input_tokens=3, output_tokens=2, cost_usd=0.1 + 0.2),
    0.5, 1 / 3, (("{", -0.1 / 3), ("等", float("-inf"))), "stop", 3, ("no", ""),
)  # fmt: skip


def test_an_answer_is_kept_with_all_that_it_has(cache: AnswerCache) -> None:
    """To the last digit."""
    asked, again = asked_twice(cache, GistReply, FULL)
    assert asked == 1
    assert again == replace(FULL, seconds=again.seconds, is_cached=True)


def test_items_that_do_not_fit_are_kept(cache: AnswerCache) -> None:
    """They are shown as rejected, the second time, too."""
    for form, said in (
        (statements_reply(), [row(1), ["x"], "y"]),
        (whole_reply(), whole(position(), {"kind": "x"}, 5)),
    ):
        raw = json.dumps(said)
        answer = Answer(form.model_validate_json(raw), f"Here it is:\n```json\n{raw}\n```", "m")
        asked, again = asked_twice(cache, form, answer)
        assert (asked, again.reply) == (1, answer.reply)


@pytest.mark.parametrize(
    "answer",
    [
        replace(FULL, raw='{"gist": "another"}'),
        replace(FULL, raw="said in words"),
        replace(FULL, unusable=("\ud800",)),
        replace(FULL, usage=None),  # pyright: ignore[reportArgumentType]
        "no answer",
    ],
)
def test_what_could_not_be_read_again_as_it_is_is_not_kept(
    cache: AnswerCache, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a user's own model, which may give any text; a warning says so."""
    asked, again = asked_twice(cache, GistReply, answer)
    assert (asked, again) == (2, answer)
    assert "an answer of own/m can't be kept" in caplog.text


def test_the_provenance_has_the_options_that_the_model_took(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    """One that it refused is not in it, whoever reads the answer later."""
    from communique.models.findings import forget_findings

    refusal = status(
        400,
        {
            "error": {
                "message": "Unsupported parameter: 'reasoning_effort'",
                "param": "reasoning_effort",
                "code": "unsupported_parameter",
            }
        },
    )
    asked = answers(httpserver, refusal, completion(GOOD))
    options = []
    for _ in range(2):
        forget_findings()
        with summarizer(
            httpserver, cache=tmp_path / "a.sqlite", reasoning_effort="low", max_tokens=900
        ) as reader:
            options.append(reader.summarize("Ruritania opposes it.").provenance.options)
    assert options == [{"max_tokens": 900}] * 2
    assert len(asked) == 2


def test_every_adapter_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """And none says a key."""
    from communique.models import open_model
    from communique.models.registry import PROVIDERS
    from communique.settings import ModelChoice, load_settings

    monkeypatch.setattr("communique.models.generic._is_installed", lambda _: True)
    found: list[Callable[[], None] | str] = []
    for provider in ("openai", "groq", "local", *PROVIDERS):
        name = "qwen2.5-coder-1.5b" if provider == "local" else "x"
        settings = load_settings(api_key=KEY)
        identity = open_model(settings, ModelChoice(provider, name)).identity
        assert identity is not None
        assert (identity["provider"], identity["model"]) == (provider, name)
        found.append(json.dumps(identity))
    assert KEY not in str(found)
    assert len(set(found)) == len(found)


def test_the_embedded_model_is_its_weights_and_its_adapter(repository: Path) -> None:
    """Another adapter gives other answers."""
    import tomllib

    from communique.local.catalog import DEFAULT, MODELS
    from communique.models import LocalModel

    manifest = repository / "src" / "communique_weights" / "manifest.toml"
    (adapter,) = tomllib.loads(manifest.read_text(encoding="utf-8"))["file"]
    identity = LocalModel(Settings()).identity
    assert identity is not None
    assert identity["weights"] == MODELS[DEFAULT].sha256
    assert identity["adapter"] == adapter["sha256"]
