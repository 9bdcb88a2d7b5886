"""`communique batch --provider-batch`, as it is used."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from provider_setting import articles

import communique
from batch_server import question
from builders import KEY, completion
from communique import read_outcomes
from communique.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from batch_server import BatchServer

Run = "Callable[..., tuple[int, str, str]]"


@pytest.fixture
def run(
    server: BatchServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """Run the command; return its exit code, standard output and standard error."""
    monkeypatch.setenv("COMMUNIQUE_MODEL", "openai/test")
    monkeypatch.setenv("COMMUNIQUE_BASE_URL", server.url)
    monkeypatch.setenv("COMMUNIQUE_API_KEY", KEY)
    monkeypatch.setenv("COMMUNIQUE_PRICES", "2,1,8")
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def run_(*words: str, by: tuple[str, ...] = ("--provider-batch",)) -> tuple[int, str, str]:
        code: object = 0
        always = ["in.jsonl", "--output", "out.jsonl", "--poll-interval", "0.01"]
        try:
            main(["batch", *always, *by, *words])
        except SystemExit as exc:
            code = exc.code
        out, err = capsys.readouterr()
        return int(str(code)), out, err

    return run_


def write(count: int) -> None:
    lines = (
        json.dumps({"id": each.id, "text": each.text, "desk": "Asia"}) for each in articles(count)
    )
    Path("in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def ids() -> list[str]:
    return sorted(outcome.id or "" for outcome in read_outcomes("out.jsonl"))


def test_an_archive_by_batches(run: Any, server: BatchServer) -> None:
    """It says how the batches are, and what was saved; then nothing is left beside the output."""
    write(6)
    code, _, err = run()
    assert code == 0
    assert ids() == [f"a{n}" for n in range(6)]
    assert "1 batch at the server: 0 of 5 requests done" in err
    assert (
        "5 articles answered by batches, 1 asked in the ordinary way; the batches' answers cost $0.0008, and saved $0.0008"
        in err
    )
    assert "$0.0011 in all" in err
    assert sum(o.provenance.usage.cost_usd for o in read_outcomes("out.jsonl")) == pytest.approx(
        320e-6 + 5 * 160e-6
    )
    assert all(outcome.metadata == {"desk": "Asia"} for outcome in read_outcomes("out.jsonl"))
    assert not Path("out.jsonl.run/batches").exists()
    before = len(server.log)
    assert run()[0] == 0
    assert len(server.log) == before


def interrupted(run: Any, server: BatchServer, *words: str) -> str:
    """Run until a batch is looked at, then press Ctrl-C; return what was said.

    The batch gets no further meanwhile, so that only Ctrl-C ends the run.
    """
    step, main_thread = server._step, threading.main_thread().ident
    is_pressed = threading.Event()
    assert main_thread is not None

    def press(_number: int, method: str, path: str) -> None:
        if method == "GET" and "/batches/" in path and not is_pressed.is_set():
            is_pressed.set()
            signal.pthread_kill(main_thread, signal.SIGINT)

    server.refuse, server._step = press, lambda _: None
    code, _, err = run(*words)
    server.refuse, server._step = lambda *_: None, step
    assert code == 130
    return err


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Ctrl-C can't be simulated")
def test_ctrl_c_leaves_the_batch_running(run: Any, server: BatchServer) -> None:
    """It says so at once, and the same command collects the answers."""
    write(4)
    err = interrupted(run, server)
    assert "1 batch (batch_2) at the server will be answered without this program" in err
    assert "the same command collects the answers" in err
    assert ids() == ["a0"]
    assert run()[0] == 0
    assert ids() == ["a0", "a1", "a2", "a3"]
    assert (len(server.batches), len(server.asked)) == (1, 1)
    assert set(server.paid.values()) == {1}


def test_what_is_at_the_provider_is_not_asked_in_the_ordinary_way(
    run: Any, server: BatchServer
) -> None:
    """Without the option the command would pay twice, so it says what to do."""
    write(3)
    server._faults = lambda _: [
        {"code": "billing_hard_limit_reached", "message": "Billing hard limit."}
    ]
    code, _, err = run()
    assert code == 3
    assert "billing_hard_limit_reached" in err
    code, _, err = run(by=())
    assert code == 2
    assert "was begun with --provider-batch: go on with it" in err
    assert len(server.asked) == 1


def test_the_same_text_is_asked_once(run: Any, server: BatchServer) -> None:
    write(3)
    twin = json.dumps({"id": "twin", "text": articles(3)[2].text})
    Path("in.jsonl").write_text(Path("in.jsonl").read_text() + twin + "\n")
    assert run()[0] == 0
    assert ids() == ["a0", "a1", "a2", "twin"]
    assert sum(server.paid.values()) == 2


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Ctrl-C can't be simulated")
def test_a_limit_of_rows_keeps_what_else_was_answered(run: Any, server: BatchServer) -> None:
    """What is at the provider, or was collected, is used by the next run."""
    write(5)
    interrupted(run, server)
    assert run("--limit", "1")[0] == 0
    assert len(ids()) == 2
    assert run()[0] == 0
    assert ids() == [f"a{n}" for n in range(5)]
    assert (len(server.asked), len(server.batches)) == (1, 1)
    assert not Path("out.jsonl.run/batches").exists()


def test_no_more_is_submitted_than_may_be_spent(run: Any, server: BatchServer) -> None:
    """Each article is expected to cost what the first one did, so the limit holds."""
    write(9)
    code, _, err = run("--max-cost", "0.0013")
    assert code == 6
    assert "stopped by --max-cost" in err
    spent = sum(o.provenance.usage.cost_usd for o in read_outcomes("out.jsonl"))
    assert 0.0008 < spent <= 0.0013
    assert len(ids()) == len(server.asked) + sum(server.paid.values())


def test_failures_are_tried_again(run: Any, server: BatchServer) -> None:
    declined = completion(None, refusal="I can't.")
    server.answer = lambda body: (200, declined if "dispatch 2" in question(body) else completion())
    write(4)
    assert run()[0] == 6
    server.answer = lambda _: (200, completion())
    assert run("--retry-failed")[0] == 0
    assert ids() == ["a0", "a1", "a2", "a3"]


def test_a_dry_run_has_the_price_of_batches(run: Any, server: BatchServer) -> None:
    write(4)
    ordinary = run("--dry-run", by=())[1]
    half = run("--dry-run")[1]
    assert server.log == []
    cost = [
        float(text.partition("cost, about:")[2].split("$")[1].split()[0])
        for text in (ordinary, half)
    ]
    assert cost[1] == pytest.approx(cost[0] / 2, abs=0.006)
    assert run("--dry-run", "--prompt", "v2")[0] == 2


def test_a_prompt_of_several_questions_is_refused_first(run: Any, server: BatchServer) -> None:
    write(2)
    code, _, err = run("--prompt", "v2")
    assert code == 2
    assert "has the strategy conversation" in err
    assert server.log == []
    assert not Path("out.jsonl").exists()


def test_in_python(server: BatchServer, tmp_path: Path) -> None:
    """`communique.batch` takes the same."""
    report = communique.batch(
        articles(4),
        output=tmp_path / "out.jsonl",
        provider_batch=True,
        poll_interval=0.01,
        model="openai/test",
        base_url=server.url,
        api_key=KEY,
        prices=(2, 1, 8),
        cache=False,
    )
    assert (report.summaries, report.failures) == (4, 0)
    assert report.usage.cost_usd == pytest.approx(320e-6 + 3 * 160e-6)
    assert sum(server.paid.values()) == 3
