"""Every pattern and every function that reads an article or an answer takes linear time.

Each is given text that repeats a short unit, at n and at 4 n characters: what is linear takes four
times as long, what is quadratic sixteen times. Time is that of the processor, the best of several.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

import communique
from builders import claim, position, whole
from communique import Article, Summary, summarize
from communique.errors import ArticleError
from communique.grounding import ground, ground_gist
from communique.grounding.denials import denies
from communique.grounding.merging import merge
from communique.grounding.names import Names, name_key
from communique.grounding.quotation import quoted_spans, quotes_words
from communique.grounding.words import Vocabulary, content_key, content_words, folded
from communique.models import Answer
from communique.models.events import read_events
from communique.models.partial import Growing
from communique.models.receipts import Transcript
from communique.models.replies import read_reply
from communique.models.values import line, text
from communique.reading.confidence import statement_confidences
from communique.reading.forms import whole_reply
from communique.render import FORMATS
from communique.sentences import split_sentences
from communique.testing import ScriptedModel
from communique.text_formats import find_other_format

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

N = 1_000
"""Characters of the shorter text, for a function. For a pattern, whose steps are quick, twice."""

QUICK = 0.008
"""Seconds within which a quadratic function can't have read 4 N characters."""

MOST = 9
"""Times as long that four times the text may take: more than 4, for caches and noise."""

CLEARLY_LINEAR = 6
"""Times as long that need no second measurement."""

UNITS = [
    *"aA1É中عש \n\t.,;:!?#-_–…=|/\\*`~%'’‘“”\"„«»([{<>&。、」$",
    "a ", "A ", "A-", "A. ", "A.", "A, ", "a, ", "1,", "1 ", "1.", "a'", "“a", "”1", "\"a\" ", "« »",
    "\\\"", "\n\n", "\n- ", "\r\n", "<a ", "</p>", "<p>", "<!-- -->", "[1", "|a", "``` ", "{\"a\":", "{},",
    "Of A ", "The ", "of ", "Russian ", "President ", "Ana Roe, ", "de ", "a\u0327\u0301", "\u0327\u0301",
    "i", "ing", "No. ", "“A b.” ", "Mr. A ", "not ", "denied the ", "said ", "Ann said no. ", "\x1b[",
    "data: ", "1,111,", "A.B. ", "जि", "A A-",
]  # fmt: skip

UNREAD = (
    "communique.evaluation",
    "communique.prompts",
    "communique.local",
    "communique.__main__",
    "communique.grounding.orders",
    "communique.grounding.alternatives",
)
"""What reads neither articles nor answers, but what the user or the developers have written."""


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(communique.__path__, "communique."):
        if not found.name.startswith(UNREAD):
            yield importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[str]]:
    named: dict[str, re.Pattern[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                named[f"{module.__name__}.{name}"] = value
    return named


def uses(name: str) -> set[str]:
    """Return the methods with which a module uses its pattern."""
    module, _, name = name.rpartition(".")
    source = inspect.getsource(importlib.import_module(module))
    return set(re.findall(rf"\b{name}\.(\w+)", source))


def running(pattern: re.Pattern[str], methods: set[str]) -> Callable[[str], object]:
    """Return a function that runs a pattern as its module does."""
    if methods and methods <= {"match", "fullmatch"}:
        return pattern.match if "match" in methods else pattern.fullmatch
    return lambda text: [None for _ in pattern.finditer(text)]


def words_of(pattern: re.Pattern[str]) -> list[str]:
    """Return words that the pattern itself looks for."""
    plain = re.sub(r"\\.|\[[^\]]*\]|\(\?[a-z:!=<>]+", "|", pattern.pattern)
    return [f"{word.strip()} " for word in dict.fromkeys(re.findall(r"[\w' -]{3,}", plain))][:25]


def repeated(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def seconds(function: Callable[[Any], object], given: object) -> float:
    started = time.process_time()
    function(given)
    return time.process_time() - started


def is_superlinear(
    function: Callable[[Any], object], make: Callable[[int], object], n: int = N
) -> bool:
    long, short = make(4 * n), make(n)
    took = seconds(function, long)
    if took < QUICK:
        return False
    fraction = seconds(function, short)
    if took < CLEARLY_LINEAR * fraction:
        return False
    # What is far from linear is not run again and again.
    again = 2 if took < 0.5 else 0
    linear = MOST * min([fraction, *(seconds(function, short) for _ in range(again))])
    return took > linear and all(seconds(function, long) > linear for _ in range(again))


def test_patterns() -> None:
    slow: list[str] = []
    for name, pattern in patterns().items():
        function = running(pattern, uses(name))
        for unit in (*UNITS, *words_of(pattern)):
            if is_superlinear(function, lambda length, unit=unit: repeated(unit, length), 2 * N):
                slow.append(f"{name}: {unit!r}")
                break
    assert slow == []


def test_the_measure_finds_quadratic_time() -> None:
    assert is_superlinear(re.compile("[ab]*c").search, lambda length: "ab" * length)
    assert not is_superlinear(re.compile("[ab]*c?").search, lambda length: "ab" * (50 * length))


def article(text: str) -> Article | None:
    try:
        return Article(text=f"Ana Roe, the president of Ulmia, spoke. {text}")
    except ArticleError:  # a page of the web, or a table
        return None


def names(text: str) -> None:
    if found := article(text):
        known = Names(found)
        for name in (
            "the president",
            "ABC",
            "AAA",
            "Roe",
            "Roee",
            "Ulmian",
            "A",
            "A-A",
            "Ministry of A B",
        ):
            known.find(name)
        known.are_tied("A", "A")


def quotes(text: str) -> None:
    quoted_spans.__wrapped__(text)
    for start in range(0, len(text), 10):
        quotes_words(text, start, start + 10)


def grounded(text: str) -> None:
    if found := article(text):
        last = len(found.sentences)
        ground(
            found, [claim(1, last), claim(1, last, kind="threat"), claim(last, kind="agreement")]
        )


def events(text: str) -> None:
    async def bytes_of() -> AsyncGenerator[bytes]:
        for character in text:
            yield character.encode()

    async def read() -> list[bytes]:
        return [event async for event in read_events(bytes_of())]

    asyncio.run(read())


def growing(text: str) -> None:
    shown = Growing(lambda _: None)
    for start in range(0, len(text), 4):
        shown.add(text[start : start + 4])


def confidences(text: str) -> None:
    said = json.dumps({"gist": "", "statements": [{"a": text}, {text: 1}]})
    tokens = tuple((character, -0.1) for character in said)
    statement_confidences(Answer(None, said, "x", logprobs=tokens), 2)


def reply(text: str) -> None:
    for said in (text, f"```{text}", f'{{"gist": "{text}'):
        with suppress(ValueError):
            read_reply(whole_reply(), said)


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "article": article,
    "borders": split_sentences,
    "claims": grounded,
    "confidences": confidences,
    "denials": lambda text: denies(text, f"close the border {text}"),
    "events": events,
    "format": find_other_format,
    "gist": lambda text: ground_gist(Article(text="Ulmia spoke."), text),
    "growing": growing,
    "line": lambda value: line(text(value)),
    "name keys": name_key.__wrapped__,
    "names": names,
    "quotations": quotes,
    "reply": reply,
    "vocabulary": lambda text: Vocabulary(text).lacks(["border", "中国"]),
    "words": lambda text: (
        folded(text),
        content_words.__wrapped__(text),
        content_key.__wrapped__(text),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function = FUNCTIONS[name]
    slow = [
        unit
        for unit in UNITS
        if is_superlinear(function, lambda length, unit=unit: repeated(unit, length))
    ]
    assert slow == []


CLAIMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "different": lambda n: {"subject": f"treaty {n}"},
    "the same": lambda n: {},
    "with a party more": lambda n: {"parties": ["Ulmia", "Torv", f"State{n}"]},
    "with other parties": lambda n: {"parties": [f"State{n}", f"Land{n}"]},
    "barer and fuller": lambda n: {"parties": ["Ulmia", f"State{n // 2}"][: 1 + n % 2]},
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_merging(kind: str) -> None:
    def claims(count: int) -> list[Any]:
        return [claim(n, kind="agreement", **CLAIMS[kind](n)) for n in range(1, count + 1)]

    assert not is_superlinear(merge, claims, 150)


@pytest.mark.parametrize("form", FORMATS)
def test_output(form: str) -> None:
    """Of statements about as many sentences, each with eight of them as its evidence."""

    def summary(count: int) -> Summary:
        article = Article(text=" ".join(f"Ulmia and Torv agreed treaty {n}." for n in range(count)))
        claims = [
            claim(*range(max(1, n - 7), n + 1), kind="agreement", subject=f"treaty {n - 1}",
                  parties=["Ulmia", "Torv"])
            for n in range(1, count + 1)
        ]  # fmt: skip
        made = summarize("x y", model=ScriptedModel([whole()]), prompt="v1")
        return made.model_copy(update={"article": article, **dict(ground(article, claims))})

    assert not is_superlinear(FORMATS[form], summary, 100)


def test_streams() -> None:
    """A stream of few characters an event, with as many statements as an answer may have."""

    def answer(count: int) -> list[str]:
        said = [position(n, actor="Ulmia", issue=f"dam {n}") for n in range(1, count + 1)]
        text = json.dumps(whole(*said))
        return [text[start : start + 4] for start in range(0, len(text), 4)]

    def read(parts: list[str]) -> None:
        shown: list[int] = []
        growing = Growing(lambda partial: shown.append(len(partial.get("statements", []))))
        transcript = Transcript()
        for part in parts:
            delta = {"choices": [{"delta": {"content": part}}]}
            growing.add(transcript.add(delta))
        assert max(shown) * 8 > len(parts) / 4

    assert not is_superlinear(read, answer, 100)
