"""Articles longer than the model can read: parts, global numbers, linear cost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import position, whole
from communique import summarize
from communique.article import split_sentences
from communique.errors import ArticleError
from communique.models import Message
from communique.reading.windows import OVERLAP, cut
from communique.testing import ScriptedModel

CONTEXT = 8192
LONG = " ".join(f"Ruritania opposes dam number {n} on the upper river." for n in range(1, 701))


@given(
    lengths=st.lists(st.integers(1, 400), min_size=1, max_size=60),
    room=st.integers(150, 2000),
)
def test_parts_cover_the_article(lengths: list[int], room: int) -> None:
    """Each sentence is asked about once, in order, with the sentences before it in view."""
    sentences = split_sentences("\n".join("x" * length + "." for length in lengths))
    parts = cut(sentences, room, CONTEXT)
    assert [s for part in parts for s in part.asked] == list(sentences)
    for part in parts:
        numbers = [s.index for s in part.shown]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert part.shown[-len(part.asked) :] == part.asked
        assert len(part.shown) - len(part.asked) <= OVERLAP


def test_an_article_that_fits_is_one_part() -> None:
    """Nothing is cut that need not be."""
    sentences = split_sentences("Talks go on. Nothing was agreed.")
    (part,) = cut(sentences, 1000, CONTEXT)
    assert part.shown == part.asked == sentences


def answer(messages: list[Message]) -> dict[str, object]:
    """A position for the first sentence that a question shows."""
    number = int(re.findall(r"^\[(\d+)\]", messages[-1]["content"], re.MULTILINE)[0])
    said = position(number, issue=f"dam number {number}")
    return whole(said, gist=f"Dams from {number}.")


def test_whole_reads_a_long_article_in_parts() -> None:
    """Sentence numbers stay those of the article, results are merged, the gist is the first."""
    model = ScriptedModel(answer, CONTEXT)
    summary = summarize(LONG, model=model, prompt="v1")
    assert len(model.asked) > 3
    assert summary.gist == "Dams from 1."
    assert len(summary.positions) == len(model.asked)
    for item in summary.positions:
        (span,) = item.evidence
        assert item.issue.rpartition(" ")[2] in span.text
        assert summary.article.text[span.start : span.end] == span.text
    shown = [len(re.findall(r"^\[", m[-1]["content"], re.MULTILINE)) for m in model.asked]
    assert sum(shown) <= 700 + OVERLAP * len(shown)


def test_no_limit_no_parts() -> None:
    """A model that does not say what it can read gets the article at once."""
    model = ScriptedModel(answer)
    summarize(LONG, model=model, prompt="v1")
    assert len(model.asked) == 1


@pytest.mark.parametrize("prompt", ["v1", "v2"])
@pytest.mark.parametrize("context", [200, CONTEXT // 2])
def test_too_long_even_so(prompt: str, context: int) -> None:
    """A sentence longer than the model can read is an error before anything is asked."""
    text = "Talks go on. " + "very " * 8000 + "long."
    model = ScriptedModel([], context)
    with pytest.raises(ArticleError, match=r"sentence 2 of the article is too long.*larger"):
        summarize(text, model=model, prompt=prompt)
    assert model.asked == []
