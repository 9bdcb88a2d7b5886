"""`communique batch`: an archive on the command line, with a model behind HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from werkzeug import Request, Response

from builders import KEY, PATH, completion, position, status, whole
from communique import BatchReport, Usage, read_outcomes
from communique.cli import main
from communique.cli.batch_display import batch_display, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

TEXTS = [f"Ruritania opposes the dam in town {n}." for n in range(6)]


@pytest.fixture
def asked(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> list[dict[str, Any]]:
    """The questions to a server that finds a position in each article; it refuses town 5's."""
    asked: list[dict[str, Any]] = []

    def answer(request: Request) -> Response:
        body = request.get_json()
        asked.append(body)
        if "town 5" in body["messages"][-1]["content"]:
            return status(400)
        return Response(json.dumps(completion(json.dumps(whole(position())))))

    httpserver.expect_request(PATH, method="POST").respond_with_handler(answer)
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_API_KEY", KEY)
    monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return asked


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `communique batch` and return its exit code, standard output and standard error."""

    def run_(*words: object) -> tuple[int, str, str]:
        code: object = 0
        try:
            main(["batch", *map(str, words), "--prompt", "v1"])
        except SystemExit as exc:
            code = exc.code
        out, err = capsys.readouterr()
        return int(str(code)), out, err

    return run_


def lines(count: int, path: str = "in.jsonl") -> str:
    rows = ({"id": f"n{n}", "text": text, "url": "=1+1"} for n, text in enumerate(TEXTS[:count]))
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_an_archive_is_read_and_gone_on_with(run: Any, asked: Any, httpserver: Any) -> None:
    """It says where the articles go, what came of them, and how to go on; and so it does."""
    source = lines(5)
    code, out, err = run(source, "-o", "out.jsonl", "--limit", 3)
    first, report, stopped = err.splitlines()
    assert (code, out) == (0, "")
    assert first == f"The articles are sent to: openai, {httpserver.url_for('/v1')}"
    assert report.startswith("3 of 5 rows done, 0 of them failed; 3 of them now")
    assert "300 tokens in, 60 out" in report
    assert stopped == "stopped by --limit; the same command goes on from there"
    code, out, err = run(source, "-o", "out.jsonl", "-q")
    assert (code, out, err) == (0, "", "")
    assert sorted(outcome.id or "" for outcome in read_outcomes("out.jsonl")) == [
        f"n{n}" for n in range(5)
    ]
    assert len(asked) == 5
    code, _, err = run(source, "-o", "out.jsonl")
    assert "5 of 5 rows done, 0 of them failed; 0 of them now" in err


def test_failures_have_an_exit_code_and_can_be_tried_again(run: Any, asked: Any) -> None:
    """The message names them by number, and the option."""
    source = lines(6)
    with Path(source).open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    code, _, err = run(source, "-o", "out.jsonl")
    assert code == 6
    assert "7 of 7 rows done, 2 of them failed" in err
    assert "ProviderError (1)" in err
    assert "ArticleError (1)" in err
    assert "--retry-failed" in err
    assert run(source, "-o", "out.jsonl", "--retry-failed", "-q")[0] == 6
    assert len(asked) == 7


def test_a_refused_key_stops_it_and_the_same_command_goes_on(
    run: Any, asked: Any, httpserver: Any
) -> None:
    """With the exit code of a provider, and no failure written."""
    httpserver.clear()
    httpserver.expect_request(PATH).respond_with_response(status(401))
    code, _, err = run(lines(5), "-o", "out.jsonl", "--concurrency", 1)
    assert code == 3
    assert "error: nothing was sent: the run ended after 3 failures in a row" in err
    assert KEY not in err
    assert Path("out.jsonl").read_bytes() == b""
    assert asked == []


def test_an_answer_in_the_cache_is_not_paid_for_again(
    run: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new output takes what the first one has asked for, unless it is told not to."""
    source = lines(4)
    run(source, "-o", "out.jsonl", "-q")
    code, _, err = run(source, "-o", "other.jsonl")
    assert code == 0
    assert len(asked) == 4
    assert "tokens" not in err
    assert run(source, "-o", "third.jsonl", "-q", "--no-cache")[0] == 0
    assert len(asked) == 8
    monkeypatch.setenv("COMMUNIQUE_CACHE", "own.sqlite")
    assert run(source, "-o", "fourth.jsonl", "-q")[0] == 0
    assert Path("own.sqlite").exists()


def test_the_cost_stays_below_its_limit(
    run: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops cleanly, over all runs; a higher limit goes on."""
    monkeypatch.setenv("COMMUNIQUE_PRICES", "1000,1000,1000")  # $0.12 an article
    source = lines(5)
    code, _, err = run(source, "-o", "out.jsonl", "--max-cost", 0.3)
    assert code == 6
    assert len(asked) == 2
    assert "$0.2400 in all" in err
    assert "stopped by --max-cost" in err
    assert run(source, "-o", "out.jsonl", "--max-cost", 0.35, "-q")[0] == 6
    assert len(asked) == 2
    assert run(source, "-o", "out.jsonl", "--max-cost", 0.6, "-q")[0] == 0
    assert len(asked) == 5
    monkeypatch.delenv("COMMUNIQUE_PRICES")
    code, _, err = run(source, "-o", "out.jsonl", "--max-cost", 1)
    assert code == 2
    assert "the price of openai/test is not known; set prices (COMMUNIQUE_PRICES)" in err


def test_a_dry_run_counts_and_asks_nothing(
    run: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes no file, and what is done already corrects the estimate."""
    monkeypatch.setenv("COMMUNIQUE_PRICES", "1000,1000,1000")
    source = lines(4)
    with Path(source).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "again", "text": TEXTS[0]}) + "\n{broken\n")
    code, out, err = run(source, "--dry-run")
    numbers = dict(line.rsplit(":", 1) for line in out.splitlines() if "time" not in line)
    numbers = {name: value.strip() for name, value in numbers.items()}
    assert code == 0
    assert numbers["rows"] == "6"
    assert numbers["can't be read"] == "1"
    assert numbers["the same text as another"] == "1"
    assert numbers["articles to ask about"] == numbers["questions"] == "4"
    assert int(numbers["tokens in, about"].replace(",", "")) > 4000  # the prompt's examples
    assert numbers["cost, about"].startswith("$")
    assert "line 6: it is not JSON" in err
    assert asked == []
    assert [path.name for path in Path().iterdir()] == ["in.jsonl"]
    run(source, "-o", "out.jsonl", "--limit", 2, "-q")
    _, out, _ = run(source, "-o", "out.jsonl", "--dry-run")
    assert "articles to ask about:    2\n" in out
    assert "tokens in, about:         200\n" in out  # as the server counted for the first two
    assert "cost, about:              $0.24\n" in out
    assert len(asked) == 2
    code, _, err = run(source, "-o", "out.jsonl", "--dry-run", "--model", "openai/other")
    assert code == 2
    assert "begun with another model" in err


def test_a_table_has_a_row_for_each_statement_and_each_other_article(run: Any, asked: Any) -> None:
    """With the article's own columns, model, prompt, cost; formulas are disarmed."""
    source = lines(6)
    with Path(source).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "none", "text": "Nothing was said."}) + "\n")
    code, _, err = run(source, "-o", "out.jsonl", "--table", "out.csv")
    assert code == 6
    assert "table: out.csv" in err
    raw = Path("out.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode())))
    by_id = {row["article_id"]: row for row in rows}
    assert len(rows) == len(by_id) == 7
    assert (by_id["n0"]["kind"], by_id["n0"]["actor"]) == ("position", "Ruritania")
    assert by_id["n0"]["url"] == "'=1+1"
    assert (by_id["n0"]["model"], by_id["n0"]["prompt"]) == ("test-1", "v1")
    assert (by_id["n5"]["kind"], by_id["n5"]["error"]) == ("", "ProviderError")
    assert (by_id["none"]["kind"], by_id["none"]["error"]) == ("", "")
    assert by_id["none"]["gist"] == "A dam divides two states."
    run(source, "-o", "out.jsonl", "--table", "out.csv", "--excel", "-q")
    assert Path("out.csv").read_bytes() == b"\xef\xbb\xbf" + raw
    assert len(asked) == 7


def test_a_parquet_table_has_types(run: Any, asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its first rows hold; each article's cost counts once."""
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setenv("COMMUNIQUE_PRICES", "1000,1000,1000")
    monkeypatch.setattr("communique.batching.tables._ROW_GROUP", 2)
    run(lines(5), "-o", "out.jsonl", "--table", "out.parquet", "-q")
    table = pq.read_table("out.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["index"] == "int64"
    assert kinds["confidence"] == kinds["cost_usd"] == "double"
    assert {kinds[name] for name in kinds.keys() - {"index", "confidence", "cost_usd"}} == {
        "string"
    }
    assert table.num_rows == 5
    assert sum(table["cost_usd"].to_pylist()) == pytest.approx(5 * 0.12)
    assert len(asked) == 5


def test_standard_input_and_csv(run: Any, asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pipe gives it; and columns of other names."""
    content = "guid;body\na1;Ruritania opposes the dam.\n".encode("utf-8-sig")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    words = ("--text-column", "body", "--id-column", "guid")
    code, _, err = run("-", "-o", "out.jsonl", *words)
    assert code == 0
    assert "1 of 1 rows done" in err
    (outcome,) = read_outcomes("out.jsonl")
    assert outcome.id == "a1"
    assert len(asked) == 1


@pytest.mark.parametrize(("words", "says"), [
    (("in.jsonl",), "--output: name the file"),
    (("nowhere.jsonl", "-o", "out.jsonl"), "there is no file nowhere.jsonl"),
    (("in.jsonl", "-o", "in.jsonl"), "is the input itself"),
    (("in.jsonl", "-o", "out.jsonl", "--text-column", "body"), "no row can be read.*no 'body'"),
])  # fmt: skip
def test_bad_usage_is_told_before_anything_is_asked(
    run: Any, asked: Any, words: tuple[str, ...], says: str
) -> None:
    """With exit code 2."""
    lines(2)
    code, _, err = run(*words)
    assert code == 2
    assert re.search(says, err)
    assert asked == []


REPORT = BatchReport(
    total=1000, summaries=90, errors={"InvalidReply": 10}, new=50, seconds=60,
    usage=Usage(calls=50, input_tokens=1000, output_tokens=234),
    total_usage=Usage(calls=100, cost_usd=1.5),
)  # fmt: skip


def test_progress_in_words() -> None:
    """What is done, failed and left, at which speed, for how much, and for how long still."""
    said = in_words(REPORT)
    assert said == (
        "100 done (10 failed), 900 left, 50 a minute, 1,234 tokens, $1.50, 0:18:00 left"
    )
    assert in_words(BatchReport(None, 0, {})) == "0 done"


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown(terminal: bool) -> None:
    """On a terminal all the time; elsewhere a plain line at intervals, not one for each article."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=terminal, width=120, _environ={})
    with batch_display(console=console, every=0.05) as show:
        for n in range(100):
            show(replace(REPORT, summaries=n))
        time.sleep(0.12)
    assert "891 left" in page.getvalue()
    if not terminal:
        assert 1 <= len(page.getvalue().splitlines()) <= 4
        assert page.getvalue().splitlines()[0].startswith("109 done (10 failed), 891 left")
    with batch_display(enabled=False, console=console) as show:
        page.truncate(0)
        show(REPORT)
    assert "left" not in page.getvalue()


def test_ctrl_c_before_the_first_article_is_done_says_how_to_go_on(
    run: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does later."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("communique.batching.by_provider.run_by_provider", interrupted)
    code, _, err = run(lines(2), "-o", "out.jsonl")
    assert code == 130
    assert "nothing was finished this time; the same command goes on from there" in err
    assert asked == []
