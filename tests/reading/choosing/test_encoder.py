"""The sentence encoder: what it reads, when it is asked, and what it decides."""

from __future__ import annotations

import array
import asyncio
import base64
import json
import os
import signal
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import stated
from communique import Article, summarize
from communique.errors import ModelNotAvailable, ProviderError, ProviderUnavailable
from communique.local import shared_encoder
from communique.local.encoder import Encoder
from communique.models import ChatModel, Endpoint, FixedServers, LocalModel, Vectors, open_model
from communique.reading.choosing.classifier import load_classifier
from communique.reading.choosing.encoding import encoder_text, load_encoder
from communique.reading.choosing.english import is_english
from communique.settings import choose_model, load_settings
from communique.statements import KINDS
from communique.summary import Usage
from wire import WireServer, answer_about, http

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from communique.statements import Kind

PROMPT = "v2"
SETTINGS = load_settings(max_attempts=2, timeout=5)
ENCODER = load_encoder()
assert ENCODER is not None
LENGTH = ENCODER.heads.length

TEXT = (
    "The minister of Ruritania said that the dam on the Olt was a folly. The weather was mild. "
    "“If a single gate is closed, we will cut off the gas,” she told Ulmia."
)
SPANISH = "El ministro dijo que su país se opone a la presa. El tiempo era bueno en la capital."


def response(rows: Sequence[Sequence[float]]) -> bytes:
    data = [
        {"index": n, "embedding": base64.b64encode(array.array("f", row).tobytes()).decode()}
        for n, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return http(200, json.dumps({"model": "m", "data": data, "usage": usage}))


def speaks_for(kind: Kind) -> list[float]:
    """A vector by which a sentence makes a statement of a kind, and of no other."""
    heads = ENCODER.heads
    others = [heads.kinds[k] for k in KINDS if k != kind]
    row = [heads.kinds[kind][n] - sum(o[n] for o in others) for n in range(LENGTH)]
    return [20 * v for v in row]


NOTHING = [-20 * sum(ENCODER.heads.kinds[kind][n] for kind in KINDS) for n in range(LENGTH)]


SAID: dict[str, list[dict[str, Any]]] = {
    "position": stated(stance="supports"),
    "threat": [{"action": "cut off the gas", "target": "Ulmia", "if": None, "means": "economic",
                "who": "Ruritania", "for": None}],
    "condition": [{"condition": "a gate is open", "outcome": "gas", "relation": "if",
                   "who": "Ulmia", "for": None}],
}  # fmt: skip


class Server(WireServer):
    """A model server and an encoder's in one."""

    def __init__(self, encode: Callable[[dict[str, Any]], bytes]):
        self.encoded: list[dict[str, Any]] = []
        self.embedded: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []

        def behave(_: WireServer, connection: Any, request: dict[str, Any], __: int) -> None:
            if "input" not in request:
                self.asked.append(request)
                connection.sendall(answer_about(request, SAID))
            elif request["model"] == ENCODER.heads.encoder.name:
                self.encoded.append(request)
                connection.sendall(encode(request))
            else:
                self.embedded.append(request)
                connection.sendall(response([[0.0] * 1536 for _ in request["input"]]))

        super().__init__(behave)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def model(self, *, encodes: bool = True) -> LocalModel:
        return LocalModel(SETTINGS, servers=FixedServers(self.url, encodes=encodes))


def rows(*vectors: Sequence[float]) -> Callable[[dict[str, Any]], bytes]:
    return lambda request: response(vectors[: len(request["input"])])


def test_sentences_are_read_with_their_neighbours() -> None:
    """One request for all sentences of an English article, whatever their words."""
    with Server(rows(NOTHING, NOTHING, NOTHING)) as server:
        summary = summarize(TEXT, model=server.model(), prompt=PROMPT)
    (request,) = server.encoded
    texts = [sentence.text for sentence in summary.article.sentences]
    assert request["input"] == [
        encoder_text(texts[0], (), texts[1]),
        encoder_text(texts[1], texts[:1], texts[2]),
        encoder_text(texts[2], texts[:2], ""),
    ]
    assert server.embedded == []
    assert summary.statements == ()
    assert summary.provenance.usage.calls == 1  # the gist; the encoder is not the model


def test_the_encoder_decides() -> None:
    """About which sentences is asked, and of which kind."""
    with Server(rows(speaks_for("position"), NOTHING, speaks_for("threat"))) as server:
        summary = summarize(TEXT, model=server.model(), prompt=PROMPT)
    texts = [sentence.text for sentence in summary.article.sentences]
    assert [(s.kind, s.evidence[0].text) for s in summary.statements] == [
        ("position", texts[0]),
        ("threat", texts[2]),
    ]


def test_other_languages_are_read_without_it() -> None:
    """It reads English only: elsewhere the words decide, with the model's own vectors."""
    with Server(rows(NOTHING)) as server:
        summarize(SPANISH, model=server.model(), prompt=PROMPT)
    assert server.encoded == []
    assert server.embedded


def test_the_language_that_an_article_names_decides() -> None:
    """Whatever its words look like."""
    with Server(rows(NOTHING, NOTHING, NOTHING)) as server:
        summarize(Article(text=SPANISH, language="en-GB"), model=server.model(), prompt=PROMPT)
        assert len(server.encoded) == 1
        summarize(Article(text=TEXT, language="es"), model=server.model(), prompt=PROMPT)
        assert len(server.encoded) == 1


def test_without_an_encoder_the_words_decide() -> None:
    """Where nothing can run it; with the model's own vectors, as for other languages."""
    with Server(rows(NOTHING)) as server:
        summarize(TEXT, model=server.model(encodes=False), prompt=PROMPT)
    assert server.encoded == []
    assert server.embedded


WRONG: dict[str, tuple[Callable[[dict[str, Any]], bytes], str]] = {
    "refused": (lambda _: http(400, '{"error": {"message": "too large"}}'), "too large"),
    "another": (lambda r: response([[1.0] * 5] * len(r["input"])), "vectors of 5 numbers"),
    "no json": (lambda _: http(200, "hello"), "unexpected response"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_failing_encoder_is_an_error(name: str) -> None:
    """The error is a documented one, and carries the usage so far."""
    encode, says = WRONG[name]
    with Server(encode) as server, pytest.raises(ProviderError, match=says) as caught:
        summarize(TEXT, model=server.model(), prompt=PROMPT)
    assert caught.value.attempts >= 1
    assert caught.value.raw_replies == ()


def hosted(server: Server, **settings: object) -> ChatModel:
    """A model that costs something, with the encoder beside it."""

    given = load_settings(max_attempts=2, timeout=5, prices="1,0.5,2", **settings)
    endpoint = Endpoint(server.url, "hosted", "none")
    return ChatModel(endpoint, given, servers=FixedServers(server.url))


def test_the_encoder_costs_nothing() -> None:
    """Its tokens are not the model's, and the model's price stays known."""
    with Server(rows(speaks_for("position"), NOTHING, NOTHING)) as server:
        made = summarize(TEXT, model=hosted(server), prompt=PROMPT).provenance
    assert len(server.encoded) == 1
    assert made.usage.calls == len(server.asked) == 2
    assert made.usage.input_tokens == 100 * made.usage.calls
    assert made.usage.cost_usd
    assert (made.model, made.provider) == ("test-1", "openai")


def test_limits_are_the_models_own() -> None:
    """Requests to the encoder do not wait for the provider's limits per minute."""
    with Server(rows(NOTHING, NOTHING, NOTHING)) as server:
        model = hosted(server, requests_per_minute=1, deadline=5)  # a wait would be an error
        summarize(TEXT, model=model, prompt=PROMPT)
    assert len(server.encoded) == 1
    assert len(server.asked) == 1


def test_a_model_that_fails_after_the_encoder() -> None:
    """The error has what the model said, which is nothing, and what was tried."""

    with Server(rows(NOTHING, NOTHING, NOTHING)) as server:
        model = hosted(server)
        model._endpoint = Endpoint("http://127.0.0.1:9/v1", "hosted", "none")
        with pytest.raises(ProviderUnavailable) as caught:
            summarize(TEXT, model=model, prompt=PROMPT)
    assert caught.value.attempts == 3  # one of the encoder, two of the model
    assert caught.value.usage == Usage()
    assert caught.value.partial is not None
    assert caught.value.partial.provenance.model == ""


texts = st.text(max_size=400) | st.text("ab[]ﬁ각 \n😀é", max_size=2_000)


@given(texts, st.lists(texts, max_size=3), texts)
def test_what_it_reads_fits(sentence: str, before: list[str], after: str) -> None:
    """No text has more characters than the encoder reads tokens, and each has three parts."""
    text = encoder_text(sentence, before, after)
    parts = text.split("[SEP]")
    assert len(parts) == 3
    assert sum(map(len, parts)) <= ENCODER.heads.encoder.context_tokens - 4
    assert not any("[" in part or "\n" in part for part in parts)
    plain = " ".join(unicodedata.normalize("NFD", sentence).split())
    assert plain.replace("[", "(").replace("]", ")").startswith(parts[0])


def test_a_short_sentence_leaves_room_for_what_is_before() -> None:
    before = ["word " * 200]
    short, long = (len(encoder_text("x" * n, before).split("[SEP]")[1]) for n in (10, 300))
    assert short > long > 0


LANGUAGES = {
    "en": "The two sides said on Monday that they had not agreed on a date for the talks.",
    "de": "Der Minister sagte am Montag, die Gespräche seien beendet und man wolle warten.",
    "nl": "De minister zei maandag dat de gesprekken over het akkoord voorbij zijn in Den Haag.",
    "fr": "Le ministre a dit lundi que les pourparlers étaient finis et que l'on attendrait.",
    "es": "El ministro dijo el lunes que las negociaciones habían terminado sin acuerdo.",
    "pt": "O ministro disse na segunda-feira que as conversas terminaram sem acordo.",
    "it": "Il ministro ha detto lunedì che i colloqui sono finiti e che si aspetterà.",
    "sv": "Ministern sade i måndags att samtalen var över och att man skulle vänta.",
    "uk": "Міністр сказав у понеділок, що переговори завершилися без угоди.",
    "zh": "部长星期一表示，谈判已经结束，双方没有达成协议。",
    "ar": "قال الوزير يوم الاثنين إن المحادثات انتهت دون اتفاق.",
    "da": "Ministeren sagde mandag, at forhandlingerne er forbi, og at man nu vil vente på svar.",
    "pl": "Minister powiedział w poniedziałek, że rozmowy się skończyły i trzeba czekać.",
    "none": "… 42 — 7!",
    "empty": "",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_english_is_told_from_other_languages(language: str) -> None:
    assert is_english(LANGUAGES[language]) == (language == "en")


def test_gold_articles_are_told_by_language(repository: Path) -> None:
    """Each article in ``seeds/`` is taken for what its annotators say that it is."""
    from communique.evaluation import load_all

    articles = load_all(repository / "seeds")
    assert {gold.article.language == "en" for gold in articles} == {True, False}
    for gold in articles:
        assert is_english(gold.article.text) == (gold.article.language == "en"), gold.slug
        assert is_english("", gold.article.language) == (gold.article.language == "en")


@given(
    st.integers(0, LENGTH - 1),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
)
def test_the_encoder_is_total(place: int, value: float, odds: float) -> None:
    """Any vector and any odds give probabilities."""
    vector = [0.0] * LENGTH
    vector[place] = value
    found = ENCODER.kinds(vector, dict.fromkeys(KINDS, odds))
    assert all(0 <= likely <= 1 for _, likely in found)


def encoded(texts: list[str], encoder: Encoder = ENCODER.heads.encoder) -> list[list[float]]:
    """By the encoder itself, which llama-server runs."""
    settings = load_settings(model="local")
    model = open_model(settings, choose_model(settings))

    async def encode() -> Vectors | None:
        try:
            return await model.encode(texts, encoder)
        finally:
            await model.aclose()

    vectors = asyncio.run(encode())
    assert vectors is not None
    return [list(row) for row in vectors.rows]


def test_an_encoder_that_was_killed_is_started_again() -> None:
    """As the embedded model's server is."""
    first = shared_encoder(ENCODER.heads.encoder)
    os.kill(first.pid, signal.SIGKILL)
    before = encoded(["x"])
    assert shared_encoder(ENCODER.heads.encoder).pid != first.pid
    assert encoded(["x"]) == before


def test_without_llama_server_there_is_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a hosted model's prompts are as without it, and nothing fails."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    settings = load_settings(model="openai/x", api_key="k" * 20)
    model = open_model(settings, choose_model(settings))
    assert asyncio.run(model.encode(["x"], ENCODER.heads.encoder)) is None


def test_the_encoder_that_comes_with_the_library() -> None:
    """llama-server runs it, and it tells clear sentences apart."""
    said = {
        "The foreign minister said her country firmly opposes the pipeline.": ["position"],
        "“If they cross the river, our artillery will flatten their camps,” the general warned.": [
            "threat"
        ],
        "The two governments signed the fisheries treaty on Tuesday.": ["agreement"],
        "Lunch was served on the terrace, and the wind dropped in the afternoon.": [],
    }
    vectors = encoded([encoder_text(text) for text in said])
    words = load_classifier("english")
    found = [
        [kind for kind, _ in ENCODER.kinds(vector, words.log_odds(text))]
        for vector, text in zip(vectors, said, strict=True)
    ]
    assert found == list(said.values())


@pytest.mark.parametrize("text", ["각" * 900, "xq" * 900, "😀" * 900, "[SEP] " * 300, "ﷺ" * 900])
def test_no_text_is_too_long_for_it(text: str) -> None:
    """Not even one of which each letter is a token, or several."""
    article = Article(text=f"{text}. The minister of the state said that it was over.")
    sentences = [sentence.text for sentence in article.sentences]
    vectors = encoded([encoder_text(s, sentences, s) for s in sentences])
    assert {len(vector) for vector in vectors} == {LENGTH}


def test_a_damaged_encoder_is_named(tmp_path: Path) -> None:
    """With what mends it: the weights came with the library, not from a download."""
    weights = tmp_path / "encoder.gguf"
    weights.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelNotAvailable, match="installing communique again"):
        encoded(["x"], Encoder("damaged", weights, 512))
