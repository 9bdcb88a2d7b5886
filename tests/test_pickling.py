"""What can be sent to another process: articles, outcomes, and a summarizer by its settings."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from builders import KEY, PATH, completion, summarizer, summary_of
from communique import Article, Failure, Summarizer, Summary, summarize_many
from communique.errors import CommuniqueError, SettingsError
from communique.models import Answer, LanguageModel
from communique.reading.forms import WholeReply

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

ARTICLE = Article(text="Ruritania opposes the dam. Talks go on.", id="7", metadata={"n": 1})


class Fixed(LanguageModel):
    """A model that pickles."""

    provider = "fixed"

    async def ask(self, messages: Any, form: Any, sampling: Any) -> Answer[Any]:
        return Answer(WholeReply(gist="A dam.", statements=[]), "{}", "fixed-1")


IN_ANOTHER_PROCESS = """
import pickle, sys
one, article = pickle.load(sys.stdin.buffer)
with one:
    pickle.dump([one.summarize(article), *one.summarize_many([""])], sys.stdout.buffer)
"""


def again(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def test_articles_and_outcomes_pickle() -> None:
    """Without what is quickly made again: sentences, and the error of a failure."""
    assert len(ARTICLE.sentences) == 2
    assert again(ARTICLE) == ARTICLE
    assert len(pickle.dumps(Article(text="Talks. " * 5_000))) < 40_000
    summary = summary_of(ARTICLE)
    (failure,) = summarize_many([""])
    for outcome in (summary, failure):
        assert again(outcome) == outcome
    assert again(failure).exception is None


def test_a_summarizer_works_in_another_process(httpserver: HTTPServer) -> None:
    """With the same server, key and settings, and its own connections."""
    httpserver.expect_request(PATH, headers={"authorization": f"Bearer {KEY}", "x-desk": "Asia"}) \
        .respond_with_json(completion())  # fmt: skip
    with summarizer(httpserver, default_headers={"X-Desk": "Asia"}, max_tokens=500) as one:
        here = one.summarize(ARTICLE)
        done = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            input=pickle.dumps((one, ARTICLE)), capture_output=True, check=True,
        )  # fmt: skip
    there, failure = pickle.loads(done.stdout)
    assert isinstance(there, Summary)
    assert there.statements == here.statements
    assert there.provenance.options == here.provenance.options == {"max_tokens": 500}
    assert isinstance(failure, Failure)


def test_settings_are_kept_whether_from_arguments_or_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Variables of the other process do not change them."""
    monkeypatch.setenv("COMMUNIQUE_TIMEOUT", "33")
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/first")
    one = Summarizer(
        base_url="http://127.0.0.1:9/v1", api_key=KEY, prompt="v2", prices=(1, 2, 3),
        extra_body={"a": 1}, article_questions=5, fallback_model="openai/other",
    )  # fmt: skip
    monkeypatch.setenv("COMMUNIQUE_TIMEOUT", "44")
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/second")
    for other in (again(one), copy.copy(one), copy.deepcopy(one)):
        assert other.settings == one.settings
        assert other.settings.timeout == 33
        assert other.limits == one.limits
        assert [str(reader) for reader in other.readers] == [str(reader) for reader in one.readers]


def test_a_key_travels_only_if_it_was_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    """One from a variable stays out of the pickle, and is read again where it is used."""
    assert KEY.encode() in pickle.dumps(Summarizer(model="openai/x", api_key=KEY))
    for variables in (
        {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
        {"COMMUNIQUE_API_KEY": KEY, "COMMUNIQUE_BASE_URL": f"http://127.0.0.1:9/v1?k={KEY}",
         "COMMUNIQUE_DEFAULT_HEADERS": f'{{"X-Key": "{KEY}"}}'},
    ):  # fmt: skip
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        one = Summarizer(model="openai/x")
        pickled = pickle.dumps(one)
        assert KEY.encode() not in pickled
        assert pickle.loads(pickled).settings == one.settings
        for name in variables:
            monkeypatch.delenv(name)
        with pytest.raises(CommuniqueError, match="needs a key"):
            pickle.loads(pickled)


def test_articles_never_go_to_another_server_than_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the other process has a key, but not the address."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    pickled = pickle.dumps(Summarizer(model="openai/x"))
    monkeypatch.delenv("OPENAI_BASE_URL")
    with pytest.raises(SettingsError, match="would ask another server"):
        pickle.loads(pickled)


def test_a_prompt_of_ones_own_is_found_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And refused if it was changed in between: workers must not differ."""
    from communique.prompts import new_version

    new_version("mine", "v1", tmp_path)
    monkeypatch.chdir(tmp_path)
    pickled = pickle.dumps(Summarizer(model=Fixed(), prompt="./mine"))
    monkeypatch.chdir("/")
    assert pickle.loads(pickled).prompt.version == "mine"
    with (tmp_path / "mine" / "instructions.md").open("a", encoding="utf-8") as file:
        file.write("One more rule.\n")
    with pytest.raises(SettingsError, match="another prompt"):
        pickle.loads(pickled)


def test_a_model_object_goes_along_if_it_pickles() -> None:
    other = again(Summarizer(model=Fixed(), prompt="v1", article_deadline=9))
    assert isinstance(other.model, Fixed)
    assert other.limits.seconds == 9
    assert other.summarize(ARTICLE).gist == "A dam."


def test_what_cannot_be_pickled_is_named() -> None:
    client = httpx2.AsyncClient()
    one = Summarizer(model="openai/x", api_key=KEY, http_client=client)
    with pytest.raises(SettingsError, match=r"http_client: .* can't be pickled"):
        pickle.dumps(one)
