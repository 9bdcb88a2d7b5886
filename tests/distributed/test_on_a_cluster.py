"""Ray Data, on a cluster of this machine: run with `pytest -m ray -n 0` where Ray is installed."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import PATH, completion
from communique import Failure, Summary, distributed
from communique.errors import ArticleError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

pytestmark = [
    pytest.mark.ray,
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # it would copy the working folder to the workers
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(16),  # else it is kept in the home folder
    "RAY_DEDUP_LOGS": "0",
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    """A cluster of one machine, which leaves no process behind; the value is its folder."""
    os.environ |= QUIET
    import ray

    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # paths of sockets have to be short
    try:
        ray.init(
            num_cpus=3,  # of two: a checkpoint needs one, too
            resources={"vllm": 2},  # as `docs/how-to/cluster.md` has it
            object_store_memory=80 * 2**20,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            _node_ip_address="127.0.0.2",  # Ray replaces 127.0.0.1 by one that others reach
            _system_config={"kill_idle_workers_interval_ms": 0},  # starting them takes seconds
            _temp_dir=str(folder),
        )
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield folder
    finally:
        ray.shutdown()
        for name in QUIET:
            os.environ.pop(name)
        deadline = time.monotonic() + 30
        while (left := processes(folder)) and time.monotonic() < deadline:
            time.sleep(0.1)
        shutil.rmtree(folder)
    assert not left


def processes(folder: Path) -> dict[int, str]:
    """The processes of a cluster, by id: those that name its folder, and their children."""
    lines: dict[int, str] = {}
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
            parents[int(process.name)] = int(
                (process / "stat").read_text().rpartition(")")[2].split()[1]
            )
    heads = {pid for pid, line in lines.items() if str(folder) in line}
    return {pid: line for pid, line in lines.items() if {pid, parents.get(pid)} & heads and line}


def workers(folder: Path) -> list[int]:
    return [pid for pid, line in processes(folder).items() if line.startswith("ray::MapWorker")]


class Desk:
    """A server that takes its time, and knows what it was asked.

    Attributes:
        asked: the number of the article of each request.
        most: the most requests at once.
    """

    def __init__(self, server: HTTPServer, seconds: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._seconds = seconds
        self._open = 0
        self.most = 0
        self.asked: list[int] = []
        self.settings: dict[str, Any] = {
            "model": "openai/test",
            "base_url": server.url_for("/v1"),
            "api_key": "key",
            "prompt": "v1",
        }
        server.expect_request(PATH, method="POST").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        found = re.search(r"dispatch (\d+)", request.get_data(as_text=True))
        with self._lock:
            self.asked.append(int(found[1]) if found else -1)
            self._open += 1
            self.most = max(self.most, self._open)
        time.sleep(self._seconds)
        with self._lock:
            self._open -= 1
        return Response(json.dumps(completion()))


def text(number: int) -> str:
    return f"Ruritania opposes the dam, says dispatch {number}."


def test_each_article_once_though_a_worker_is_killed(cluster: Path, httpserver: HTTPServer) -> None:
    """Two workers, one of them killed at work: what it had not finished is asked again, no more."""
    import pyarrow as pa
    import ray

    desk = Desk(httpserver, seconds=0.2)
    count, batch, together = 160, 8, 8
    noon = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    articles = pa.table(
        {
            "text": [text(number) for number in range(count)],
            "id": range(count),
            "published": pa.array([noon] * count, pa.timestamp("ns", "UTC")),
            "desk": ["Asia", None] * (count // 2),
        }
    )
    killed: list[int] = []

    def kill() -> None:
        while len(desk.asked) < count // 4 or len(workers(cluster)) < 2:
            time.sleep(0.02)
        killed.append(workers(cluster)[0])
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    outcomes = distributed.summarize(
        ray.data.from_arrow(articles),
        workers=2,
        concurrency=together,
        batch_size=batch,
        **desk.settings,
    ).take_all()
    killer.join(1)

    assert killed
    assert sorted(outcome["id"] for outcome in outcomes) == list(range(count))
    assert set(desk.asked) == set(range(count))
    assert 0 < len(desk.asked) - count <= 2 * batch  # it was reading two batches
    assert max(Counter(desk.asked).values()) == 2
    assert together // 2 < desk.most <= together
    assert {outcome["error"] for outcome in outcomes} == {None}
    for outcome in outcomes[:3]:
        assert set(outcome) == {"id", "published", "desk", "outcome", "error", "retryable"}
        summary = Summary.model_validate_json(outcome["outcome"])
        assert summary.id == str(outcome["id"])
        assert summary.article.text == text(outcome["id"])
        assert summary.article.published == noon
        assert summary.positions[0].actor == "Ruritania"


def test_bad_rows_are_failures_and_statements_are_rows(
    cluster: Path, httpserver: HTTPServer
) -> None:
    """Rows that hold no article end no job, and are missing in no table."""
    import ray

    desk = Desk(httpserver)
    good = [{"text": text(number), "key": f"k{number}", "n": number} for number in range(16)]
    good[5]["text"] = good[4]["text"]  # the same text, two articles
    bad = [None, 7, float("nan"), ["a list"], "", b"bytes", {"a": 1}]
    rows = good + [{"text": value, "key": f"bad{n}", "n": 100 + n} for n, value in enumerate(bad)]
    rows.append({"text": text(20), "key": "two\nlines", "n": 200})
    outcomes = distributed.summarize(
        ray.data.from_items(rows),
        id_column="key",
        workers=1,
        **desk.settings,
    ).materialize()

    by_row = {row["n"]: row for row in outcomes.take_all()}
    assert sorted(by_row) == [row["n"] for row in rows]
    for row in good:
        assert by_row[row["n"]]["error"] is None
    for n, value in enumerate(bad):
        failure = Failure.model_validate_json(by_row[100 + n]["outcome"])
        assert (failure.error, failure.id) == ("ArticleError", f"bad{n}"), value
        assert by_row[100 + n]["error"] == "ArticleError"
    assert Failure.model_validate_json(by_row[200]["outcome"]).id is None
    assert sorted(desk.asked) == sorted([4, *range(5), *range(6, 16)])

    statements = distributed.to_rows(outcomes)
    table = statements.to_pandas()
    assert sorted(table["n"]) == sorted(by_row)  # one statement an article, or none
    assert set(table[table["n"] < 100]["actor"]) == {"Ruritania"}
    assert table[table["n"] >= 100]["kind"].isna().all()
    assert table.set_index("n")["article_id"][3] == "k3"
    assert statements.schema().base_schema.field("confidence").type == "double"


def test_the_programs_of_the_page(
    cluster: Path, httpserver: HTTPServer, repository: Path, tmp_path: Path
) -> None:
    """`docs/how-to/cluster.md`, with this cluster's sizes: outcomes, a checkpoint of them, statements."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import ray

    desk = Desk(httpserver)
    page = (repository / "docs" / "how-to" / "cluster.md").read_text(encoding="utf-8")
    for ours, its in {
        str(tmp_path): "/mnt/archive",
        desk.settings["base_url"]: "http://127.0.0.1:8000/v1",
        "workers=1": "workers=16",
        "concurrency=8": "concurrency=16 * 128",
    }.items():
        assert its in page
        page = page.replace(its, ours)
    job, rows, _ = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    ids = [f"a{number}" for number in range(10)]
    (tmp_path / "articles").mkdir()
    articles = pa.table({"text": [text(number) for number in range(10)], "id": ids})
    pq.write_table(articles, tmp_path / "articles" / "1.parquet")

    names: dict[str, Any] = {}
    try:
        exec(compile(job, "cluster.md", "exec"), names)
    finally:
        ray.data.DataContext.get_current().checkpoint_config = None
    assert sorted(desk.asked) == list(range(10))
    # What Ray leaves out if the program runs again. Its search for it takes a minute of processors.
    assert sorted(pq.read_table(tmp_path / "done")["id"].to_pylist()) == ids
    assert sorted(pq.read_table(tmp_path / "outcomes")["id"].to_pylist()) == ids

    exec(compile(rows, "cluster.md", "exec"), names)
    statements = pq.read_table(tmp_path / "statements")
    assert statements["kind"].to_pylist() == ["position"] * 10
    assert names["again"] == set()


def test_limits_are_those_of_the_job(
    cluster: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker gets its part of each, from variables, too, and with them wherever it starts."""
    import ray
    from ray import cloudpickle

    given: dict[str, Any] = {}
    monkeypatch.setattr(
        ray.data.Dataset, "map_batches", lambda self, fn, **options: given.update(options) or self
    )
    monkeypatch.setenv("COMMUNIQUE_TOKENS_PER_MINUTE", "100000")
    settings = Desk(httpserver).settings | {"requests_per_minute": 241}
    articles = ray.data.from_items([{"text": text(0)}])
    distributed.summarize(articles, workers=4, concurrency=65, **settings)

    monkeypatch.delenv("COMMUNIQUE_TOKENS_PER_MINUTE")
    summarizer, at_once, _ = cloudpickle.loads(cloudpickle.dumps(given["fn_constructor_args"]))
    limits = summarizer.settings
    assert (limits.requests_per_minute, limits.tokens_per_minute, at_once) == (60, 25_000, 16)
    assert (given["compute"].min_size, given["compute"].max_size) == (4, 4)

    distributed.summarize(articles, **settings)  # one worker a machine, with the model's default
    assert given["compute"].max_size == 1
    assert given["fn_constructor_args"][1] == 8


def test_what_ray_would_say_late_is_said_at_once(
    cluster: Path, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Before anything is read."""
    import pandas as pd
    import ray

    desk = Desk(httpserver)
    frame = pd.DataFrame({"text": [text(1)], "error": ["old"]})
    for dataset, options, said in [
        (frame, {}, "DataFrame is not a ray.data.Dataset"),
        (ray.data.from_pandas(frame), {}, "names of the result: error"),
        (ray.data.from_pandas(frame), {"text_column": "body"}, "no column 'body', but text, error"),
        (ray.data.from_pandas(frame), {"id_column": "key"}, "no column 'key', but text, error; name the one that holds the id"),
        (ray.data.range(1), {"text_column": "id", "workers": 0}, "workers: 0 is not a whole number"),
        (ray.data.range(1), {"text_column": "id", "workers": 3, "concurrency": 2}, "concurrency: 2 can't be divided among 3 workers"),
        (ray.data.range(1), {"text_column": "id", "workers": 3, "requests_per_minute": 2}, "requests_per_minute: 2 can't"),
        (ray.data.range(1), {"text_column": "id", "max_attempts": 0}, "max_attempts must be"),
    ]:  # fmt: skip
        with pytest.raises((SettingsError, ArticleError), match=re.escape(said)):
            distributed.summarize(dataset, **desk.settings | options)
    with caplog.at_level("WARNING", "communique"):
        distributed.summarize(ray.data.range(1), text_column="id", workers=5, **desk.settings)
    assert "the workers take 2.5 of the cluster's 3 processors" in caplog.text
    with pytest.raises(SettingsError, match="no column 'outcome', but id; give what"):
        distributed.to_rows(ray.data.range(1))
    assert not desk.asked
