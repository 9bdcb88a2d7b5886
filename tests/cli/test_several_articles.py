"""`communique summarize` with several articles: one output, and no failure stops the others."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from builders import completion
from communique import Failure, Summary
from communique.cli import main

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

TEXTS = {
    "a.txt": "Ruritania opposes the dam. Talks go on.",
    "b.txt": "Ruritania opposes the dam. Nobody signed.",
    "c.txt": "Ruritania opposes the dam. Torv waits.",
}


@pytest.fixture
def model(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A model server that refuses to speak about Torv."""

    def answer(request: Request) -> Response:
        if "Torv" in request.get_data(as_text=True):
            return Response("{}", 500)
        return Response(json.dumps(completion()), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(answer)
    for name, value in {
        "MODEL": "openai/test", "BASE_URL": httpserver.url_for("/v1"), "MAX_ATTEMPTS": "1", "PROMPT": "v1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"COMMUNIQUE_{name}", value)
    return httpserver


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name, text in TEXTS.items():
        Path(name).write_text(text, encoding="utf-8")
    return list(TEXTS)


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(["summarize", *words])
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else 1
    out, err = capfd.readouterr()
    return code, out, err


@pytest.mark.usefixtures("model", "articles")
def test_each_format_has_all_of_them(capfd: pytest.CaptureFixture[str]) -> None:
    """One array, one line each, one CSV, one page, tables and Markdown in order."""
    both = ["a.txt", "b.txt", "-q"]
    code, out, _ = run(capfd, *both, "--format", "json")
    assert code == 0
    assert [Summary.model_validate(each).article.text for each in json.loads(out)] == [
        TEXTS["a.txt"],
        TEXTS["b.txt"],
    ]
    _, out, _ = run(capfd, *both, "--format", "jsonl")
    assert [Summary.model_validate_json(line).article.text for line in out.splitlines()] == [
        TEXTS["a.txt"],
        TEXTS["b.txt"],
    ]
    _, out, _ = run(capfd, *both, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 2
    assert len({row["article_id"] for row in rows}) == 2
    _, out, _ = run(capfd, *both, "--format", "html")
    assert out.count("<!doctype html>") == 1
    assert "Nobody signed" in out
    _, out, _ = run(capfd, *both, "--format", "markdown")
    assert out.count("# Summary\n") == 2
    _, out, _ = run(capfd, *both)
    assert out.index("=== a.txt") < out.index("opposes: the dam") < out.index("=== b.txt")
    assert out.count("opposes: the dam") == 2


@pytest.mark.usefixtures("model", "articles")
@pytest.mark.parametrize("target", [None, "out"])
def test_one_that_fails_does_not_stop_the_others(
    capfd: pytest.CaptureFixture[str], target: str | None
) -> None:
    """A missing file and a failing server: told by name, and failures in the output."""
    words = ["none.txt", "a.txt", "c.txt", "b.txt", "--format", "jsonl"]
    code, out, err = run(capfd, *words, *(["-o", target] if target else []))
    assert code == 2  # that of the first failure
    lines = (Path(target).read_text(encoding="utf-8") if target else out).splitlines()
    kinds = [json.loads(line).get("error") for line in lines]
    assert kinds == ["ArticleError", None, "ProviderUnavailable", None]
    failure = Failure.model_validate_json(lines[2])
    assert failure.article is not None
    assert failure.article.text == TEXTS["c.txt"]
    assert failure.index == 2
    assert "error: there is no file none.txt" in err
    assert "error: c.txt: " in err


@pytest.mark.usefixtures("model", "articles")
def test_what_is_done_is_written_if_the_command_is_interrupted(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was paid for is lost."""
    import communique

    real = communique.read_article

    def read(source: str, **options: object) -> communique.Article:
        if source == "b.txt":
            raise KeyboardInterrupt
        return real(source)

    monkeypatch.setattr(communique, "read_article", read)
    code, _, _ = run(capfd, "a.txt", "b.txt", "--format", "json", "-o", "out.json")
    assert code == 130
    (summary,) = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert Summary.model_validate(summary).article.text == TEXTS["a.txt"]


@pytest.mark.usefixtures("articles")
def test_a_failure_that_all_would_meet_ends_the_command(
    capfd: pytest.CaptureFixture[str], httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused key is not tried for each article."""
    httpserver.expect_request("/v1/chat/completions").respond_with_data("{}", 401)
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    code, out, err = run(capfd, "a.txt", "b.txt", "c.txt", "--format", "csv")
    assert code == 3
    assert len(httpserver.log) == 1
    assert err.count("error: ") == 1
    assert out == ""


@pytest.mark.usefixtures("model", "articles")
@pytest.mark.parametrize("option", ["title", "url", "published", "language"])
def test_fields_are_those_of_one_article(capfd: pytest.CaptureFixture[str], option: str) -> None:
    code, _, err = run(capfd, "a.txt", "b.txt", f"--{option}", "en")
    assert code == 2
    assert f"--{option} is about one article" in err


@pytest.mark.usefixtures("model", "articles")
def test_the_output_is_none_of_the_articles(capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capfd, "a.txt", "b.txt", "-o", "b.txt")
    assert code == 2
    assert "is the article itself" in err
    assert Path("b.txt").read_text(encoding="utf-8") == TEXTS["b.txt"]


@pytest.mark.usefixtures("model", "articles")
def test_names_do_not_control_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    name = "x\x1b[31m\u202e.txt"
    Path(name).write_text(TEXTS["a.txt"], encoding="utf-8")
    _, out, err = run(capfd, name, "b.txt", "no\x1b[31mfile")
    assert not set(out + err) & set("\x1b\u202e")


@pytest.mark.usefixtures("model")
def test_a_web_page_on_standard_input(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As curl gives it: evidence is of the article, which has the page's title and source."""
    pytest.importorskip("trafilatura")
    paragraphs = [
        "Ruritania opposes the dam. Talks go on.",
        *(f"Talks, day {n}." * 9 for n in range(4)),
    ]
    page = (
        "<!doctype html><html><head><title>Dam | Valley</title><meta property='og:title' content='Dam'>"
        "<meta property='og:site_name' content='Valley'></head><body><article><p>Advertisement</p>"
        f"<p>Read more: <a href='/x'>Mill burns</a></p>{''.join(f'<p>{p}</p>' for p in paragraphs)}</article></body></html>"
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(page.encode())))
    code, out, _ = run(capfd, "-", "--format", "json", "--published", "2026-05-03", "-q")
    assert code == 0
    summary = Summary.model_validate_json(out)
    assert summary.article.text == "\n\n".join(paragraphs)
    assert (summary.article.title, summary.article.source) == ("Dam", "Valley")
    assert str(summary.article.published) == "2026-05-03"
    assert summary.positions[0].evidence[0].text == "Ruritania opposes the dam."


@pytest.mark.usefixtures("model", "articles")
def test_standard_input_may_stand_among_files(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And fails like them, if it is empty."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    code, out, err = run(capfd, "-", "a.txt", "--format", "jsonl", "-q")
    assert code == 2
    assert "error: standard input is empty" in err
    assert len(out.splitlines()) == 2
