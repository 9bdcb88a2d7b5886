"""Tables of many summaries: one schema, whatever the rows hold, in polars, pandas and files."""

from __future__ import annotations

import datetime
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import communique
from builders import agreement, condition, position, summary_of, threat
from communique import Article, Summary, to_duckdb, to_pandas, to_parquet, to_polars
from communique.errors import SettingsError
from communique.statements import KINDS

if TYPE_CHECKING:
    from pathlib import Path

pl = pytest.importorskip("polars")
pd = pytest.importorskip("pandas")
duckdb = pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

TEXT = "Ruritania opposes the dam. Ana Ruiz of Ukraine warns Ulmia of the border. A treaty."


@cache
def summary(kind: str = "all", published: str | None = "2026-01-31") -> Summary:
    said = {
        "position": position(1),
        "threat": threat(2, on_behalf_of="Ukraine"),
        "condition": condition(1, outcome=None, relation="only_if", condition="the dam"),
        "agreement": agreement(3, parties=["Ruritania", "Ukraine"]),
    }
    chosen = said.values() if kind == "all" else [said[kind]]
    return summary_of(Article(text=TEXT, id=7, published=published), *chosen)


def many() -> list[Summary]:
    """More rows of one kind than any library looks at, and then another kind."""
    return [summary("position", None)] * 101 + [summary("threat")] * 50


def test_151_rows_of_two_kinds_are_a_polars_frame() -> None:
    """Columns that are empty at first have their types all the same, and so do empty ones."""
    frame = to_polars(many())
    assert frame.height == 151
    assert frame.columns == list(summary().to_rows()[0].keys())
    assert frame.schema["kind"] == pl.Enum(list(KINDS))
    assert frame.schema["means"] == pl.Enum(KINDS["threat"].values)
    assert frame.schema["published"] == pl.Date
    assert frame.schema["confidence"] == pl.Float64
    others = {"kind", "means", "stance", "relation", "status", "attribution", "published"}
    assert {frame.schema[name] for name in set(frame.columns) - others - {"confidence"}} == {
        pl.String
    }
    assert frame["means"].null_count() == 101
    assert frame["published"].to_list()[100:102] == [None, datetime.date(2026, 1, 31)]
    assert frame["on_behalf_of_iso3"].to_list()[-1] == "UKR"
    (both,) = to_polars(summary("agreement")).to_dicts()
    assert (both["actor"], both["actor_iso3"]) == ("Ruritania; Ukraine", "-; UKR")
    assert to_polars([]).schema == to_polars(summary("threat")).schema == frame.schema


def test_151_rows_of_two_kinds_are_a_pandas_frame() -> None:
    """With categories, dates and texts, also where all values are missing."""
    frame = to_pandas(many())
    assert frame.shape == (151, len(summary().to_rows()[0]))
    assert list(frame["means"].cat.categories) == list(KINDS["threat"].values)
    assert frame["means"].isna().sum() == 101
    assert pd.api.types.is_datetime64_dtype(frame["published"])
    assert frame["published"].iloc[-1] == pd.Timestamp("2026-01-31")
    for name in ("actor", "target_cow", "outcome"):  # the last one is empty
        assert isinstance(frame[name].dtype, pd.StringDtype), name
    assert (frame.dtypes == to_pandas([]).dtypes).all()


def values(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows as a frame has them: with dates."""
    return [
        dict(row) | {"published": datetime.date.fromisoformat(str(row["published"]))}
        for row in rows
    ]


def test_every_value_survives_a_round_trip(tmp_path: Path) -> None:
    """By polars, pandas, Parquet and DuckDB, and back."""
    expected = values(summary().to_rows())
    assert len(expected) == 4
    frame = to_polars([summary()])
    assert frame.to_dicts() == expected
    assert pl.from_pandas(to_pandas([summary()])).cast(frame.schema).equals(frame)
    path = to_parquet([summary()], tmp_path / "statements.parquet")
    assert pl.read_parquet(path).cast(frame.schema).equals(frame)
    assert pd.read_parquet(path)["kind"].dtype == "category"
    database = tmp_path / "statements.duckdb"
    to_duckdb([summary()], database)
    with duckdb.connect(str(database)) as connection:
        assert connection.sql("FROM statements").pl().cast(frame.schema).equals(frame)
        types = dict(
            connection.sql(
                "SELECT column_name, data_type FROM (DESCRIBE statements) t(column_name, data_type, a, b, c, d)"
            ).fetchall()
        )
    assert types["kind"].startswith("ENUM('position'")
    assert types["published"] == "DATE"


def test_events_have_a_schema_of_their_own() -> None:
    """Date, category and context are typed, too."""
    frame = to_polars(summary(), codebook="plover")
    assert sorted(frame["event"]) == ["REJECT", "REQUEST", "THREATEN"]
    assert frame.schema["date"] == pl.Date
    assert isinstance(frame.schema["event"], pl.Enum)
    assert isinstance(frame.schema["context"], pl.Enum)
    connection = duckdb.connect()
    to_duckdb(summary(), connection, table="events", codebook="plover")
    count = connection.sql("SELECT count(*) FROM events WHERE event = 'THREATEN'").fetchall()
    assert count == [(1,)]


def test_failures_have_no_rows() -> None:
    """So the outcomes of a batch can be given as they are."""
    (failure,) = communique.summarize_many([""])
    assert to_polars([failure, summary()]).height == 4


@pytest.mark.parametrize("given", ["OUT.jsonl", ["text"], [summary().article]])
def test_what_is_no_summary_is_refused(given: Any) -> None:
    """With how to read a file."""
    with pytest.raises(SettingsError, match=r"is not a Summary; .*read_outcomes"):
        to_polars(given)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was there stays there until the new one is complete."""
    path = tmp_path / "statements.parquet"
    to_parquet([summary("threat")], path)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="not a Summary"):
        to_parquet([summary(), "text"], path)  # type: ignore[list-item]
    assert path.read_bytes() == before
    to_parquet([summary()], path)
    assert pl.read_parquet(path).height == 4
    assert [each.name for each in tmp_path.iterdir()] == ["statements.parquet"]
    with pytest.raises(SettingsError, match=r"can't be written: No such file or directory$"):
        to_parquet([summary()], tmp_path / "none" / "statements.parquet")


def test_a_table_in_a_database_is_not_replaced(tmp_path: Path) -> None:
    """A name that is taken is an error, and any name is only a name."""
    connection = duckdb.connect()
    odd = 'x"; DROP TABLE statements; --'
    to_duckdb(summary(), connection)
    to_duckdb(summary("threat"), connection, table=odd)
    with pytest.raises(SettingsError, match="already exists"):
        to_duckdb(summary("threat"), connection)
    assert connection.sql("SELECT count(*) FROM statements").fetchall() == [(4,)]
    tables = {
        name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()
    }
    assert tables == {"statements", odd}
    with pytest.raises(SettingsError, match="can't be written"):
        to_duckdb(summary(), tmp_path / "none" / "file.duckdb")


@pytest.mark.parametrize("missing", ["polars", "pyarrow"])
def test_a_missing_library_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SettingsError, match=rf"to_polars needs {missing}: .*communique\[frames\]"):
        to_polars([summary()])


def test_an_unknown_codebook_is_refused_before_anything_is_read() -> None:
    """A mistake in a name costs nothing."""
    with pytest.raises(SettingsError, match="codebook: there is no 'cameo'"):
        to_polars([], codebook="cameo")  # type: ignore[arg-type]
