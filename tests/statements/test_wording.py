"""How statements are worded: their actors and parties, and the sentence about each."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import builders
from builders import summary_of
from communique import Agreement, Evidence
from communique.render import to_csv
from communique.render.table import print_table


@pytest.mark.parametrize(
    ("speaker", "named"),
    [(None, "Ana Ruiz"), ("Ruritania", "Ana Ruiz (Ruritania)"), ("Ana Ruiz", "Ana Ruiz")],
)
def test_an_actor_is_named_alike_everywhere(speaker: str | None, named: str) -> None:
    """The sentence about a statement and every output name its actor with the same words."""
    text = "Ana Ruiz of Ruritania opposes the dam."
    summary = summary_of(text, builders.position(actor="Ana Ruiz"))
    (position,) = summary.positions
    position = position.model_copy(update={"on_behalf_of": speaker})
    summary = summary.model_copy(update={"positions": (position,)})
    assert position.who == named
    assert position.summary == f"{named} opposes: the dam."
    page = io.StringIO()
    print_table(summary, Console(file=page, width=100))
    for shown in (page.getvalue(), summary.to_markdown(), summary.to_html(), to_csv(summary)):
        assert named in shown
        assert named == "Ana Ruiz (Ruritania)" or "Ana Ruiz (" not in shown


def test_an_agreement_is_named_by_its_parties() -> None:
    """An agreement has parties where other statements have an actor."""
    treaty = Agreement(
        id="agreement-1", parties=("Ruritania", "Ulmia"), subject="treaty", status="in_force",
        attribution="narrated", evidence=(Evidence(start=0, end=1, text="A"),),
    )  # fmt: skip
    assert treaty.who == "Ruritania, Ulmia"
    assert treaty.summary == "Ruritania, Ulmia: treaty (in force)."
