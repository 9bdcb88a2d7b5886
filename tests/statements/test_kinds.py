"""Kinds of statement: declared once, all the rest follows; states that can't be are refused."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

import communique.render
from builders import condition, position, summary_of
from communique import Agreement, Condition, Summary, statements
from communique.cli.summarize import Format
from communique.codes import event_of
from communique.render import FORMATS
from communique.report.digest import Digest
from communique.statements import (
    KINDS,
    Kind,
    Reply,
    SpokenStatement,
    Statement,
    StatementKind,
    StatementReply,
    StatementsByKind,
    by_kind,
)

TEXT = "Ruritania opposes the dam. Ulmia opposes the dam, too."
STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)
EVIDENCE = [{"start": 0, "end": 26, "text": "Ruritania opposes the dam."}]


def fields_of(kind: Any) -> dict[str, Any]:
    """The least that a statement of a kind needs, as JSON."""
    details = KINDS[kind]
    own: dict[str, Any] = {
        name: ["A", "B"] if name == "parties" else f"the {name}" for name in details.fields
    }
    value = details.values[1]
    return {"kind": kind, **own, details.enumerated: value, "id": f"{kind}-1",
            "attribution": "reported", "evidence": EVIDENCE}  # fmt: skip


def two_positions() -> Summary:
    said = [position(1), position(2, actor="Ulmia"), {"kind": "opinion"}]
    return summary_of(TEXT, *said)


def test_the_registry_is_complete() -> None:
    """The hand-written types agree with the registry of kinds."""
    assert get_args(Kind) == tuple(KINDS) == tuple(kind.name for kind in KINDS.values())
    union, _ = get_args(Statement)
    assert get_args(union) == tuple(kind.statement for kind in KINDS.values())
    assert get_args(StatementReply) == tuple(kind.reply for kind in KINDS.values())
    assert list(StatementsByKind.model_fields) == [kind.plural for kind in KINDS.values()]
    assert {kind.statement.__name__ for kind in KINDS.values()} <= set(statements.__all__)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_asked_for_in_full(kind: Any) -> None:
    """A reply has the fields of its statement, and a row has each of them once."""
    details = KINDS[kind]
    assert set(details.reply.model_fields) == {"kind", *details.fields}
    assert next(iter(details.reply.model_fields)) == "kind"
    assert sorted(details.written) == sorted(details.fields)
    assert {*details.names, *details.texts, details.enumerated} == set(details.fields)
    annotation = details.reply.model_fields[details.enumerated].annotation
    assert get_args(annotation) == details.values


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_is_worded_by_its_kind(kind: Any) -> None:
    """Every kind has its words, its place in rows and its actors."""
    statement = STATEMENT.validate_python(fields_of(kind))
    assert statement.summary.startswith(statement.who)
    assert all(getattr(statement, text) in statement.said for text in KINDS[kind].content)
    assert ("on_behalf_of" in KINDS[kind].names) != KINDS[kind].is_joint


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_becomes_its_statement(kind: Any) -> None:
    """A statement has its reply's fields, and the evidence that it is given."""
    details = KINDS[kind]
    known = STATEMENT.validate_python(fields_of(kind))
    said = known.model_dump(mode="json", include={"kind", *details.fields})
    reply = details.reply.model_validate(said)
    built = details.build(reply, id=known.id, evidence=known.evidence, attribution="reported")
    assert built == known
    assert details.names_in(reply) == details.names_in(known)
    assert (
        details.actors_in(reply)
        == details.actors_in(known)
        == details.names_in(known)[: 2 if details.is_joint else 1]
    )


class Appeal(SpokenStatement):
    """A fifth kind, which nothing but the registry knows."""

    kind: Literal["appeal"] = "appeal"
    addressee: str
    form: Literal["formal", "informal"]

    @property
    def said(self) -> str:
        return f"to {self.addressee} [{self.form}]"


APPEAL = StatementKind(
    statement=Appeal, reply=Reply, plural="appeals", enumerated="form",
    written=("addressee", "form", "actor", "on_behalf_of"),
    colors=KINDS["threat"].colors, symbol="◇", about="addressee",
)  # fmt: skip


def test_a_fifth_kind_has_its_place_in_reports_and_no_event_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a report and the codes need of a kind is declared by it, or left out."""
    summary = two_positions()  # before: forms are built once, of the kinds that there are
    appeal = Appeal(
        id="appeal-1", attribution="reported", evidence=summary.positions[0].evidence,
        actor="Ana Ruiz", on_behalf_of="Ulmia", addressee="Ruritania", form="formal",
    )  # fmt: skip
    object.__setattr__(summary, "positions", (appeal,))
    summary.__dict__.pop("_in_order", None)
    monkeypatch.setitem(KINDS, "appeal", APPEAL)
    monkeypatch.setattr(StatementsByKind, "appeals", (), raising=False)
    (line,) = Digest(pages=False).add(summary).lines
    assert (line.about, line.parties, line.value) == (("Ruritania",), ("Ulmia",), "formal")
    assert event_of(appeal) is None


def test_only_what_one_actor_states_is_on_behalf_of_another() -> None:
    """An agreement has parties, and nobody who speaks for another."""
    assert "on_behalf_of" not in Agreement.model_fields
    with pytest.raises(ValidationError, match="on_behalf_of"):
        STATEMENT.validate_python(fields_of("agreement") | {"on_behalf_of": None})


@pytest.mark.parametrize("relation", KINDS["condition"].values)
def test_a_bare_demand_has_one_relation(relation: str) -> None:
    """Without an outcome nothing can be said of it but that the condition must hold."""
    demand = fields_of("condition") | {"outcome": None, "relation": relation}
    if relation == "only_if":
        assert isinstance(STATEMENT.validate_python(demand), Condition)
        return
    with pytest.raises(ValidationError, match="only_if where outcome is null"):
        STATEMENT.validate_python(demand)
    assert STATEMENT.validate_python(demand | {"outcome": "talks"}).relation == relation


@pytest.mark.parametrize("nothing", [None, "none", "N/A"])
def test_a_demand_that_a_model_words_otherwise_is_kept(nothing: str | None) -> None:
    """Values that follow from other fields are set, instead of rejecting the statement."""
    said = {"actor": "Ulmia", "outcome": nothing, "relation": "until", "condition": "the dam"}
    summary = summary_of(TEXT, condition(2, **said))
    (demand,) = summary.conditions
    assert (demand.outcome, demand.relation) == (None, "only_if")
    assert summary.rejected == ()


def test_ids_are_unique_in_a_summary() -> None:
    """Two statements of one id are refused, whatever their kinds."""
    data = json.loads(two_positions().model_dump_json())
    data["positions"][1]["id"] = data["positions"][0]["id"]
    with pytest.raises(ValidationError, match="two statements have the id 'position-1'"):
        Summary.model_validate(data)
    data["positions"][1]["id"] = "position-2"
    data["agreements"] = [fields_of("agreement") | {"id": "position-2"}]
    with pytest.raises(ValidationError, match="position-2"):
        Summary.model_validate_json(json.dumps(data))


def test_spans_of_rejected_claims_are_the_articles() -> None:
    """As those of statements are."""
    data = json.loads(two_positions().model_dump_json())
    data["rejected"][0]["evidence"] = [{"start": 0, "end": 4, "text": "Ulmi"}]
    with pytest.raises(ValidationError, match="evidence at 0:4"):
        Summary.model_validate(data)


def test_summaries_have_hashes() -> None:
    """Equal summaries are one member of a set, rejected claims and all."""
    summary = two_positions()
    again = Summary.model_validate_json(summary.model_dump_json())
    assert summary.rejected
    assert {summary, again} == {summary}
    assert hash(summary.rejected[0]) == hash(again.rejected[0])


def test_statements_by_kind_are_lists_of_a_summary() -> None:
    """Statements sorted into lists make the same summary again."""
    summary = two_positions()
    lists = StatementsByKind(**by_kind(summary.statements))
    assert (lists.positions, lists.statements) == (summary.positions, summary.statements)


def test_formats_have_one_registry_and_one_signature() -> None:
    """The command line offers what the registry has; each format makes text of a summary."""
    assert [form.value for form in Format] == list(FORMATS)
    summary = two_positions()
    for name, write in FORMATS.items():
        assert "Ruritania" in write(summary), name


def test_outputs_know_only_statements() -> None:
    """No output imports a summary, so that there is no circle, nor anything heavier."""
    allowed = tuple(f"communique.{name}" for name in ("render", "statements", "article", "codes"))
    imported: set[str] = set()
    for path in Path(communique.render.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    own = {name for name in imported if name.split(".")[0] == "communique"}
    assert "communique.statements" in own
    assert {name for name in own if not name.startswith(allowed)} == set()


def test_rows_make_data_frames() -> None:
    """Columns that are empty for the first hundred rows have their types all the same."""
    polars = _library("polars")
    pandas = _library("pandas")
    rows = _rows("position", 101) + _rows("threat", 50)
    frame = polars.DataFrame(rows)
    assert frame.shape == (151, len(rows[0]))
    assert frame.columns == list(rows[0].keys())
    assert frame["means"].null_count() == frame["stance"].len() - 50 == 101
    types = {
        name: polars.Float64 if name == "confidence" else polars.String for name in frame.columns
    }
    assert frame.schema == types
    other = pandas.DataFrame(rows)
    assert list(other.columns) == frame.columns
    assert other["means"].isna().sum() == 101


def test_rows_are_read_by_column_or_by_place() -> None:
    """As those of sqlite are."""
    (row,) = _rows("position", 1)
    assert row["stance"] == row.stance == dict(row)["stance"] == "opposes"
    assert row[0] == row["article_id"]
    assert list(row) == list(row.values()) == list(dict(row).values())
    assert row["means"] is None
    with pytest.raises(KeyError):
        row["mood"]
    assert json.loads(json.dumps(dict(row)))["actor"] == "Ruritania"


@pytest.mark.parametrize("kind", KINDS)
def test_the_values_of_a_row_are_of_the_types_of_its_columns(kind: Any) -> None:
    """Text, a float or nothing: what frames take the columns' types from holds."""
    (row,) = _rows(kind, 1)
    types = type(row).__annotations__
    assert list(types) == list(row.keys())
    for column, type_ in types.items():
        assert isinstance(row[column], type_), column


def _rows(kind: Any, count: int) -> list[Any]:
    data = json.loads(two_positions().model_dump_json())
    data["positions"] = []
    details = KINDS[kind]
    own = {"actor": "Ruritania"} if "actor" in details.fields else {}
    value = {"stance": "opposes"} if kind == "position" else {}
    data[details.plural] = [fields_of(kind) | own | value]
    return Summary.model_validate(data).to_rows() * count


def _library(name: str) -> Any:
    pytest.importorskip(name)
    return importlib.import_module(name)
