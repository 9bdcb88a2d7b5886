"""Rows of any file become articles, or failures that say which row and why; the rest goes on."""

from __future__ import annotations

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import Article
from communique.batching.input_rows import Columns
from communique.batching.inputs import open_source, read_row
from communique.batching.intake import readable_rows
from communique.errors import ArticleError

pa = pytest.importorskip("pyarrow")


def read(inputs: Any, **columns: Any) -> list[Article | str]:
    """Each row's article, or what is wrong with it."""
    names = Columns(**columns)
    return [_read(row, names) for row in open_source(inputs, names).rows()]


def _read(row: Any, names: Columns) -> Article | str:
    try:
        return read_row(row, names)
    except ArticleError as error:
        return str(error)


def test_json_lines(tmp_path: Path) -> None:
    """Fields of an article are these, other keys its metadata; blank lines are no rows."""
    path = tmp_path / "in.jsonl"
    rows = [
        {"text": "Talks failed.", "id": 7, "title": "Talks", "published": "20260131T120000Z",
         "desk": {"name": "Asia"}, "words": 2},
        {"text": "Talks go on.", "id": None, "published": float("nan"), "score": float("nan")},
    ]  # fmt: skip
    path.write_text("\n\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    first, second = read(path)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.id, first.title, first.metadata) == (
        "7", "Talks", {"desk": {"name": "Asia"}, "words": 2},
    )  # fmt: skip
    assert str(first.published) == "2026-01-31 12:00:00+00:00"
    assert second.id == second.sha256
    assert second.published is None
    assert second.metadata == {"score": None}
    assert open_source(path, Columns()).count() == 2


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    """Whatever a line is, it costs only itself."""
    lines = [
        b'{"text": "Talks failed."}',
        b'{"text": ',
        b'["a list"]',
        b"17",
        b"null",
        b'{"body": "no text"}',
        b'{"text": null}',
        b'{"text": NaN}',
        b'{"text": ["a", "list"]}',
        b'{"text": 17}',
        b'{"text": ""}',
        b'{"text": "Gespr\xe4che"}',
        b'{"text": "\\ud800"}',
        b'{"text": "Talks.", "published": "soon"}',
        b'{"text": "Talks.", "id": [1]}',
        b"[" * 100_000,
        b'{"text": "Talks go on."}',
    ]
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n".join(lines))
    found = read(path)
    assert [type(item) for item in found] == [Article, *[str] * 15, Article]
    for number, item in enumerate(found, start=1):
        assert isinstance(item, Article) or item.startswith(f"{path}, line {number}: ")
    for number, words in {
        2: "not JSON", 3: "an array", 4: "a number", 5: "null", 6: "it has no 'text', but body",
        7: "'text' is missing", 8: "'text' is missing", 9: "type list", 10: "type int",
        11: "empty", 12: "not UTF-8: byte 0xe4", 13: "surrogate", 14: "soon", 15: "id",
    }.items():  # fmt: skip
        assert words in str(found[number - 1])


def test_a_line_of_50_megabytes_is_one_failure(tmp_path: Path) -> None:
    """It is not kept in memory, and the next line is read."""
    path = tmp_path / "in.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "')
        for _ in range(50):
            file.write(b"x" * 2**20)
        file.write(b'"}\n{"text": "Talks failed."}\n')
    first, second = read(path)
    assert "line 1: it is longer than 16 MiB" in str(first)
    assert isinstance(second, Article)
    table = tmp_path / "in.csv"
    table.write_bytes(b"id,text\n1," + b"x" * (17 * 2**20) + b"\n2,Talks failed.\n")
    first, second = read(table)
    assert "line 2" in str(first)
    assert "longer than 16 MiB" in str(first)
    assert isinstance(second, Article)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".txt"])
def test_byte_order_marks(tmp_path: Path, encoding: str, suffix: str) -> None:
    """A byte order mark tells the encoding, and is no part of the first field."""
    if suffix == ".txt" and encoding == "utf-32":
        return  # no editor writes it
    text = "Переговоры “сорваны” – 谈判。"
    content = {
        ".jsonl": json.dumps({"text": text}, ensure_ascii=False) + "\n",
        ".csv": f'text,id\n"{text}",7\n',
        ".txt": text,
    }[suffix]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / f"a{suffix}"
    path.write_bytes(content.encode(encoding))
    (article,) = read(path.parent if suffix == ".txt" else path)
    assert isinstance(article, Article)
    assert article.text == text


@pytest.mark.parametrize(("suffix", "pack"), [
    (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress),
])  # fmt: skip
def test_compressed_files(tmp_path: Path, suffix: str, pack: Any) -> None:
    """They are unpacked on the way; a broken one is told."""
    packed = pack(b'{"text": "Talks failed."}\n' * 2000)
    path = tmp_path / f"in.jsonl{suffix}"
    path.write_bytes(packed)
    assert len(read(path)) == 2000
    path.write_bytes(packed[:-20])
    with pytest.raises(ArticleError, match="can't be read"):
        read(path)


def test_csv_with_quotes_newlines_and_missing_cells(tmp_path: Path) -> None:
    """A cell may hold line breaks and quotation marks; empty ones are missing."""
    path = tmp_path / "in.csv"
    path.write_bytes(
        b'id,title,text,published,desk\r\n'
        b'a1,"The ""dam""","Talks, they said,\r\nfailed.",2026-01-31,\r\n'
        b'a2,,NaN,NaT,x\r\n'
        b'a3,,too few cells\r\n'
        b'a4,,Gespr\xe4che,,\r\n'
        b'a5,,"closed" wrongly,,\r\n'
        b'\r\n'
        b'a6,nan,Talks go on.,NaT,NA\r\n'
    )  # fmt: skip
    first, missing, short, latin, quoted, last = read(path)
    assert isinstance(first, Article)
    assert first.text == "Talks, they said,\r\nfailed."
    assert first.title == 'The "dam"'
    assert first.metadata == {"desk": None}
    assert "line 4: it has no text" in str(missing)
    assert "3 cells, and the header 5" in str(short)
    assert "not UTF-8: byte 0xe4" in str(latin)
    assert "line 7: it is not valid CSV" in str(quoted)
    assert isinstance(last, Article)
    assert (last.title, last.published, last.metadata) == (None, None, {"desk": "NA"})


def test_an_unclosed_quotation_mark_is_told(tmp_path: Path) -> None:
    """It would make the rest of the file one cell."""
    path = tmp_path / "in.csv"
    path.write_text('id,text\n1,Talks failed.\n2,"Talks\n3,go on.\n', encoding="utf-8")
    first, second = read(path)
    assert isinstance(first, Article)
    assert "not valid CSV" in str(second)


def test_rows_that_a_quotation_mark_takes_in_are_told(tmp_path: Path) -> None:
    """They have no failure of their own, so that of the row names their lines, too."""
    path = tmp_path / "in.csv"
    path.write_text('id,text\n1,"Talks\n2,failed.\n3,"Talks"\n4,Talks go on.\n', encoding="utf-8")
    first, second = read(path)
    assert str(first).startswith(f"{path}, lines 2 to 4: it is not valid CSV")
    assert isinstance(second, Article)


def test_files_with_byte_order_marks_that_were_joined(tmp_path: Path) -> None:
    """A mark at the beginning of a line is none of its text."""
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "Talks failed."}\n' * 3)
    assert [type(item) for item in read(path)] == [Article] * 3


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_broken_characters_of_utf16_cost_their_row_alone(tmp_path: Path, suffix: str) -> None:
    """As those of UTF-8 do."""
    path = tmp_path / f"in.{suffix}"
    rows = ['"Talks failed."', '"Talks \ud800."', '"Talks go on."']
    lines = ["text", *rows] if suffix == "csv" else [f'{{"text": {row}}}' for row in rows]
    path.write_bytes(b"\xff\xfe" + "\n".join(lines).encode("utf-16-le", "surrogatepass"))
    first, broken, last = read(path)
    assert isinstance(first, Article)
    assert "not UTF-8" in str(broken)
    assert isinstance(last, Article)


@pytest.mark.parametrize("separator", ",;\t|")
def test_separators(tmp_path: Path, separator: str) -> None:
    """Whichever separates the header, separates the rows."""
    path = tmp_path / "in.csv"
    path.write_text(f"id{separator}text\n7{separator}Talks failed.\n", encoding="utf-8")
    (article,) = read(path)
    assert isinstance(article, Article)
    assert (article.id, article.text) == ("7", "Talks failed.")


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_any_cells_come_back(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    """What Python's own writer wrote is read back, whatever it is."""
    path = tmp_path_factory.mktemp("csv") / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "note"])
        writer.writerows((f"Talks failed. {text}", note) for text, note in rows)
    found = read(path)
    assert len(found) == len(rows)
    for article, (text, note) in zip(found, rows, strict=True):
        if isinstance(article, Article):  # else it looks like another format, or has no text
            assert article.text == f"Talks failed. {text}"
            assert article.metadata["note"] in {note, None}


def test_columns_of_other_names(tmp_path: Path) -> None:
    """A wrong name is told before anything is read, with the names that there are."""
    path = tmp_path / "in.csv"
    path.write_text("guid,body,text\n7,Talks failed.,x\n", encoding="utf-8")
    (article,) = read(path, text="body", id="guid")
    assert isinstance(article, Article)
    assert (article.id, article.text, article.metadata) == ("7", "Talks failed.", {"text": "x"})
    with pytest.raises(ArticleError, match=r"no column 'content' .*guid,body,text.*--text-column"):
        read(path, text="content")
    with pytest.raises(ArticleError, match=r"no column 'key', but guid, body, text.*--id-column"):
        read(path, id="key")
    (fault,) = read([{"text": "Talks failed.", "guid": 7}], id="key")
    assert "it has no 'key'" in str(fault)
    path.write_text("text,text\nA,B\n", encoding="utf-8")
    with pytest.raises(ArticleError, match="two columns 'text'"):
        read(path)


def test_parquet(tmp_path: Path) -> None:
    """Its types are read; bytes are left out; another schema is told with its columns."""
    import pyarrow.parquet as pq

    when = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    table = pa.table({
        "text": ["Talks failed.", None, "Talks go on."],
        "id": pa.array([7, 8, None], pa.int64()),
        "published": pa.array([when, None, None], pa.timestamp("ns", "UTC")),
        "picture": [b"\xff", b"", None],
        "tags": [["a"], [], None],
        "score": [0.5, float("nan"), None],
    })  # fmt: skip
    path = tmp_path / "in.parquet"
    pq.write_table(table, path)
    first, second, third = read(path)
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    assert (first.id, first.metadata) == ("7", {"tags": ["a"], "score": 0.5})
    assert first.published == when
    assert second == f"{path}, row 2: it has no text: its 'text' is missing"
    assert third.id == third.sha256
    assert open_source(path, Columns()).count() == 3
    with pytest.raises(ArticleError, match="no column 'body', but text, id"):
        read(path, text="body")
    with pytest.raises(ArticleError, match="values of type int64, not text"):
        read(path, text="id")
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(ArticleError, match="can't be read"):
        read(path)


def test_data_frames(tmp_path: Path) -> None:
    """Any table with Arrow's protocol is read like a Parquet file."""
    (article,) = read(pa.table({"text": ["Talks failed."], "id": ["a1"]}))
    assert isinstance(article, Article)
    assert article.id == "a1"
    del tmp_path


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error says what to install, or to use instead."""
    monkeypatch.setattr("communique.batching.arrow_tables.find_spec", lambda _: None)
    (tmp_path / "in.parquet").touch()
    with pytest.raises(Exception, match=r"communique\[tables\].*JSON Lines or CSV"):
        open_source(tmp_path / "in.parquet", Columns())


def test_a_folder_of_texts(tmp_path: Path) -> None:
    """Each file is an article whose id is its path; what can't be read is named."""
    (tmp_path / "2026").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "b.txt").write_text("Talks failed.", encoding="utf-8")
    (tmp_path / "2026" / "a.TXT").write_text("Talks go on.", encoding="utf-8")
    (tmp_path / "2026" / "._a.txt").write_bytes(b"\0")
    (tmp_path / ".hidden" / "c.txt").write_text("Talks.", encoding="utf-8")
    (tmp_path / "notes.md").write_text("Talks.", encoding="utf-8")
    (tmp_path / "c.txt").write_bytes(b"Gespr\xe4che")
    first, latin, last = read(tmp_path)
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert (first.id, first.text, last.id) == ("b", "Talks failed.", "2026/a")
    assert latin == f"{tmp_path / 'c.txt'}: it is not utf-8: byte 0xe4 at offset 5"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_does_not_lead_out_of_a_folder(tmp_path: Path) -> None:
    """A stranger's archive has no file of the user's sent to a model; links within it are read."""
    secret = tmp_path / "secret.txt"
    secret.write_text("My password is swordfish.", encoding="utf-8")
    folder = tmp_path / "archive"
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "talks.txt").write_text("Talks failed.", encoding="utf-8")
    (folder / "a.txt").symlink_to(secret)
    (folder / "b.html").symlink_to("../secret.txt")
    (folder / "c.txt").symlink_to("2026/talks.txt")
    (folder / "d.txt").symlink_to("d.txt")
    (folder / "e").symlink_to(tmp_path)
    (tmp_path / "named").symlink_to(folder)  # the folder itself may be one: the user named it
    found = read(tmp_path / "named")
    assert [item.id for item in found if isinstance(item, Article)] == ["c", "2026/talks"]
    out, page, circle = [item for item in found if isinstance(item, str)]
    assert out.endswith(
        f"a.txt: it is a link that leads out of the folder, to {secret}; to have it read, put the "
        "file itself in its place"
    )
    assert "b.html: it is a link that leads out" in page
    assert "d.txt: it can't be read" in circle
    assert "swordfish" not in "".join(map(str, found))


def test_a_folder_of_documents(tmp_path: Path) -> None:
    """Web pages and Word files stand among texts; their ids keep the suffix."""
    docx = pytest.importorskip("docx")
    pytest.importorskip("trafilatura")
    sentence = "Ruritania opposes the dam, its minister said on Sunday in Strelsau."
    body = "".join(f"<p>{sentence} {number}</p>" for number in range(6))
    page = f"<!doctype html><title>Dam</title><article>{body}</article>"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    document = docx.Document()
    document.add_paragraph(sentence)
    document.save(tmp_path / "b.docx")
    (tmp_path / "c.txt").write_text(sentence, encoding="utf-8")
    (tmp_path / "d.htm").write_text("<html></html>", encoding="utf-8")
    web, word, text, empty = read(tmp_path, id="key")
    assert isinstance(web, Article)
    assert isinstance(word, Article)
    assert isinstance(text, Article)
    assert [web.id, word.id, text.id] == ["a.html", "b.docx", "c"]
    assert (web.title, word.text) == ("Dam", sentence)
    assert isinstance(empty, str)
    assert empty.startswith(f"{tmp_path / 'd.htm'}: it has no article that could be found")


@pytest.mark.parametrize(("content", "texts"), [
    (b'{"text": "Talks failed."}\n', 1),
    (b"\n\n", 0),
    (b"id,text\n1,Talks failed.\n2,Talks go on.\n", 2),
    (gzip.compress(b'{"text": "Talks failed."}\n', mtime=0), 1),
])  # fmt: skip
def test_standard_input(content: bytes, texts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON Lines or CSV, whichever it begins like."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    source = open_source("-", Columns())
    assert source.count() is None
    found = [_read(row, Columns()) for row in source.rows()]
    assert sum(isinstance(item, Article) for item in found) == texts


def test_iterables_of_articles_texts_and_rows() -> None:
    """From Python, each item may be any of them; a single text is a mistake."""
    items = [Article(text="Talks failed.", id="x"), "Talks go on.", {"text": "A truce."}, 17, None]
    found = read(items)
    assert [type(item) for item in found] == [Article] * 3 + [str] * 2
    assert found[3] == "item 4: it is int, not an article, a text or a dict"
    assert open_source(items, Columns()).count() == 5
    assert open_source(iter(items), Columns()).count() is None
    with pytest.raises(ArticleError, match="there is no file"):
        open_source("Talks failed.", Columns())


def test_an_article_written_as_json_is_read_as_it_was(tmp_path: Path) -> None:
    """Its metadata are not nested once more."""
    article = Article(text="Talks failed.", id="a", metadata={"desk": "Asia"})
    path = tmp_path / "in.jsonl"
    path.write_text(article.model_dump_json() + "\n", encoding="utf-8")
    (again,) = read(path)
    assert isinstance(again, Article)
    assert again.metadata["desk"] == "Asia"
    assert "metadata" not in again.metadata


@pytest.mark.parametrize(("name", "words"), [
    ("a.json", "jq -c"), ("a.xlsx", "as CSV"), ("a", "rename"), ("a.txt", "communique summarize"),
])  # fmt: skip
def test_other_formats_are_told_what_to_do(tmp_path: Path, name: str, words: str) -> None:
    """Nothing is guessed from the content of a file."""
    (tmp_path / name).touch()
    with pytest.raises(ArticleError, match=words):
        open_source(tmp_path / name, Columns())


@pytest.mark.parametrize(("content", "words"), [
    ("", "is empty"), ("\n\n", "is empty"),
    ('[\n{"text": "A"},\n{"text": "B"}\n]\n', "no row can be read as an article; .*line 1"),
    ("prose\n" * 200, "none of the first 100 rows can be read"),
])  # fmt: skip
def test_nothing_that_can_be_read_is_one_error(tmp_path: Path, content: str, words: str) -> None:
    """Instead of a failure for each line of a file of another kind."""
    path = tmp_path / "in.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ArticleError, match=words):
        readable_rows(open_source(path, Columns()), Columns())
