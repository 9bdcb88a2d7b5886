"""Evaluations: recorded once, replayed offline to the digit, bound to what they belong to."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import completion, position, stated, whole
from communique.cli import main
from communique.errors import RecordingError
from communique.evaluation.gold import load_all
from communique.evaluation.results import evaluation_path, judge, load, save
from communique.evaluation.run import cassette_path, run
from communique.prompts import list_versions, load_prompt
from communique.settings import ModelChoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_httpserver import HTTPServer

MODEL = ModelChoice("openai", "test")

ARTICLES = {
    "dam": "Ruritania opposes the dam. Talks go on.",
    "calm": "All was calm. Nothing happened.",
}
GOLD = """\
article: article.txt
language: en
origin: written for this test
statements:
  - kind: position
    actor: Ruritania
    on_behalf_of: null
    stance: opposes
    issue: the dam
    attribution: reported
    evidence: ["Ruritania opposes the dam."]
"""


class Model:
    """A model server that answers by what it is asked, and can be told to fail."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: list[str] = []
        self.fails_on = ""
        self.status = 400
        self.finish_reason = "stop"
        server.expect_request("/v1/chat/completions").respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        question = request.get_json()["messages"][-1]["content"]
        self.asked.append(question)
        if self.fails_on and self.fails_on in question:
            return Response("{}", self.status)
        last = question.rpartition("\n")[2]
        if question.startswith("Article:") and "\n\n" not in question:
            content = whole(*[position()] * ("dam" in question))
        else:
            content = {"gist": "x"} if last == "gist?" else stated()[: "dam" in question]
        usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
        timings = {"prompt_ms": 1000, "predicted_ms": 500}
        said = {"finish_reason": self.finish_reason, "usage": usage, "timings": timings}
        return Response(json.dumps(completion(json.dumps(content), model="test", **said)))


@pytest.fixture
def model(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_MAX_ATTEMPTS", "1")
    return Model(httpserver)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small repository: two gold articles, one with a statement and one without."""
    for slug, text in ARTICLES.items():
        folder = tmp_path / "seeds" / slug
        folder.mkdir(parents=True)
        (folder / "article.txt").write_text(text, encoding="utf-8")
        gold = GOLD if slug == "dam" else GOLD.partition("statements:")[0] + "statements: []\n"
        (folder / "gold.yaml").write_text(gold, encoding="utf-8")
    return tmp_path


def evaluate(root: Path, prompt: str = "v2", record: Any = "none") -> Any:
    gold = load_all(root / "seeds")
    runs = run(gold, prompt, MODEL, root / "cassettes", record=record)
    return judge(gold, runs, load_prompt(prompt), MODEL)


@pytest.mark.parametrize(("prompt", "questions"), [("v1", 2), ("v2", 4)])
def test_a_replay_is_the_recording_to_the_digit(
    root: Path, model: Model, prompt: str, questions: int
) -> None:
    """A replay asks no one, and reports the recorded answers, tokens and seconds."""
    recorded = evaluate(root, prompt, "new")
    assert len(model.asked) == questions
    replayed = evaluate(root, prompt)
    assert len(model.asked) == questions
    assert replayed == recorded
    assert replayed.figures["all"]["f1"].value == 1.0
    assert replayed.seconds == pytest.approx(1.5 * questions)
    assert replayed.usage.output_tokens == 3 * questions
    path = evaluation_path(root, prompt, MODEL)
    save(replayed, path)
    assert load(path) == replayed


def test_recording_resumes_after_a_failure(root: Path, model: Model) -> None:
    """What was answered before a failure is kept; only the rest is asked."""
    model.fails_on = "Talks go on."
    with pytest.raises(Exception, match="HTTP 400"):
        evaluate(root, record="new")
    before = len(model.asked)
    assert before == 1 + 2
    model.fails_on = ""
    assert evaluate(root, record="new").failures == 0
    assert model.asked[before:] == [model.asked[before - 1], "gist?"]
    evaluate(root, record="new")
    assert len(model.asked) == before + 2
    evaluate(root, record="all")
    assert len(model.asked) == before + 2 + 4


def test_a_missing_recording_names_its_command(root: Path) -> None:
    """Without a cassette the command that makes it is named."""
    with pytest.raises(RecordingError, match="communique eval --prompt v2 --record new"):
        evaluate(root)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "seeds/dam/article.txt").write_text("Ruritania opposes the dam. No."),
        lambda root: shutil.copy(
            cassette_path(root / "cassettes", "v2", MODEL, "calm"),
            cassette_path(root / "cassettes", "v2", MODEL, "dam"),
        ),
    ],
    ids=["article", "cassette"],
)
def test_a_change_without_a_recording_fails(
    root: Path, model: Model, change: Callable[[Path], object]
) -> None:
    """An evaluation never speaks of something else than what was recorded."""
    evaluate(root, record="new")
    change(root)
    with pytest.raises(RecordingError, match="communique eval --prompt v2 --record new"):
        evaluate(root)


def test_a_failed_article_counts_as_all_its_gold_missed(root: Path, model: Model) -> None:
    """A reply that can't be used is a result: it is recorded, replayed and counted."""
    model.finish_reason = "length"
    recorded = evaluate(root, "v1", "new")
    assert recorded.failures == 2
    assert recorded.figures["all"]["f1"].value == 0
    assert "TruncatedReply" in recorded.articles[1].failure
    assert recorded.usage.output_tokens == 6
    assert evaluate(root, "v1") == recorded


def test_the_command_publishes_and_compares(
    root: Path, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    """`communique eval` writes the files, prints a verdict, and is reproducible."""
    words = ["eval", "--model", "openai/test", "--root", str(root), "-q"]

    def evaluate_again(*more: str) -> str:
        with pytest.raises(SystemExit) as left:
            main([*words, *more])
        assert left.value.code == 0
        return capsys.readouterr().out

    printed = evaluate_again("--record", "new")
    folder = root / "prompts" / "evaluations"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(first) == {
        "README.md",
        *(f"{version}--test.json" for version in list_versions()),
    }
    assert "v2 with openai/test against v1 with openai/test: F1 +0.00" in printed
    assert evaluate_again() == printed
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    page = root / "pages" / "report.html"
    assert evaluate_again("--report", str(page)) == printed
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert {path.name for path in folder.iterdir()} == set(first)
    (chosen,) = json.loads(evaluate_again("--prompt", "v1", "--articles", "dam", "--json"))
    assert [article["slug"] for article in chosen["articles"]] == ["dam"]


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--articles", "no-such"], "no gold article 'no-such'; there are: calm, dam"),
     (["--record", "some"], "--record: 'some'"),
     (["--prompt", "v99"], "no prompt version")],
)  # fmt: skip
def test_bad_arguments_are_refused(
    root: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """Exit code 2, and what there is."""
    with pytest.raises(SystemExit) as caught:
        main(["eval", "--root", str(root), "-q", *words])
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("model")
def test_only_what_was_recorded_is_scored(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version without recorded answers is left out; if there are none at all, that is said."""
    words = ["eval", "--model", "openai/test", "--root", str(root), "-q"]
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code != 0
    assert "--prompt v1 --record new" in capsys.readouterr().err
    for more in (["--prompt", "v2", "--record", "new"], []):
        with pytest.raises(SystemExit) as left:
            main([*words, *more])
        assert left.value.code == 0
    written = {path.name for path in (root / "prompts" / "evaluations").iterdir()}
    assert written == {"README.md", "v2--test.json"}
