"""Jobs without a cluster: what a worker makes of a batch, limits, and a machine without Ray."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from builders import position, whole
from communique import Failure, Settings, Summarizer, Summary, distributed
from communique.batching.input_rows import Columns
from communique.distributed.ray_jobs import share_limits
from communique.distributed.ray_workers import Worker
from communique.distributed.statement_tables import to_statements
from communique.errors import ProviderUnavailable, SettingsError
from communique.testing import ScriptedModel

TEXT = "Ruritania opposes the dam."
QUIET = "Nothing was said in {}."


def test_importing_it_loads_neither_ray_nor_arrow() -> None:
    program = (
        "import sys, communique.distributed; print({'ray', 'pyarrow', 'openai'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("missing", ["ray.data", "pyarrow"])
def test_without_ray_it_says_how_to_get_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    dataset: Any = object()
    for function in (distributed.summarize, distributed.to_rows):
        with pytest.raises(SettingsError, match=r"pip install 'communique\[ray\]'"):
            function(dataset)


def test_limits_are_shared_wherever_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments and variables alike; what is left over is nobody's, so that the limit is kept."""
    assert share_limits(Settings(), 4) == {}
    monkeypatch.setenv("COMMUNIQUE_REQUESTS_PER_MINUTE", "11")
    settings = Settings(tokens_per_minute=4)
    assert share_limits(settings, 4) == {"requests_per_minute": 2, "tokens_per_minute": 1}
    with pytest.raises(
        SettingsError, match="tokens_per_minute: 4 can't be divided among 5 workers"
    ):
        share_limits(settings, 5)


def worker(model: ScriptedModel, text: str = "text", key: str | None = None) -> Worker:
    return Worker(Summarizer(model=model, prompt="v1"), 2, Columns(text, key))


def answer(messages: Any) -> Any:
    asked = messages[-1]["content"]
    if "down" in asked:
        return ProviderUnavailable("down")
    return whole(position()) if "Ruritania" in asked else whole()


def test_a_batch_keeps_its_rows_and_their_columns() -> None:
    """In order, whatever their types; what is added has the same types in every batch."""
    import pyarrow as pa

    batch = pa.table({
        "tags": [["a"], None, [], ["b", "c"]],
        "text": pa.array([TEXT, None, QUIET.format("Ulmia"), "All is down."], pa.large_string()),
        "title": pa.array(["Dam", "Lost", None, "Off"]).dictionary_encode(),
        "blob": [b"\xff", b"", None, b"1"],
        "rank": pa.array([1.5, float("nan"), None, 2], pa.float32()),
    })  # fmt: skip
    given = worker(ScriptedModel(answer))
    outcomes = asyncio.run(given(batch))
    added = ["id", "outcome", "error", "retryable"]
    assert outcomes.column_names == ["tags", "title", "blob", "rank", *added]
    kept = ["tags", "title", "blob", "rank"]
    assert outcomes.select(kept).schema == batch.select(kept).schema
    assert str(outcomes["rank"].to_pylist()) == str(batch["rank"].to_pylist())
    assert outcomes["error"].to_pylist() == [None, "ArticleError", None, "ProviderUnavailable"]
    assert outcomes["retryable"].to_pylist() == [False, False, False, True]
    first, second, *_ = outcomes["outcome"].to_pylist()
    assert Summary.model_validate_json(first).article.title == "Dam"
    assert "'text' is missing" in Failure.model_validate_json(second).message
    assert [bool(each) for each in outcomes["id"].to_pylist()] == [True, False, True, True]

    empty = asyncio.run(given(batch.slice(0, 0)))
    assert empty.schema == outcomes.schema
    assert empty.num_rows == 0
    for part in (outcomes, outcomes.slice(1, 1), outcomes.slice(0, 0)):
        rows = to_statements(part)
        assert rows.schema == to_statements(outcomes).schema
        assert rows["error"].to_pylist() == part["error"].to_pylist()
    rows = to_statements(outcomes).to_pylist()
    assert [row["title"] for row in rows] == ["Dam", None, None, "Off"]
    assert [row["actor"] for row in rows] == ["Ruritania", None, None, None]
    assert [row["tags"] for row in rows] == batch["tags"].to_pylist()


def test_texts_and_ids_alone_are_enough() -> None:
    """In columns of any name; two articles may have one text."""
    import pyarrow as pa

    batch = pa.table({"body": [TEXT, TEXT, TEXT], "key": [7, 8, None]})
    outcomes = asyncio.run(worker(ScriptedModel(answer), "body", "key")(batch))
    assert outcomes.column_names == ["key", "outcome", "error", "retryable"]
    summaries = [Summary.model_validate_json(each) for each in outcomes["outcome"].to_pylist()]
    assert [summary.id for summary in summaries] == ["7", "8", summaries[2].article.sha256]
    assert [summary.index for summary in summaries] == [0, 1, 2]
    assert to_statements(outcomes.select(["outcome", "error", "retryable"])).num_rows == 3


def test_no_column_of_the_users_is_overwritten() -> None:
    import pyarrow as pa

    batch = pa.table({"text": [TEXT], "outcome": ["lost"]})
    with pytest.raises(SettingsError, match="names of the result: outcome"):
        asyncio.run(worker(ScriptedModel(answer))(batch))
    batch = pa.table({"text": [TEXT], "kind": ["news"], "actor": ["Orson"]})
    outcomes = asyncio.run(worker(ScriptedModel(answer))(batch))
    with pytest.raises(
        SettingsError, match=r"names of the result: actor, kind; rename.*'my_actor'"
    ):
        to_statements(outcomes)


def test_the_batches_of_a_worker_share_its_turns() -> None:
    """Two are read at once, so that the end of one leaves nothing idle; together they keep to it."""
    import pyarrow as pa

    class Busy(ScriptedModel):
        now = most = 0

        async def ask(self, *question: Any) -> Any:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.001)
            self.now -= 1
            return await super().ask(*question)

    async def read() -> list[Any]:
        given = worker(model)
        batches = [pa.table({"text": [TEXT] * 9, "id": range(9)}), pa.table({"text": [TEXT, None]})]
        return await asyncio.gather(*map(given, batches))

    model = Busy(answer)
    long, short = asyncio.run(read())
    assert (long.num_rows, short.num_rows) == (9, 2)
    assert model.most == 2
