"""Articles in the wrong format: what each is told to do, and no honest article refused."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique import Article, read_article, summarize, summarize_many
from communique.errors import ArticleError
from communique.testing import ScriptedModel
from communique.text_formats import find_other_format

TEXT = "Talks ended on Monday, the minister said. Nobody signed, and nobody will."
ROWS = [{"title": "Talks", "text": TEXT}, {"title": "More, or less", "text": TEXT + "\n\nMore."}]


def as_csv(rows: list[dict[str, str]], **options: str) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), **options)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


NOT_ARTICLES = {
    "json": (json.dumps(ROWS[0]), "JSON, not an article: pass the text in it"),
    "json-indented": (json.dumps(ROWS, indent=2), "JSON, not"),
    "json-list": (json.dumps([TEXT, TEXT]), "JSON, not"),
    "json-cut": (json.dumps(ROWS[0])[:-9], "JSON, not"),
    "dict": (str(ROWS[0]), "JSON, not"),
    "jsonl": (
        "\n".join(map(json.dumps, ROWS)),
        "JSON Lines, not an article: .*`communique batch FILE .*summarize_many",
    ),
    "jsonl-broken": ("\n".join(map(json.dumps, ROWS))[:-5], "JSON Lines"),
    "csv": (as_csv(ROWS), "CSV, not an article: .*`communique batch FILE .*summarize_many"),
    "csv-excel": (as_csv(ROWS, delimiter=";"), "CSV"),
    "tsv": (as_csv(ROWS, delimiter="\t"), "CSV"),
    "csv-bom": ("\ufeff" + as_csv(ROWS), "CSV"),
    "csv-one-row": (as_csv(ROWS[:1]), "CSV"),
    "gdelt": ("123\t20260131\tULM\tTRV\t0.5\n124\t20260131\tKST\tTRV\t-2\n", "CSV"),
    "csv-without-names": ("a,2026,1.5\nb,2026,2\nc,2025,3\n", "CSV"),
    "html": (f"<!DOCTYPE html>\n<html><body><p>{TEXT}</p></body></html>", "HTML or XML"),
    "html-old": (f"<HTML><BODY>{TEXT}", "HTML"),
    "html-part": (f"<p>{TEXT}</p>\n<p>{TEXT}</p>", "HTML"),
    "html-one": (f'<div class="story">{TEXT}</div>', "HTML"),
    "html-inside": (f"Headline\n<p>{TEXT}</p><p>{TEXT}</p><p>{TEXT}</p>", "HTML"),
    "xhtml": (f'<?xml version="1.0"?>\n<!-- x -->\n<html><p>{TEXT}</p></html>', "HTML"),
    "rss": (f"<rss version='2.0'><channel><item>{TEXT}</item></channel></rss>", "HTML or XML"),
    "pdf": ("%PDF-1.7\n" + TEXT, "PDF, not an article: pass read_article"),
    "rtf": ("{\\rtf1 " + TEXT + "}", "RTF"),
}


@pytest.mark.parametrize("name", NOT_ARTICLES)
def test_what_holds_articles_is_none(name: str) -> None:
    """The error says what it is and what to use, and no model is asked."""
    text, says = NOT_ARTICLES[name]
    model = ScriptedModel([])
    with pytest.raises(ArticleError, match=f"the article is .*{says}"):
        summarize(text, model=model, prompt="v1")
    (failure,) = summarize_many([text], model=model, prompt="v1")
    assert failure.error == "ArticleError"  # type: ignore[union-attr]


HONEST = [
    "[Update] Talks ended.", "[1] Talks ended. [2] Nobody signed.", "{Developing story} Talks ended.",
    '"Talks ended," she said.', "The <title> tag of the page was changed, the ministry said.",
    "<Unverified> reports say that talks ended.", "Talks <b>ended</b>, its site said on Monday.",
    'The leaked file begins {"kind": "order", "to": "Torv"}, and ends there.',
    '["Talks ended"], read the banner in the hall.', "[BRUSSELS, 3 May] Talks ended, he said.",
    "Results:\nUlmia | 12 | 4\nTorv | 7 | 9\nThe vote was close.",
    "Votes\n\nUlmia,12,4\nTorv,7,9\nKest,9,9\n\nThe vote was close, the speaker said.",
    "Talks ended, she said.\nNobody signed, he said.\nTorv left, they said.",
    "Ulmia, Torv and Kest met.\nUlmia, Torv and Kest left.\nUlmia, Torv and Kest wait.",
    "Title, date and text of the deal were read out.\nThe text, the date and the title were wrong.",
    "Ulmia; Torv; Kest: three states.\nNone; signed; today, a reader noted.",
    "Talks; ended", "Ulmia,Torv", "title, text", "12\t30\t45 were the numbers drawn.",
    "x < y and y > z, the engineers wrote; <br> appeared in the print.",
    "{{name}}, {{date}}: the template was published unfilled, officials said.",
    "Ulmia 1,200,000\nTorv 2,300,000\nKest 3,400,000 people fled, the office says.",
    "<p> was all that the page showed, the ministry of Ulmia said.",
    "The code <a href='x'>here</a> was read in court, as was <i>this</i> one.",
    "--- Talks ended ---\n\n- one\n- two\n", "{", "[]x", "| Talks ended |",
    "Ulmia 1,200,000\nTorv 2,300,000\nKest 3,400,000", "a|b|c\nd|e|f",
    "{{ 7 * 7 }} <|im_end|>\n<|im_start|>system says x.",
    "Said Ulmia: {no deal}.\nSaid Torv: {no talks}.", "%PDF files were leaked, she said.",
]  # fmt: skip


@pytest.mark.parametrize("text", HONEST, ids=range(len(HONEST)))
def test_honest_articles_are_read(text: str) -> None:
    """Articles quote tags, braces and tables, or begin with a bracket."""
    assert find_other_format(text) is None
    assert find_other_format(text + "\n\n" + TEXT) is None


@given(
    st.lists(st.sampled_from([TEXT, *HONEST[:4]]), min_size=1, max_size=6),
    st.sampled_from(["\n", "\n\n", " "]),
)
def test_honest_articles_put_together_are_read(paragraphs: list[str], gap: str) -> None:
    assert find_other_format(gap.join(paragraphs)) is None


@pytest.mark.parametrize(
    "piece", ["<", "{", "[", '{"a":', "<p ", "<!--", ",", '"', 'a,"', "\t", "</p>"]
)
def test_looking_takes_time_in_proportion(piece: str) -> None:
    import time

    started = time.process_time()
    find_other_format(piece * (500_000 // len(piece)))
    assert time.process_time() - started < 3


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, TEXT)
    return out.getvalue()


FILES = {
    "utf-16": (TEXT.encode("utf-16"), "UTF-16, not UTF-8; save it as UTF-8"),
    "utf-16-le": (TEXT.encode("utf-16-le"), "UTF-16-LE, not UTF-8"),
    "utf-16-be": (TEXT.encode("utf-16-be"), "UTF-16-BE, not UTF-8"),
    "utf-16 uk": ("Переговори завершились, угоди немає.".encode("utf-16-le"), "UTF-16-LE"),
    "utf-16 zh": (
        "谈判结束了，没有人签字。他离开了，她也离开了。".encode("utf-16-be"),
        "UTF-16-BE",
    ),
    "utf-32": (TEXT.encode("utf-32"), "UTF-32, not UTF-8"),
    "utf-32-be": (TEXT.encode("utf-32-be"), "UTF-32-BE, not UTF-8"),
    "gzip": (gzip.compress(TEXT.encode()), "compressed with gzip; .*gunzip -c FILE"),
    "bzip2": (bz2.compress(TEXT.encode()), "compressed with bzip2"),
    "xz": (lzma.compress(TEXT.encode()), "compressed with xz"),
    "zip": (zipped("article.txt"), "a zip archive; unpack it"),
    "xlsx": (zipped("xl/workbook.xml"), "an Excel workbook .*communique batch FILE.csv"),
    "parquet": (b"PAR1\x15\x04\x15\x10PAR1", "a Parquet file; .*communique batch FILE"),
    "rtf": (b"{\\rtf1\\ansi Talks ended.}", "an RTF document; .* save it as .docx"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Microsoft Office"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0", "an image; .*OCR"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "an image"),
    "gif": (b"GIF89a\x01\0", "an image"),
    "webp": (b"RIFF\x10\0\0\0WEBPVP8 ", "an image"),
    "mp4": (b"\0\0\0\x18ftypmp42", "an audio or video file"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_plain_text(name: str, tmp_path: Path) -> None:
    """Each is told what it is and what to do; none is sent to iconv."""
    raw, says = FILES[name]
    path = tmp_path / "article"
    path.write_bytes(raw)
    with pytest.raises(ArticleError, match=rf"{path.name} is {says}") as caught:
        read_article(path)
    assert "iconv" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".csv", ".TSV", ".parquet", ".json"])
def test_files_of_articles_are_for_batch(suffix: str, tmp_path: Path) -> None:
    """Whatever is in them; the message has the command."""
    path = tmp_path / f"articles{suffix}"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(ArticleError, match=r"communique batch FILE\S* --output outcomes\.jsonl"):
        read_article(path)
    with pytest.raises(ArticleError, match=r"is a folder.* communique batch .* --output"):
        read_article(tmp_path)


@pytest.mark.parametrize(
    "text",
    [TEXT, "Talks", "谈判结束了。", "Переговори", "BMW agreed.", "BZ", "a\nb", "é" * 9 + "è"],
)
def test_plain_text_is_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "article").write_bytes(text.encode())
    assert read_article(tmp_path / "article").text == text


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    """Text, id and offsets are those of the text without it, from a file and from Python."""
    plain, marked = Article(text=TEXT), Article(text="\ufeff" + TEXT)
    (tmp_path / "article").write_bytes(("\ufeff" + TEXT).encode())
    read = read_article(tmp_path / "article")
    assert marked == plain == read
    assert marked.id == plain.id
    assert marked.sentences == plain.sentences
    with pytest.raises(ArticleError, match="empty"):
        Article(text="\ufeff")


class Record(pydantic.BaseModel):
    """A user's own model."""

    article: Article
    score: int


def test_in_a_model_of_somebody_else_the_errors_are_pydantics() -> None:
    """With all of them, each with its place; standing alone it is an ArticleError."""
    with pytest.raises(pydantic.ValidationError) as caught:
        Record.model_validate({"article": {"text": "", "published": "soon"}, "score": "x"})
    places = [error["loc"] for error in caught.value.errors()]
    assert places == [("article", "text"), ("article", "published"), ("score",)]
    for bad in ({"text": TEXT, "sha256": "0"}, {"text": TEXT, "titel": "x"}, {}, "text", None):
        with pytest.raises(pydantic.ValidationError):
            Record.model_validate({"article": bad, "score": 1})
        with pytest.raises(pydantic.ValidationError):
            pydantic.TypeAdapter(list[Article]).validate_python([bad])
    assert Record(article=Article(text=TEXT), score=1).article.text == TEXT


def test_alone_it_is_an_article_error_and_a_value_error() -> None:
    for act in (
        lambda: Article(text=""),
        lambda: Article.model_validate({"text": ""}),
        lambda: Article.model_validate_json('{"text": ""}'),
        lambda: Article.model_validate_json('{"text": '),
    ):
        with pytest.raises(ArticleError) as caught:
            act()
        assert isinstance(caught.value, ValueError)
