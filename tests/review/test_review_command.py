"""`communique review` and `communique annotations`, from the command line to the scores."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from browser import samples
from builders import completion, whole
from communique import Summary, read_outcomes
from communique.cli import main
from communique.evaluation import load_all

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer


OUTCOMES = [each.model_copy(update={"index": n}) for n, each in enumerate(samples.several())]


@pytest.fixture
def outcomes(tmp_path: Path) -> Path:
    path = tmp_path / "out.jsonl"
    lines = (outcome.model_dump_json() + "\n" for outcome in OUTCOMES)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    return int(left.value.code or 0)


def change(url: str, **change: Any) -> None:
    request = urllib.request.Request(
        f"{url}1/change", json.dumps(change).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_a_review_makes_gold_that_eval_scores(
    outcomes: Path,
    tmp_path: Path,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The address is printed, changes are written, Ctrl-C ends it; then any model is scored."""
    gold = tmp_path / "gold"
    command = [sys.executable, "-m", "communique", "review", str(outcomes), "--gold", str(gold),
               "--by", "Ana Ruiz", "--origin", "my desk"]  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        change(url, action="reject", statement="agreement-1", revision=0)
        change(url, action="accept-all", revision=1)
        change(url, action="gold", revision=2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 0
    corrected = tmp_path / "out.corrected.jsonl"
    assert f"corrected summaries: {corrected}" in said
    first, *others = read_outcomes(corrected)
    assert isinstance(first, Summary)
    assert {made.by for made in first.provenance.corrections} == {"Ana Ruiz"}
    assert others == OUTCOMES[1:]
    (article,) = load_all(gold)
    assert article.origin == "my desk"
    assert len(article.statements) == 3

    httpserver.expect_request("/v1/chat/completions").respond_with_json(
        completion(json.dumps(whole()))
    )
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    assert run("eval", "--gold", gold, "--model", "openai/test", "-q", "--json") == 0
    (scored,) = json.loads(capsys.readouterr().out)
    assert scored["figures"]["all"]["recall"]["value"] == 0  # this model finds nothing


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "has no outcomes: it is empty"), ('{"text": "x"}\n', "line 1 is an article that has not been read")],
)  # fmt: skip
def test_a_file_without_summaries_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    """With exit code 2, and without a file."""
    path = tmp_path / "out.jsonl"
    path.write_text(content, encoding="utf-8")
    assert run("review", path) == 2
    assert message in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("tool", ["label-studio", "prodigy"])
def test_annotations_go_out_and_come_back(outcomes: Path, tmp_path: Path, tool: str) -> None:
    """What the tool would export, accepted as it is, gives the same statements, accepted."""
    tasks = tmp_path / "tasks.json"
    assert run("annotations", "export", outcomes, "--tool", tool, "-o", tasks) == 0
    text = tasks.read_text(encoding="utf-8")
    if tool == "prodigy":
        done = [json.dumps({**json.loads(line), "answer": "accept"}) for line in text.splitlines()]
        text = "\n".join(done)
    else:
        found = json.loads(text)
        for task in found:
            task["annotations"] = [{"result": task["predictions"][0]["result"]}]
        text = json.dumps(found)
    annotated = tmp_path / "annotated.json"
    annotated.write_text(text, encoding="utf-8")
    back = tmp_path / "back.jsonl"
    assert run("annotations", "import", annotated, "--tool", tool, "--outcomes", outcomes,
               "-o", back, "--by", "Ana") == 0  # fmt: skip
    for before, after in zip(OUTCOMES, read_outcomes(back), strict=True):
        if isinstance(before, Summary):
            assert isinstance(after, Summary)
            assert after.statements == before.statements
            made = after.provenance.corrections
            assert len(made) == len(before.statements)
            assert {(each.action, each.by) for each in made} <= {("accepted", "Ana")}
        else:
            assert after == before


def test_no_file_is_overwritten(
    outcomes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by an export nor by an import; the configuration is Label Studio's."""
    before = outcomes.read_bytes()
    studio = ("--tool", "label-studio")
    assert run("annotations", "export", outcomes, *studio, "-o", outcomes) == 2
    tasks, config = tmp_path / "tasks.json", tmp_path / "config.xml"
    assert run("annotations", "export", outcomes, *studio, "-o", tasks, "--config", config) == 0
    assert config.read_text(encoding="utf-8").startswith("<View>")
    assert (
        run("annotations", "export", outcomes, *studio, "-o", tmp_path / "x", "--config", config)
        == 2
    )
    assert run("annotations", "import", tasks, *studio, "--outcomes", outcomes, "-o", outcomes) == 2
    assert "exists, and stays as it is: name another file" in capsys.readouterr().err
    assert run("annotations", "export", outcomes, "--tool", "prodigy", "-o", tmp_path / "y",
               "--config", tmp_path / "z") == 2  # fmt: skip
    assert outcomes.read_bytes() == before
    assert not (tmp_path / "x").exists()


def test_outcomes_are_exported_as_far_as_they_are_written(
    outcomes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An incomplete last line is told, as by other commands."""
    with outcomes.open("a", encoding="utf-8") as file:
        file.write('{"schema')
    tasks = tmp_path / "tasks.json"
    assert run("annotations", "export", outcomes, "--tool", "label-studio", "-o", tasks) == 0
    assert "the last line is incomplete" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[", "tasks.json is not JSON"), (b"\xff\xfe[", "is not UTF-8"), (b"[" * 100_000, "is not JSON"),
     (b"{}", "is a list of tasks, and this is none")],
    ids=["torn", "utf-16", "deep", "object"],
)  # fmt: skip
def test_a_broken_export_is_named(
    outcomes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    """With exit code 2, and nothing is written."""
    tasks = tmp_path / "tasks.json"
    tasks.write_bytes(content)
    assert run("annotations", "import", tasks, "--tool", "label-studio", "--outcomes", outcomes,
               "-o", tmp_path / "back.jsonl") == 2  # fmt: skip
    said = capsys.readouterr().err
    assert message in said
    assert said.count("tasks.json") == 1
    assert not (tmp_path / "back.jsonl").exists()
