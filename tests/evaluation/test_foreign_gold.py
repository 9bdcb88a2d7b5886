"""`communique eval --gold`: any folder of annotated articles, with any model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from test_evaluation import ARTICLES, GOLD, Model

from communique.cli import main
from communique.evaluation.results import load
from communique.local import DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def model(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "1")
    return Model(httpserver)


def write(folder: Path, text: str, gold: str) -> None:
    folder.mkdir(parents=True)
    (folder / "article.txt").write_text(text, encoding="utf-8")
    (folder / "gold.yaml").write_text(gold, encoding="utf-8")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Three articles, one of them with a gist, outside any repository."""
    folder = tmp_path / "their gold"
    nothing = GOLD.partition("statements:")[0] + "statements: []\n"
    write(folder / "dam", ARTICLES["dam"], GOLD + "gist: Ruritania opposes a dam.\n")
    write(folder / "calm", ARTICLES["calm"], nothing)
    write(folder / "late", "Ruritania opposes the dam. Rain fell.", GOLD)
    (folder / "INDEX.tsv").write_text("dam\tcalm\n", encoding="utf-8")
    return folder


@pytest.fixture
def evaluate(
    gold: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run the command in an empty folder; give its exit code and what it printed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def run(*more: str, model: str = "openai/test") -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["eval", "--model", model, "-q", "--gold", str(gold), *more])
        printed = capsys.readouterr()
        return int(str(left.value.code)), printed.out, printed.err

    return run


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_scored_live_and_nothing_is_written(
    evaluate: Run, model: Model, tmp_path: Path
) -> None:
    """Without a clone, with the prompt that suits the model; fields and gist are printed."""
    before = files(tmp_path)
    code, out, _ = evaluate()
    assert code == 0
    assert len(model.asked) == 3
    for part in ("v1", "openai/test", "full F1", "full+", "1.00", "issue", "2/2", "gist", "given"):
        assert part in out
    assert files(tmp_path) == before
    _, again, _ = evaluate("--json")
    (found,) = json.loads(again)
    assert found["figures"]["all"]["full_f1"]["value"] == 1
    assert found["fields"]["position"]["issue"] == {
        "right": 2, "pairs": 2, "share": {"value": 1, "low": 1, "high": 1}
    }  # fmt: skip
    assert found["gist"]["given"]["value"] == 1
    assert found["articles"][1]["gist"] == "A dam divides two states."
    assert len(model.asked) == 6


def test_answers_are_kept_where_they_should_be(evaluate: Run, model: Model, tmp_path: Path) -> None:
    """With --cassettes an article is asked about once; --record all asks again."""
    kept = tmp_path / "kept"
    first = evaluate("--cassettes", str(kept), "--prompt", "v1")
    assert (first[0], len(model.asked)) == (0, 3)
    assert files(kept) == {f"v1--test/{slug}.json" for slug in ("calm", "dam", "late")}
    assert evaluate("--cassettes", str(kept), "--record", "none") == first
    assert evaluate("--cassettes", str(kept)) == first
    assert len(model.asked) == 3
    evaluate("--cassettes", str(kept), "--record", "all")
    assert len(model.asked) == 6


@pytest.mark.usefixtures("model")
def test_options_of_a_run_are_in_its_results(
    evaluate: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another effort is another evaluation."""
    monkeypatch.setenv("COMMUNIQUE_REASONING_EFFORT", "low")
    _, out, _ = evaluate("--json")
    assert [found["options"] for found in json.loads(out)] == [{"reasoning_effort": "low"}]


def test_local_is_the_default_embedded_model(evaluate: Run, model: Model, tmp_path: Path) -> None:
    """Its answers are kept under its name, so that `--model local` finds what was recorded."""
    kept = ("--cassettes", str(tmp_path / "kept"), "--prompt", "v1")
    assert evaluate(*kept, model=f"openai/{DEFAULT}")[0] == 0
    assert len(model.asked) == 3
    code, out, _ = evaluate(*kept, "--record", "none", model="local")
    assert (code, len(model.asked)) == (0, 3)
    assert f"local/{DEFAULT}" in out


@pytest.mark.usefixtures("model")
def test_results_are_written_where_it_is_said(evaluate: Run, tmp_path: Path) -> None:
    """As JSON, Markdown and HTML; one article may be chosen."""
    output, page = tmp_path / "results" / "today", tmp_path / "report.html"
    code, _, _ = evaluate("--output", str(output), "--report", str(page), "--articles", "dam")
    assert code == 0
    assert files(output) == {"README.md", "v1--test.json"}
    text = (output / "README.md").read_text(encoding="utf-8")
    assert "1 gold articles" in text
    assert "| position | issue | 1.00 1/1 |" in text
    assert "## Gist" in text
    assert "Against the baseline" not in text
    assert [a.slug for a in load(output / "v1--test.json").articles] == ["dam"]
    assert "Ruritania opposes a dam." in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("model")
def test_versions_are_compared(evaluate: Run) -> None:
    """Several prompts, with a verdict."""
    code, out, _ = evaluate("--prompt", "v1", "--prompt", "v2")
    assert code == 0
    assert "v2 with openai/test against v1 with openai/test: F1 +0.00" in out


@pytest.mark.usefixtures("model")
def test_a_broken_article_does_not_lose_the_others(evaluate: Run, gold: Path) -> None:
    """It is named with its file and field, the others are scored, and the exit code says so."""
    write(gold / "broken", ARTICLES["dam"], GOLD.replace("opposes\n", "hates\n"))
    write(gold / "garbled", ARTICLES["dam"], GOLD.replace("language: en", "language: no"))
    code, out, err = evaluate()
    assert code == 2
    assert "2/2" in out
    assert "broken/gold.yaml: statement 1, stance: Input should be 'supports'" in err
    assert "garbled/gold.yaml, line 2: YAML reads 'no' as a truth value" in err
    assert "not scored, as the gold is invalid: broken, garbled" in err
    code, out, err = evaluate("--articles", "dam")
    assert (code, "garbled" in err) == (0, False)
    code, out, err = evaluate("--articles", "broken")
    assert (code, out) == (2, "")
    assert "no valid article" in err


def test_a_question_that_is_refused_does_not_lose_the_others(evaluate: Run, model: Model) -> None:
    """The article is named and left out of all figures; the next one is asked about."""
    model.fails_on = "Nothing happened"
    code, out, err = evaluate("--json")
    (found,) = json.loads(out)
    assert [article["slug"] for article in found["articles"]] == ["dam", "late"]
    assert code == 3
    assert "calm: " in err
    assert "HTTP 400" in err
    assert "not scored, for want of an answer: calm" in err
    assert len(model.asked) == 3


def test_a_server_that_is_down_is_not_asked_on(evaluate: Run, model: Model) -> None:
    """What was scored before is shown; the rest is named. Without any answer there is no table."""
    model.fails_on, model.status = "Talks go on.", 503
    code, out, err = evaluate()
    assert (code, len(model.asked)) == (3, 2)
    assert "F1" in out
    assert "not scored, for want of an answer: dam, late" in err
    model.fails_on = "."
    code, out, err = evaluate()
    assert (code, out) == (3, "")
    assert "503" in err


def test_an_answer_that_cannot_be_used_is_a_failure(evaluate: Run, model: Model) -> None:
    """It counts as all of the article's gold missed, as in other evaluations."""
    model.finish_reason = "length"
    code, out, _ = evaluate("--json")
    (found,) = json.loads(out)
    assert (code, found["failures"]) == (0, 3)
    assert found["gist"]["given"]["value"] == 0
    assert found["gist"]["words_f1"]["value"] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--record", "new"], "needs --cassettes"),
        (["--record", "some", "--cassettes", "kept"], "--record: 'some'"),
        (["--output", "prompts/evaluations"], "name another folder"),
        (["--articles", "no-such"], "no gold article 'no-such'; there are: calm, dam, late"),
        (["--gold", "nowhere"], "there is no folder nowhere"),
        (["--gold", "."], "has no annotated articles: <name>/article.txt and gold.yaml"),
    ],
)
def test_wrong_words_are_answered(evaluate: Run, words: list[str], says: str) -> None:
    """Exit code 2, nothing asked, and what to do."""
    code, out, err = evaluate(*words)
    assert (code, out) == (2, "")
    assert says in err


def test_folders_belong_to_foreign_gold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The repository's own results and answers have their places."""
    for word in ("--output", "--cassettes"):
        with pytest.raises(SystemExit) as left:
            main(["eval", word, str(tmp_path)])
        assert left.value.code == 2
        assert f"{word} belongs to --gold" in capsys.readouterr().err
