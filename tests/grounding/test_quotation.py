"""The parts of a text that are in quotation marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.grounding.quotation import quoted_spans, quotes_words

QUOTED = {
    "“We will act,” she said.": ["We will act,"],
    "„Wir handeln jetzt“, sagte sie.": ["Wir handeln jetzt"],
    "„Działamy teraz”, powiedziała.": ["Działamy teraz"],
    "« Nous agirons », dit-elle.": [" Nous agirons "],
    "»Wir handeln jetzt«, sagte sie.": ["Wir handeln jetzt"],
    "”Vi agerar nu”, sade hon.": ["Vi agerar nu"],
    "‘We don’t wait,’ she said.": ["We don’t wait,"],
    "她说：「我们将采取行动。」": ["我们将采取行动。"],
    "她说：“我们将采取行动。”": ["我们将采取行动。"],
    '"We will act," she said, "and soon."': ["We will act,", "and soon."],
    "The “old” plan and “We will act”.": ["old", "We will act"],
    'A 5" pipe and a 3" pipe burst.': [],
    "The states’ demands and ‘90s habits don’t count.": [],
    "“We will act. We will not wait.": ["We will act. We will not wait."],
    "“One.\n“Two goes on,” he said.": ["One.", "Two goes on,"],
    "and soon,” he said.": ["and soon,"],
}


@pytest.mark.parametrize("text", QUOTED)
def test_quotation_marks_of_the_usual_scripts(text: str) -> None:
    """Quotations are found, even unclosed ones; apostrophes and inches are not quotation marks."""
    assert [text[start:end] for start, end in quoted_spans(text)] == QUOTED[text]


@given(text=st.text(alphabet="ab .\n“”„‟«»‹›「」『』‘’‚\"'5", max_size=40))
def test_quoted_spans_are_in_order(text: str) -> None:
    """Spans lie in the text, in order, without overlap, whatever the marks."""
    last = 0
    for start, end in quoted_spans(text):
        assert last <= start <= end <= len(text)
        last = end


def test_middle_of_a_quotation_is_quoted() -> None:
    """A sentence without marks of its own, inside a quotation, is a direct quote."""
    text = "“It is bad. Ruritania opposes the dam. We wait,” she said. They left at noon."
    start, end = text.index("Ruritania"), text.index(" We wait")
    assert quotes_words(text, start, end)
    assert not quotes_words(text, text.index("They"), len(text))
