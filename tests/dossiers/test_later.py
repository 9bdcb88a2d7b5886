"""Sentences of later articles tell what became of a threat or a demand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.dossiers.later import Deed, event_in, fewest_words, stems_of


def sentences() -> list[list[str]]:
    lines = Path(__file__).with_name("later_sentences.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("label", "kind", "actor", "wording", "sentence"), sentences())
def test_a_sentence_tells_what_became_of_a_deed(
    label: str, kind: str, actor: str, wording: str, sentence: str
) -> None:
    """What was only promised, denied, or done by others has not been done."""
    deed = Deed.of_threat(wording, [actor]) if kind == "threat" else Deed.of_condition(wording)
    event = event_in(sentence, deed)
    assert (event or "none") == label
    if event:  # the index finds it
        assert len(deed.words & stems_of(sentence)) >= fewest_words(deed)


def test_a_general_deed_needs_its_target() -> None:
    """A border is closed every other day."""
    deed = Deed.of_threat("close the border", ["Ruritania"], "Ulmia")
    assert event_in("Ruritania closed the border with Ulmia.", deed) == "done"
    assert event_in("Ruritania closed the border with Bellmar.", deed) is None


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_any_text_can_be_compared(sentence: str, action: str, actor: str) -> None:
    for deed in (Deed.of_threat(action, [actor]), Deed.of_condition(action)):
        assert event_in(sentence, deed) in {None, "done", "withdrawn"}
