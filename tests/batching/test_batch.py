"""Archives from Python: outcomes of all rows, once each, whatever is run again."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import communique
from builders import position, whole
from communique import Article, Failure, Summary, Usage
from communique.batching.archive import run_task
from communique.batching.budget import Budget
from communique.batching.task import new_task
from communique.errors import ArticleError, RateLimited, SettingsError
from communique.testing import ScriptedModel

DATES = ["20260131T120000Z", "2026-01-31", "Tue, 10 Jun 2003 04:00:00 +0200", None, "", "20260131"]
ROWS = [
    {"id": f"n{n}", "text": f"Talks went on in town {n}.", "desk": "x", "published": date}
    for n, date in enumerate(DATES)
]


def model(**options: Any) -> ScriptedModel:
    """Finds a position in every article."""
    return ScriptedModel(lambda _: whole(position(1, actor="Talks")), **options)


def go(rows: Any, folder: Path, by: Any = None, **options: Any) -> communique.BatchReport:
    """Run a batch with prompt v1."""
    options = {"output": folder / "out.jsonl", "prompt": "v1", **options}
    return communique.batch(rows, model=by or model(), **options)


def outcomes(folder: Path) -> dict[int, Summary | Failure]:
    """Those in the output by index; each once."""
    found = list(communique.read_outcomes(folder / "out.jsonl"))
    by_index = {outcome.index: outcome for outcome in found}
    assert len(by_index) == len(found)
    return {index: by_index[index] for index in sorted(by_index)}  # type: ignore[type-var, misc]


def test_each_row_has_its_outcome_with_its_own_data(tmp_path: Path) -> None:
    """Summaries and failures, with ids and metadata, in a file that pandas can read."""
    rows = [*ROWS, {"id": "bad", "text": None}]
    reports: list[communique.BatchReport] = []
    report = go(rows, tmp_path, on_progress=reports.append)
    assert [(each.total, each.new) for each in reports] == [(7, n) for n in range(1, 8)]
    found = outcomes(tmp_path)
    assert [outcome.id for outcome in found.values()] == [*(f"n{n}" for n in range(6)), "bad"]
    assert found[2].metadata == {"desk": "x"}
    assert isinstance(found[6], Failure)
    assert found[6].message == "item 7: it has no text: its 'text' is missing"
    assert (report.total, report.summaries, report.failures, report.new) == (7, 6, 1, 7)
    assert report.errors == {"ArticleError": 1}
    assert report.usage.calls == 6
    assert (report.left, report.stopped) == (0, None)
    for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines():
        assert isinstance(json.loads(line)["index"], int)


def test_the_same_call_again_asks_only_what_is_missing(tmp_path: Path) -> None:
    """Nothing if all is done; new rows at the end if there are any."""
    go(ROWS[:4], tmp_path)
    again = model()
    assert go(ROWS[:4], tmp_path, again).new == 0
    assert go(ROWS, tmp_path, again).new == 2
    assert len(again.asked) == 2
    assert list(outcomes(tmp_path)) == [*range(6)]


def test_a_limit_reads_on_bit_by_bit(tmp_path: Path) -> None:
    """Each call reads some more, and says that the limit ended it unless nothing was left."""
    found = [go(iter(ROWS), tmp_path, limit=4) for _ in range(2)]
    assert [(report.new, report.stopped) for report in found] == [(4, "limit"), (2, None)]
    assert found[1].total == 6


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_text_that_occurs_twice_is_asked_about_once(tmp_path: Path, concurrency: int) -> None:
    """Both ids get the outcome, which says that nothing was paid for the second."""
    rows = [{**row, "id": f"{row['id']}-{n}", "desk": n} for n in range(3) for row in ROWS[:2]]
    usage = Usage(calls=1, input_tokens=10, output_tokens=1, cost_usd=0.5)
    asked = model(usage=usage)
    report = go(rows, tmp_path, asked, concurrency=concurrency)
    assert len(asked.asked) == 2
    assert (report.new, report.copied, report.usage.calls) == (6, 4, 2)
    found = outcomes(tmp_path)
    for index, outcome in found.items():
        assert isinstance(outcome, Summary)
        assert (outcome.id, outcome.metadata) == (rows[index]["id"], {"desk": index // 2})
        assert outcome.provenance.usage == usage
    paid = sum(o.provenance.paid.calls for o in found.values() if isinstance(o, Summary))
    assert paid == 2
    # a copy of one that was done in an earlier run
    assert go([*rows, {**rows[0], "id": "new"}], tmp_path, asked).copied == 1
    assert len(asked.asked) == 2
    assert go(rows, tmp_path / "..", output=tmp_path / "other.jsonl").total_usage.calls == 2


def test_a_repeated_text_fails_and_waits_together(tmp_path: Path) -> None:
    """The failure of the first is that of the others; a fault of one row is not."""
    rows = [{"id": "a", "text": "Talks failed."}, {"id": "b", "text": "Talks failed."},
            {"id": "a", "text": "Another text."}, {"id": "c", "text": "Another text."}]  # fmt: skip
    asked = ScriptedModel(
        {"Talks failed.": ["no JSON"], "Another text.": [whole(position(1, actor="Another"))]}
    )
    report = go(rows, tmp_path, asked, concurrency=2)
    found = outcomes(tmp_path)
    assert [type(outcome) for outcome in found.values()] == [Failure, Failure, Failure, Summary]
    assert found[1].id == "b"
    assert isinstance(found[2], Failure)
    assert found[2].message == "item 3: the id 'a' is that of another text: item 1"
    assert report.errors == {"InvalidReply": 2, "ArticleError": 1}
    assert report.total_usage.calls == 2


def test_another_title_is_another_question(tmp_path: Path) -> None:
    """The model is told the title, so the answer to one is not the answer to the other."""
    rows = [{"text": "Talks failed.", "title": title} for title in ("A", "B", "A")]
    asked = model()
    go(rows, tmp_path, asked)
    assert len(asked.asked) == 2


def test_failures_are_asked_about_again_only_if_so_wished(tmp_path: Path) -> None:
    """Then they are replaced, and what they cost is not forgotten."""
    usage = Usage(calls=1, cost_usd=0.5)
    broken = ScriptedModel(
        {row["text"]: ["no JSON" if n % 2 else whole()] for n, row in enumerate(ROWS)}, usage=usage
    )
    assert go(ROWS, tmp_path, broken).failures == 3
    assert go(ROWS, tmp_path, model(usage=usage)).new == 0
    report = go(ROWS, tmp_path, model(usage=usage), retry_failed=True)
    assert (report.new, report.failures, report.summaries) == (3, 0, 6)
    assert report.total_usage.calls == 9
    assert report.total_usage.cost_usd == pytest.approx(4.5)
    assert len(outcomes(tmp_path)) == 6
    assert go(ROWS, tmp_path, retry_failed=True).new == 0
    # an output that is begun anew, in another way, has cost nothing
    (tmp_path / "out.jsonl").write_bytes(b"")
    assert (
        go(
            ROWS,
            tmp_path,
            prompt="v1",
            by=type("Other", (ScriptedModel,), {})(lambda _: whole(), usage=usage),
        ).total_usage.calls
        == 6
    )


DIFFERENT = {
    "prompt": ({"prompt": "v2"}, r'begun with another prompt: "v1 .*now "v2'),
    "model": ({"by": type("Other", (ScriptedModel,), {})([])}, r"another model: .*ScriptedModel"),
    "text": ({"rows": [{**ROWS[0], "text": "X."}, *ROWS[1:]]}, "item 1 has another text"),
    "id": ({"rows": [ROWS[0], {**ROWS[1], "id": "z"}, *ROWS[2:]]}, "item 2 has another id"),
    "title": ({"rows": [{**ROWS[0], "title": "X"}, *ROWS[1:]]}, "item 1 has another text, title"),
    "order": ({"rows": ROWS[::-1]}, "item 1 has another id"),
    "unreadable": ({"rows": [{**ROWS[0], "text": None}, *ROWS[1:]]}, "item 1 can't be read any"),
    "fewer": ({"rows": ROWS[:3]}, "outcome of row 6, but list has 3 rows"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_run_is_refused_with_the_difference(tmp_path: Path, name: str) -> None:
    """Before anything is asked or written."""
    go(ROWS, tmp_path)
    before = (tmp_path / "out.jsonl").read_bytes()
    options, words = DIFFERENT[name]
    rows: Any = options.get("rows", ROWS)
    asked: Any = options.get("by", ScriptedModel([]))
    with pytest.raises(SettingsError, match=words):
        go(rows, tmp_path, asked, prompt=options.get("prompt", "v1"))
    assert asked.asked == []
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert go(ROWS, tmp_path).new == 0


def test_another_stream_of_rows_is_refused_when_it_shows(tmp_path: Path) -> None:
    """An input that can be read only once is compared on the way."""
    go(ROWS[:3], tmp_path)
    with pytest.raises(SettingsError, match="item 2 has another id"):
        go(iter([ROWS[0], *ROWS[2:]]), tmp_path)


def test_an_output_without_its_folder_is_not_touched(tmp_path: Path) -> None:
    """It could be anybody's file."""
    path = tmp_path / "out.jsonl"
    path.write_text("my diary", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"out\.jsonl has content, but .*run\.json"):
        go(ROWS, tmp_path)
    assert path.read_text(encoding="utf-8") == "my diary"
    path.write_text("", encoding="utf-8")
    go(ROWS, tmp_path)
    (tmp_path / "out.jsonl.run" / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError, match="missing or damaged"):
        go(ROWS, tmp_path)


def test_an_output_has_one_run_at_a_time(tmp_path: Path) -> None:
    """The second is told, and the first goes on."""
    told: list[str] = []

    def again(_: communique.BatchReport) -> None:
        with pytest.raises(SettingsError) as info:
            go(ROWS, tmp_path)
        told.append(str(info.value))

    assert go(ROWS[:2], tmp_path, on_progress=again).new == 2
    assert "written by another run" in told[0]


def test_an_outage_ends_the_run_and_leaves_no_failures(tmp_path: Path) -> None:
    """The articles that were lost to it are asked about by the same call."""
    rows = [{"id": str(n), "text": f"Talks failed in town {n}."} for n in range(40)]
    up = [True]

    def answer(_: object) -> Any:
        if up[0]:
            return whole()
        raise RateLimited("busy")

    asked = ScriptedModel(answer)

    def watch(report: communique.BatchReport) -> None:
        up[0] = report.new < 5

    with pytest.raises(RateLimited, match="20 failures in a row"):
        go(rows, tmp_path, asked, concurrency=2, on_progress=watch)
    assert all(isinstance(outcome, Summary) for outcome in outcomes(tmp_path).values())
    up[0] = True
    assert go(rows, tmp_path, asked).failures == 0
    assert len(outcomes(tmp_path)) == 40


def test_single_outages_are_failures(tmp_path: Path) -> None:
    """One that passes, between articles that succeed, is the outcome of its article."""
    replies: dict[str, list[Any]] = {row["text"]: [whole()] for row in ROWS}
    replies[ROWS[2]["text"]] = [RateLimited("busy")]
    replies[ROWS[5]["text"]] = [RateLimited("busy")]
    report = go(ROWS, tmp_path, ScriptedModel(replies), concurrency=1)
    assert report.errors == {"RateLimited": 2}
    assert len(outcomes(tmp_path)) == 6


def test_an_article_that_is_too_long_says_nothing_about_an_outage(tmp_path: Path) -> None:
    """It is a failure, and those lost to the outage before it are none."""
    rows = [{"text": f"Talks failed in town {n}."} for n in range(21)]
    rows.insert(5, {"text": "Talks " * 3000})
    down = ScriptedModel(lambda _: RateLimited("busy"), 4_000)
    with pytest.raises(RateLimited, match="20 failures in a row"):
        go(rows, tmp_path, down, concurrency=1)
    (only,) = outcomes(tmp_path).values()
    assert isinstance(only, Failure)
    assert (only.error, only.index) == ("ArticleError", 5)


def test_a_refused_key_is_an_error_even_for_one_article(tmp_path: Path) -> None:
    """It says nothing about the article."""
    refuse = ScriptedModel([communique.errors.AuthenticationFailed("refused")])
    with pytest.raises(communique.errors.AuthenticationFailed):
        go(ROWS[:1], tmp_path, refuse)
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert go(ROWS[:1], tmp_path).summaries == 1


def test_an_input_that_breaks_off_ends_the_run_with_what_was_read(tmp_path: Path) -> None:
    """Its error comes after the outcomes of the rows before."""

    def rows() -> Any:
        yield from ROWS[:3]
        raise ArticleError("in.gz can't be read: broken")

    with pytest.raises(ArticleError, match="broken"):
        go(rows(), tmp_path)
    assert len(outcomes(tmp_path)) == 3


def test_an_output_that_fills_the_disk_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is kept, and the same call goes on from there."""
    from communique.batching.outcomes import OutcomeFile

    write = OutcomeFile._write
    left = [3]  # the first is to see whether there is room

    def full(self: OutcomeFile, data: bytes) -> None:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(OutcomeFile, "_write", full)
        with pytest.raises(SettingsError, match="No space left"):
            go(ROWS, tmp_path)
    assert len(outcomes(tmp_path)) == 2
    assert go(ROWS, tmp_path).new == 4


def test_a_disk_that_is_still_full_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each attempt to go on would pay for answers that can't be written."""
    from communique.batching.outcomes import OutcomeFile

    def full(self: OutcomeFile, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    go(ROWS, tmp_path, limit=2)
    asked = model()
    with monkeypatch.context() as patch:
        patch.setattr(OutcomeFile, "_write", full)
        with pytest.raises(SettingsError, match="No space left"):
            go(ROWS, tmp_path, asked)
    assert asked.asked == []
    assert go(ROWS, tmp_path).new == 4


def test_a_retry_that_breaks_off_while_it_writes_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any of its steps; what the failures cost is counted once."""
    usage = Usage(calls=1, cost_usd=0.5)
    go(ROWS, tmp_path, ScriptedModel(lambda _: "no JSON", usage=usage))
    for step in range(1, 4):
        steps = [0]

        def sync(number: int, steps: list[int] = steps, last: int = step) -> None:
            steps[0] += 1
            if steps[0] == last:
                raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("communique.batching.run_folder.os.fsync", sync)
            with pytest.raises(SettingsError, match="No space left"):
                go(ROWS, tmp_path, retry_failed=True, limit=1)
    report = go(ROWS, tmp_path, model(usage=usage), retry_failed=True)
    assert report.summaries == 6
    assert report.total_usage.calls == 12


def test_a_torn_record_of_failures_does_not_stop_the_archive(tmp_path: Path) -> None:
    """What a crash of the system leaves of its last line is left out."""
    usage = Usage(calls=1, cost_usd=0.5)
    go(ROWS, tmp_path, ScriptedModel(lambda _: "no JSON", usage=usage))
    go(ROWS, tmp_path, model(usage=usage), retry_failed=True)
    kept = tmp_path / "out.jsonl.run" / "retried.jsonl"
    kept.write_bytes(kept.read_bytes()[:-50])
    assert go(ROWS, tmp_path).total_usage.calls == 11
    kept.write_bytes(b'{"index": 1, "error": "X"}\n')
    with pytest.raises(SettingsError, match=r"retried\.jsonl is not what a batch wrote"):
        go(ROWS, tmp_path)


def test_a_folder_without_permission_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one on a read-only disk; root, as whom tests may run, is permitted everything else."""

    def refuse(path: Path) -> None:
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr("communique.batching.run_folder.make_folder", refuse)
    asked = ScriptedModel([])
    with pytest.raises(SettingsError, match=r"out\.jsonl\.run can't be written: Read-only file"):
        go(ROWS, tmp_path, asked)
    assert asked.asked == []


@settings(max_examples=15)
@given(st.floats(0, 1))
def test_a_torn_output_is_gone_on_with(
    tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    """Wherever it ends, all rows have one outcome in the end."""
    folder = tmp_path_factory.mktemp("torn")
    go(ROWS[:4], folder)
    path = folder / "out.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: round(part * len(whole))])
    go(ROWS, folder)
    assert list(outcomes(folder)) == [*range(6)]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "limit": ({"limit": 0}, "limit: 0 is not a whole number"),
    "max_cost": ({"max_cost": float("nan")}, "max_cost: nan is not an amount"),
    "price": ({"max_cost": 1}, "price of scripted/ScriptedModel is not known"),
    "folder": ({"output": "no/out.jsonl"}, "there is no folder"),
    "table": ({"table": "out.xlsx"}, r"must end in \.csv or \.parquet"),
    "excel": ({"excel": True}, "set --table"),
    "excel2": ({"excel": True, "table": "a.parquet"}, "about CSV"),
    "setting": ({"prise": 1}, "there is no setting"),
    "concurrency": ({"concurrency": 0}, "concurrency: 0"),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_arguments_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing is asked, and no folder is made."""
    monkeypatch.chdir(tmp_path)
    options, words = BAD[name]
    with pytest.raises((SettingsError, ArticleError), match=words):
        go(ROWS, tmp_path, ScriptedModel([]), **options)
    assert not any(path.stat().st_size for path in tmp_path.glob("*.jsonl"))


def test_an_output_that_is_the_input_or_the_table_is_refused(tmp_path: Path) -> None:
    """It would be overwritten."""
    path = tmp_path / "out.jsonl"
    path.write_text('{"text": "Talks failed."}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="is the input itself"):
        go(path, tmp_path)
    with pytest.raises(SettingsError, match="same file"):
        go(ROWS, tmp_path, output=tmp_path / "t.csv", table=tmp_path / "t.csv")


costs = st.lists(st.tuples(st.floats(0.001, 1), st.integers(1, 10_000)), min_size=1, max_size=40)


@given(costs, st.floats(0.01, 10), st.integers(1, 8))
def test_a_budget_is_kept_to_while_articles_cost_what_their_length_says(
    lengths: list[tuple[float, int]], limit: float, concurrency: int
) -> None:
    """However many are in flight; and it is used as far as it goes."""
    budget = Budget(limit)
    spent = 0.0
    flying: list[int] = []
    left = [length for _, length in lengths]
    while left or flying:
        if left and len(flying) < concurrency and budget.allows(left[0]):
            budget.start(len(left), left[0])
            flying.append(len(left))
            left.pop(0)
        elif flying:
            position = flying.pop(0)
            cost = len(lengths) and lengths[len(lengths) - position][1] / 1000
            budget.learn(cost, lengths[len(lengths) - position][1])
            budget.end(position, cost)
            spent += cost
        else:
            break
    first = lengths[0][1] / 1000  # before it, nothing is known
    assert spent <= max(limit, first) + 1e-9
    if left:
        dearest = max(length for _, length in lengths) / 1000
        assert spent + dearest > limit - 1e-9


def test_errors_of_the_callers_own_iterable_are_raised(tmp_path: Path) -> None:
    """After what was done has been written."""

    def rows() -> Any:
        yield ROWS[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        go(rows(), tmp_path)
    assert go(ROWS, tmp_path).done == len(ROWS)


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    """Nothing is kept of an article that is done, neither of one asked about nor of a copy."""
    summary = communique.summarize("Talks failed.", model=ScriptedModel([whole()]), prompt="v1")
    sizes: list[int] = []

    def ask(articles: Iterator[Article]) -> Any:
        for index, article in enumerate(articles):
            yield summary.model_copy(update={"article": article, "index": index})

    def measure(report: communique.BatchReport) -> None:
        if report.new in {500, 2500}:
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])

    rows = ({"id": str(n), "text": f"Talks failed in town {n // 2}."} for n in range(2600))
    task = new_task(rows, output=tmp_path / "out.jsonl", on_progress=measure)
    tracemalloc.start()
    try:
        with communique.Summarizer(model=ScriptedModel([]), prompt="v1") as summarizer:
            assert run_task(task, summarizer, ask).copied == 1300
    finally:
        tracemalloc.stop()
    assert sizes[1] - sizes[0] < 100_000


def test_an_article_of_the_callers_keeps_everything(tmp_path: Path) -> None:
    """Articles are taken as they are."""
    article = Article(text="Talks failed.", id="a", metadata={"n": [1, {"b": None}]})
    go([article, "Talks go on."], tmp_path)
    found = outcomes(tmp_path)
    assert found[0].article == article
    assert found[0].metadata == article.metadata
