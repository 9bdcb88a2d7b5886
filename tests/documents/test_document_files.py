"""PDF and Word files: paragraphs as their reader sees them, and faults that say what to do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from news_pages import AR, EN

from communique import read_article
from communique.documents import extra_libraries, pdf_file, word_file
from communique.documents.titles import real_title
from communique.errors import ArticleError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

docx = pytest.importorskip("docx", reason="the extra `docs` is not installed")
pytest.importorskip("pypdfium2", reason="the extra `docs` is not installed")

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(pages: Sequence[Sequence[tuple[float, float, str]]], **facts: str) -> bytes:
    """A PDF whose pages have lines of text, in Helvetica, 10 points, at x and y."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    objects += [
        font,
        b"<<" + b"".join(f"/{k}({v})".encode("cp1252") for k, v in facts.items()) + b">>",
    ]
    kids = []
    for lines in pages:
        shown = b""
        for x, y, text in lines:
            raw = (
                text.encode("cp1252")
                .replace(b"\\", b"\\\\")
                .replace(b"(", b"\\(")
                .replace(b")", b"\\)")
            )
            shown += f"BT /F 10 Tf {x} {y} Td (".encode() + raw + b") Tj ET\n"
        packed = zlib.compress(shown)
        objects.append(
            b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)
        )
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>" % len(objects)
        )  # fmt: skip
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        len(kids),
        b" ".join(b"%d 0 R" % k for k in kids),
    )
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table, len(objects) + 1, len(out),
    )  # fmt: skip


def set_lines(
    paragraphs: Sequence[str], width: int, x: float, top: float, gap: float = 8
) -> list[tuple[float, float, str]]:
    """Lines of at most ``width`` characters, 12 points apart, with a gap between paragraphs."""
    import textwrap

    lines = []
    for paragraph in paragraphs:
        for line in textwrap.wrap(paragraph, width, break_on_hyphens=False):
            lines.append((x, top, line))
            top -= 12
        top -= gap
    return lines


def read(raw: bytes, folder: Path, name: str = "article.pdf") -> list[str]:
    (folder / name).write_bytes(raw)
    return read_article(folder / name).text.split("\n\n")


@pytest.mark.parametrize("gap", [8, 3])
def test_lines_become_paragraphs(tmp_path: Path, gap: float) -> None:
    """With a small space between them, too."""
    assert read(pdf([set_lines(EN, 80, 50, 760, gap)]), tmp_path) == EN


def test_first_lines_that_are_indented_begin_paragraphs(tmp_path: Path) -> None:
    lines = set_lines(EN, 80, 50, 760, gap=0)
    starts = {each[:30] for each in EN}
    moved = [(x + 15 if text[:30] in starts else x, y, text) for x, y, text in lines]
    assert read(pdf([moved]), tmp_path) == EN


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    """A paragraph that a column or a page ends goes on in the next."""
    lines = set_lines(EN, 45, 0, 0)
    columns = [lines[:7], lines[7:14], lines[14:]]
    places = [(50, 760), (320, 760), (50, 760)]
    moved = [
        [(x, top + y - column[0][1], text) for _, y, text in column]
        for column, (x, top) in zip(columns, places, strict=True)
    ]
    assert read(pdf([moved[0] + moved[1], moved[2]]), tmp_path) == EN


def test_headers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    """Of three pages, and of a page that a browser has printed."""
    pages = [
        [
            (50, 785, f"Ministry of Water: press release 12, page {n}"),
            *set_lines([text], 80, 50, 740),
            (300, 20, f"- {n} -"),
        ]
        for n, text in enumerate(EN[:3], start=1)
    ]
    assert read(pdf(pages), tmp_path) == EN[:3]
    printed = [
        (50, 785, "5/3/26, 4:02 PM"),
        *set_lines(EN, 80, 50, 740),
        (50, 20, "https://valley.example/dam"),
        (500, 20, "1/1"),
    ]
    assert read(pdf([printed]), tmp_path) == EN


DIVIDED = [
    "The minis-", "ter said that the nego-", "tiations on cease-fire and the long-", "term plan had col-",
    "lapsed. A cease-", "fire is out of reach, she said.",
]  # fmt: skip


def test_divided_words_are_joined(tmp_path: Path) -> None:
    """One that has its hyphen elsewhere keeps it."""
    lines = [(50, 760 - 12 * n, line) for n, line in enumerate(DIVIDED)]
    (text,) = read(pdf([lines]), tmp_path)
    assert text.startswith("The minister said that the negotiations on cease-fire")
    assert "had collapsed. A cease-fire is out of reach" in text


def test_a_hyphen_at_the_end_of_a_line_is_kept_where_words_are_not_divided(tmp_path: Path) -> None:
    text = f"{EN[2]} {EN[3]} It is a long-"
    lines = [*set_lines([text], 80, 50, 760), (50, 700, "term plan.")]
    assert read(pdf([lines]), tmp_path)[-1].endswith("It is a long-term plan.")


def test_title_and_author_of_a_pdf(tmp_path: Path) -> None:
    raw = pdf([set_lines(EN, 80, 50, 760)], Title="The dam", Author="Ada Marek")
    (tmp_path / "x").write_bytes(raw)
    article = read_article(tmp_path / "x")
    assert (article.title, article.metadata) == ("The dam", {"author": "Ada Marek"})


@pytest.mark.parametrize(
    "title",
    ["", " ", None, "Microsoft Word - draft3.docx", "untitled", "Untitled-1", "x.indd", "Document1", "https://a.example/"],
)  # fmt: skip
def test_titles_that_programs_make_up_are_none(title: str | None) -> None:
    assert real_title(title) is None
    assert real_title("The\ndam") == "The dam"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is a PDF that is damaged; open it in a browser"),
        (b"%PDF-1.7\n" + bytes(3000), "is a PDF that is damaged"),
        (pdf([[]]), "is a PDF without text, such as a scan; .*ocrmypdf"),
        (pdf([[], [(50, 20, "2")]]), "is a PDF without text"),
    ],
)
def test_pdfs_that_can_not_be_read(raw: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=f"article.pdf {says}"):
        read(raw, tmp_path)


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (subprocess.CompletedProcess([], 3, b"", b""), "is locked with a password; .*qpdf"),
        (subprocess.CompletedProcess([], -11, b"", b""), "is damaged"),
        (subprocess.TimeoutExpired([], 60), "takes more than 60 s to read"),
        (json.dumps({"count": 1001, "pages": [["x"]], "title": None, "author": None}), "more than 1,000 pages"),
        (json.dumps({"count": 1, "pages": [AR], "title": None, "author": None}), "from right to left"),
    ],
)  # fmt: skip
def test_ends_of_the_process_that_reads_it(
    outcome: object, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash, a lock and a time limit are errors of the file."""

    def run(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, str):
            return subprocess.CompletedProcess([], 0, outcome.encode(), b"")
        assert isinstance(outcome, subprocess.CompletedProcess)
        return outcome

    monkeypatch.setattr(pdf_file.subprocess, "run", run)
    with pytest.raises(ArticleError, match=says):
        read(b"%PDF-1.7", tmp_path)


def word(*paragraphs: str, xml: str = "", **facts: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if xml:
        document.element.body.insert(0, docx.oxml.parse_xml(xml))
    for name, value in {"author": "", **facts}.items():
        setattr(document.core_properties, name, value)
    document.sections[0].header.paragraphs[0].text = "Ministry of Water"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_word_file_is_read_with_title_and_author(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(word(*EN, title="The dam", author="Ada Marek"))
    article = read_article(tmp_path / "x", published="2026-05-03")
    assert article.text.split("\n\n") == EN
    assert (article.title, article.metadata) == ("The dam", {"author": "Ada Marek"})
    assert str(article.published) == "2026-05-03"


T = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>".format
RUNS = {
    "insertion": (T("They ") + f"<w:ins w:id='1' w:author='a'>{T('never ')}</w:ins>" + T("signed."), "They never signed."),
    "deletion": (T("They ") + "<w:del w:id='1' w:author='a'><w:r><w:delText>never </w:delText></w:r></w:del>" + T("signed."), "They signed."),
    "moved away": (
        T("They signed.") + f"<w:moveFrom w:id='1' w:author='a'>{T(' Torv left.')}</w:moveFrom>",
        "They signed.",
    ),
    "link": (T("See ") + f"<w:hyperlink w:anchor='x'>{T('the treaty')}</w:hyperlink>" + T("."), "See the treaty."),
    "content control": (f"<w:sdt><w:sdtContent>{T('In a form.')}</w:sdtContent></w:sdt>", "In a form."),
    "hidden": ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>Ulmia agreed. </w:t></w:r>" + T("Seen."), "Seen."),
    "not hidden": ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>Seen.</w:t></w:r>", "Seen."),
    "field code": ("<w:r><w:instrText>PAGE </w:instrText></w:r>" + T("Seen."), "Seen."),
    "break and tab": ("<w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r>", "one two three"),
    "hyphen": ("<w:r><w:t>Nerabe</w:t><w:noBreakHyphen/><w:t>dam</w:t></w:r>", "Nerabe\u2011dam"),
    "split": ("".join(map(T, ["Rur", "it", "ania"])), "Ruritania"),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_a_word_file_says_what_its_reader_sees(name: str, tmp_path: Path) -> None:
    """Marked changes as if they were accepted: a lost "never" would turn a sentence around."""
    runs, text = RUNS[name]
    raw = word(EN[0], xml=f"<w:p {W}>{runs}</w:p>")
    assert read(raw, tmp_path, "x.docx") == [text, EN[0]]


def test_tables_of_a_word_file(tmp_path: Path) -> None:
    xml = f"<w:tbl {W}><w:tr><w:tc><w:p>{T('Ulmia')}</w:p></w:tc><w:tc><w:p>{T('opposes')}</w:p></w:tc></w:tr></w:tbl>"
    assert read(word(EN[0], xml=xml), tmp_path, "x.docx") == ["Ulmia", "opposes", EN[0]]


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


ENTITIES = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
) + b"]><x>&j;</x>"  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (zipped(word__document_xml=b"<x>"), "is a Word file that is damaged or locked"),
        (zipped(word__document_xml=ENTITIES), "is a Word file that is damaged"),
        (word("A paragraph.")[:-500], "is a Word file that is damaged"),
        (word(), "is a Word file without text"),
    ],
)
def test_word_files_that_can_not_be_read(raw: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=f"x.docx {says}"):
        read(raw, tmp_path, "x.docx")


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that unpack to more than their limit: an error, and no more memory than that."""
    monkeypatch.setattr(word_file, "_MOST_UNPACKED", 10_000_000)
    with pytest.raises(
        ArticleError, match="is too large: over 10,000,000 bytes when it is unpacked"
    ):
        read(zipped(word__document_xml=bytes(20_000_000)), tmp_path, "x.docx")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_pdf_takes_no_more_memory_than_its_limit() -> None:
    """Nor does what is packed in it several times: the process that reads it ends."""
    program = (
        "from communique.documents.pdf_worker import _limit_memory as l; l(); bytearray(2**31)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "MemoryError" in done.stderr


def test_in_a_frozen_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its executable is the program itself, which is not started once more."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(pdf_file.subprocess, "run", None)
    with pytest.raises(SettingsError, match=r"frozen program.* pdftotext FILE\.pdf"):
        read(b"%PDF-1.7", tmp_path)


def test_no_module_of_the_working_folder_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder from a stranger may have a ``pypdfium2.py``."""
    monkeypatch.chdir(tmp_path)
    for name in ("pypdfium2", "json", "communique"):
        Path(f"{name}.py").write_text("raise SystemExit(9)", encoding="utf-8")
    assert read(pdf([set_lines(EN, 80, 50, 760)]), tmp_path) == EN


@pytest.mark.parametrize(("name", "raw", "says"), [("a PDF", b"%PDF-1.7", "pypdfium2: .*'communique.docs.'; or run: pdftotext"), ("a Word file", word("x"), "docx: .*'communique.docs.'")])  # fmt: skip
def test_without_the_extra_the_message_names_it(
    name: str, raw: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra_libraries, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=f"{name} needs {says}"):
        read(raw, tmp_path)
