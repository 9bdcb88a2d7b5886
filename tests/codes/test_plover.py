"""Statements are events as the codebook defines them, and nothing else is."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

import communique
from builders import agreement, condition, position, summary_of, threat
from communique import Article
from communique.codes import event_of
from communique.statements import KINDS

RECORDS = Path(__file__).with_name("plover_records.csv")
MAKERS: dict[str, Any] = {
    "position": position,
    "condition": condition,
    "threat": threat,
    "agreement": agreement,
}
TEXT = "Ruritania and Ulmia spoke of the dam, the election, the border and a treaty with Ana Ruiz."
# The draft's names for categories that the codebook of 2021 has under others.
RENAMED = {"DEMAND": "REQUEST", "DISAPPROVE": "ACCUSE"}


def statement(kind: str, **fields: Any) -> Any:
    (made,) = summary_of(TEXT, MAKERS[kind](1, **fields)).statements
    return made


def event(kind: str, value: str | None) -> str | None:
    """The event of a statement with a value of its field with a few given values."""
    given = {KINDS[kind].enumerated: value} if value else {}  # type: ignore[index]
    if kind == "condition":
        given = {"outcome": None, "relation": "only_if"}
    found = event_of(statement(kind, **given))
    return found.type if found else None


def test_statements_like_the_codebooks_own_records_are_the_same_events() -> None:
    """Of its gold standard records (by id; PLOVER-GSR01), two differ, as the how-to says."""
    rows = list(csv.DictReader(RECORDS.read_text(encoding="utf-8").splitlines()))
    different = {}
    for row in rows:
        category = row["record"].partition("-")[0]
        found = event(row["kind"], row["value"])
        if found != RENAMED.get(category, category):
            different[row["record"]] = found
    assert len(rows) > 30
    assert different == {"SUPPORT-0012": "AGREE", "DISAPPROVE-0002": "REJECT"}


def test_every_value_is_an_event_or_none() -> None:
    """What does not say which event it is, is none."""
    found = {
        (kind, value): event(kind, value)
        for kind in ("position", "agreement")
        for value in KINDS[kind].values  # type: ignore[index]
    }
    assert {key: name for key, name in found.items() if name} == {
        ("position", "supports"): "SUPPORT",
        ("position", "opposes"): "REJECT",
        ("agreement", "negotiating"): "CONSULT",
        ("agreement", "agreed"): "AGREE",
        ("agreement", "rejected"): "REJECT",
    }
    assert event_of(statement("condition")) is None  # with an outcome
    contexts = {
        means: event_of(statement("threat", means=means)).context  # type: ignore[union-attr]
        for means in KINDS["threat"].values
    }
    assert contexts == {
        "military": "military", "nuclear": "cbrn", "economic": "economic", "legal": "legal",
        "diplomatic": "diplomatic", "cyber": "cyber", "other": None,
    }  # fmt: skip


ARTICLE = Article(
    text="France opposes the dam. Vladimir Putin of Russia warns Ukraine of war. "
    "The UN and Kosovo negotiate a treaty. Ulmia wants the talks to start after an election.",
    id="a-7",
    title="Dams",
    source="Wire",
    published="2026-01-31T22:00:00+01:00",
    language="en",
)


def rows() -> list[Any]:
    said = [
        position(1, actor="France", on_behalf_of=None),
        threat(2, actor="Vladimir Putin", on_behalf_of="Russia", target="Ukraine", action="war",
               trigger=None, means="military"),
        agreement(3, parties=["UN", "Kosovo"], subject="treaty", status="negotiating"),
        condition(4, actor="Ulmia", outcome="talks", condition="election"),
    ]  # fmt: skip
    return summary_of(ARTICLE, *said).to_rows(codebook="plover")


def test_events_have_source_target_date_and_evidence() -> None:
    """Each is one row; a person has the code of the state that it speaks for."""
    first, second, third = rows()
    assert [row["event"] for row in rows()] == ["REJECT", "THREATEN", "CONSULT"]
    assert (first["source"], first["source_code"], first["source_cow"]) == ("France", "FRA", "220")
    assert (first["target"], first["target_code"], first["context"]) == (None, None, None)
    assert (second["source"], second["source_code"]) == ("Vladimir Putin", "RUS")
    assert (second["target"], second["target_code"]) == ("Ukraine", "UKR")
    assert second["context"] == "military"
    assert (third["source"], third["source_code"]) == ("UN; Kosovo", "UNO; KOS")
    assert third["source_cow"] == "-; 347"
    for row in rows():
        assert row["date"] == "2026-01-31"
        assert row["publisher"] == "Wire"
        assert row["evidence"] in ARTICLE.text
        assert row["event_id"].startswith("a-7:")


def test_an_unknown_codebook_is_refused() -> None:
    """With the one that there is."""
    with pytest.raises(communique.errors.SettingsError, match="'cameo'; use 'plover'"):
        summary_of(TEXT, position(1)).to_rows(codebook="cameo")  # type: ignore[call-overload]
