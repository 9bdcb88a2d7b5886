"""The peers are asked and scored as they should be; what they answer is not tested here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ask_instructor
import peer_calls
import peer_score
import pytest
from peer_task import DEFINITIONS, REPOSITORY, write_task
from werkzeug import Request, Response

from builders import completion, fields
from communique.evaluation import load_all
from communique.evaluation.results import evaluation_path, load, save
from communique.settings import ModelChoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from communique.evaluation import GoldArticle

MODEL = ModelChoice("local", "test")
SLUGS = ("apricot-frost", "cod-war-reunion", "zernovyi-koridor")
CALL = {
    "input_tokens": 100, "cached_input_tokens": 50, "output_tokens": 20, "seconds": 2.0,
    "model_seconds": 1.5, "finish_reason": "stop", "reply": "{}",
}  # fmt: skip


@pytest.fixture(scope="module")
def gold() -> list[GoldArticle]:
    return [item for item in load_all(REPOSITORY / "seeds") if item.slug in SLUGS]


def perfect(item: GoldArticle) -> dict[str, Any]:
    """The raw answer of a peer that says what the gold says."""
    statements = [
        {
            **each.statement.model_dump(
                exclude={"id", "summary", "attribution", "confidence", "evidence"}
            ),
            "evidence": [
                {"text": s.text, "start": s.start, "end": s.end} for s in each.statement.evidence
            ],
        }
        for each in item.statements
    ]
    return {
        "version": "1.0", "asked_sha256": "ab", "article_sha256": item.article.id, "error": None,
        "seconds": 2.5, "notes": [], "statements": statements, "calls": [CALL],
    }  # fmt: skip


@pytest.fixture
def scored(tmp_path: Path, gold: list[GoldArticle]) -> Callable[..., peer_score.Scored]:
    """Score the peer that is perfect but for the answers given."""

    def run(**changes: dict[str, Any]) -> peer_score.Scored:
        folder = peer_score.raw_folder(tmp_path, "instructor", "test")
        folder.mkdir(exist_ok=True)
        for item in gold:
            answer = perfect(item) | changes.get(item.slug.replace("-", "_"), {})
            (folder / f"{item.slug}.json").write_text(json.dumps(answer), encoding="utf-8")
        return peer_score.score_peer(tmp_path, "instructor", MODEL, gold)

    return run


def test_a_peer_that_says_the_gold_is_perfect(
    scored: Callable[..., peer_score.Scored], tmp_path: Path
) -> None:
    """All figures are 1, tokens and seconds are added up, and the result is a communique evaluation."""
    found = scored()
    figures = found.evaluation.figures["all"]
    assert {figures[name].value for name in ("f1", "strict_f1", "detection_f1", "grounded")} == {
        1.0
    }
    assert (found.evaluation.usage.input_tokens, found.evaluation.seconds) == (300, 4.5)
    path = evaluation_path(tmp_path, "instructor", MODEL)
    save(found.evaluation, path)
    assert load(path) == found.evaluation
    version = found.evaluation.model_copy(update={"prompt": "v9"})
    table = peer_score.fragment([found], [version])
    assert "| instructor 1.0 | local/test | 1.00 " in table
    assert "v9 against instructor 1.0: F1 +0.00 (+0.00–+0.00): can't tell; 1.0 times" in table


def test_a_quote_that_is_not_in_the_article_counts_against_the_peer(
    scored: Callable[..., peer_score.Scored],
) -> None:
    """It is a false alarm that is not grounded; without it, the rest is as good as before."""
    said = {
        "kind": "position",
        "actor": "A",
        "on_behalf_of": None,
        "issue": "b",
        "stance": "opposes",
    }
    invented = {**said, "evidence": [{"text": "Never written.", "start": None, "end": None}]}
    found = scored(apricot_frost={"statements": [invented]})
    figures = found.evaluation.figures["all"]
    assert found.unlocated == 1
    assert figures["grounded"].value is not None
    assert 0 < figures["grounded"].value < 1
    assert figures["recall"].value == 1
    assert figures["precision"].value is not None
    assert figures["precision"].value < 1
    assert peer_score.estimate(found.located, "f1").value == 1


def test_null_in_words_is_null_and_an_empty_field_is_no_statement(
    scored: Callable[..., peer_score.Scored], gold: list[GoldArticle]
) -> None:
    """As in communique's own grounding."""
    answer = perfect(gold[1])["statements"]
    answer[1]["on_behalf_of"] = " None. "
    answer.append(answer[1] | {"actor": " "})
    answer.append(answer[1] | {"evidence": []})
    found = scored(cod_war_reunion={"statements": answer})
    assert (found.said - found.unusable, found.unusable) == (
        sum(len(g.statements) for g in gold),
        2,
    )
    assert found.evaluation.figures["all"]["strict_f1"].value == 1
    assert all(s.get("on_behalf_of") != "None." for s in found.evaluation.articles[1].statements)


def test_a_failed_article_counts_as_all_its_gold_missed(
    scored: Callable[..., peer_score.Scored],
) -> None:
    """Its tokens count, too."""
    found = scored(cod_war_reunion={"error": "Cut: off", "statements": []})
    failed = found.evaluation.articles[1]
    assert (failed.failure, len(failed.missed), failed.usage.output_tokens) == ("Cut: off", 3, 20)
    assert (found.evaluation.failures, failed.score.failed, failed.seconds) == (1, True, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"article_sha256": "0"}, "older text"), ({"asked_sha256": "0"}, "differ in asked_sha256")],
)
def test_answers_to_something_else_are_not_scored(
    scored: Callable[..., peer_score.Scored], change: dict[str, Any], message: str
) -> None:
    """An older article, or another prompt than the rest's."""
    with pytest.raises(SystemExit, match=message):
        scored(cod_war_reunion=change)


def test_the_task_has_definitions_and_no_gold(tmp_path: Path) -> None:
    """The peers get definitions, v1's examples, and the articles' texts alone."""
    task = json.loads(write_task(tmp_path / "task.json", SLUGS).read_text(encoding="utf-8"))
    assert [set(article) for article in task["articles"]] == [{"slug", "text"}] * 3
    for example in task["examples"]:
        assert all(q in example["text"] for s in example["statements"] for q in s["evidence"])
    assert task["definitions"] == DEFINITIONS.read_text(encoding="utf-8").strip()


class Model:
    """A server that says one thing of every article; one is too long for it."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: list[str] = []
        self.status = 200
        server.expect_request("/v1/chat/completions").respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        text = request.get_json()["messages"][-1]["content"]
        self.asked.append(text)
        if self.status != 200 or text.startswith("HULL"):
            return Response(
                '{"error": {"message": "no"}}', self.status if self.status != 200 else 400
            )
        said = fields("position", actor="A", issue="b", evidence=[text[5:25], "Never written."])
        usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
        timings = {"prompt_ms": 1000, "predicted_ms": 500}
        content = json.dumps({"statements": [said]})
        reply = completion(content, model="test", usage=usage, timings=timings)
        return Response(json.dumps(reply))


@pytest.fixture
def ask(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], dict[str, Any]]:
    """Run the instructor script; give the files by name."""
    task = write_task(tmp_path / "task.json", SLUGS)
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", httpserver.url_for("/v1"))
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    monkeypatch.setenv("COMMUNIQUE_API_KEY", "key")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")  # the script sets it
    monkeypatch.setattr("sys.argv", ["ask", str(task), str(tmp_path / "out")])

    def run() -> dict[str, Any]:
        peer_calls.main(ask_instructor.make)
        return {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in (tmp_path / "out").iterdir()
        }

    return run


def test_a_peers_answer_is_kept_with_what_it_cost(
    ask: Callable[[], dict[str, Any]], httpserver: HTTPServer
) -> None:
    """Quotes are located exactly, calls have tokens and seconds, and a refused article is a result."""
    model = Model(httpserver)
    files = ask()
    kept = files["apricot-frost"]
    found, invented = kept["statements"][0]["evidence"]
    assert (found["end"] - found["start"], invented["start"]) == (len(found["text"]), None)
    call = kept["calls"][0]
    assert (call["input_tokens"], call["output_tokens"], call["model_seconds"]) == (9, 3, 1.5)
    assert "no" in files["cod-war-reunion"]["error"]
    assert not files["cod-war-reunion"]["statements"]
    assert len(model.asked) == len(SLUGS)


def test_an_article_with_an_answer_is_not_asked_again(
    ask: Callable[[], dict[str, Any]], httpserver: HTTPServer, tmp_path: Path
) -> None:
    """Unless the answer is to another question."""
    model = Model(httpserver)
    files = ask()
    model.asked.clear()
    assert ask() == files
    assert not model.asked
    path = tmp_path / "out" / "apricot-frost.json"
    path.write_text(json.dumps(files["apricot-frost"] | {"asked_sha256": "0"}), encoding="utf-8")
    ask()
    assert len(model.asked) == 1


def test_a_server_that_can_not_be_used_is_no_result(
    ask: Callable[[], dict[str, Any]], httpserver: HTTPServer, tmp_path: Path
) -> None:
    """A wrong key ends the run, and no article gets an answer."""
    Model(httpserver).status = 401
    with pytest.raises(SystemExit, match="can't be used"):
        ask()
    assert not list((tmp_path / "out").iterdir())
