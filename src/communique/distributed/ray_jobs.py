"""Jobs on a Ray cluster: from articles to outcomes, and from outcomes to rows of statements."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# Ray is an extra, which who checks types may not have.

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack, cast

from communique._internal.logs import get_logger
from communique.batching.delimited import check_columns
from communique.batching.input_rows import Columns
from communique.distributed.ray_columns import OUTCOME, check_free, known_names
from communique.distributed.ray_workers import Worker
from communique.distributed.statement_tables import check_outcomes, to_statements
from communique.errors import SettingsError
from communique.models import LanguageModel
from communique.settings import Settings, SettingsKwargs, load_settings
from communique.summarizer import Summarizer

if TYPE_CHECKING:
    from ray.data import Dataset

__all__ = ["share_limits", "summarize", "to_rows"]

BATCHES_AT_ONCE = 2
"""Batches that a worker reads at once: as the last articles of one leave turns free, those of the
other take them."""

ROUNDS_OF_BATCH = 4
"""Length of a batch, unless the caller sets it, in articles that a worker reads at once."""

OUTCOMES_AT_ONCE = 256
"""Outcomes that are turned into rows together; some are large."""

_LOG = get_logger(__name__)

_LIMITS = ("requests_per_minute", "tokens_per_minute")


def summarize(
    dataset: Dataset,
    *,
    model: str | LanguageModel | None = None,
    prompt: str | None = None,
    text_column: str = "text",
    id_column: str | None = None,
    workers: int | None = None,
    concurrency: int | None = None,
    batch_size: int | None = None,
    ray_options: Mapping[str, Any] | None = None,
    **settings: Unpack[SettingsKwargs],
) -> Dataset:
    """Return the outcomes of a dataset's articles: of each one its summary, or its failure.

    Nothing is asked before the outcomes are used, as usual in Ray Data: written to files, iterated
    over, counted. A row that holds no article becomes a failure, and so does an article that can't
    be summarized; neither ends the job. If a worker dies, its unfinished batches are read again:
    each article has one outcome, though those of two batches may have been asked about twice, and
    if its machine dies, those whose outcomes were not written yet.

    The columns ``title``, ``source``, ``url``, ``published`` and ``language``, as far as they
    exist, belong to the article. The result has all columns of the dataset except the text, and

    - ``id``, if there is no column with ids: the sha256 of the text, or null if there is no text;
    - ``outcome``: JSON for ``Summary.model_validate_json``, or for ``Failure.model_validate_json``,
      with the article; its ``index`` is the place in the worker's batch;
    - ``error``: the name of the failure's error; null for a summary;
    - ``retryable``: whether the article may succeed if it is given again later.

    Args:
        dataset: the articles, a row each.
        model: see `communique.Summarizer`. Workers read the variables of a server, such as its
            key, on their own machines. A model given as an object must be picklable.
        prompt: see `communique.Summarizer`.
        text_column: name of the column with the texts.
        id_column: name of the column with your ids. None: ``id``, if there is one.
        workers: number of workers. None: one for each machine of the cluster that runs tasks.
        concurrency: how many articles all workers together read at once. None: 8 for each worker,
            or 1 with the embedded model.
        batch_size: how many articles a worker takes at a time. None: four times the number of
            those that it reads at once.
        ray_options: what each worker needs, as `ray.data.Dataset.map_batches` takes it, such as
            ``{"resources": {"vllm": 1}}``. A worker takes half a processor if it has no
            ``num_cpus``.
        **settings: see `communique.Settings`. ``requests_per_minute`` and ``tokens_per_minute``
            are limits for all workers together; each one keeps to an equal part.

    Raises:
        ArticleError: the dataset has no such column.
        SettingsError: Ray is not installed; a column has the name of one that is added; or a
            setting or argument can't be used, such as a limit that is smaller than the number of
            workers.
        ModelNotAvailable, PromptError: see `communique.Summarizer`.
    """
    data = _ray_data()
    columns = Columns(text_column, id_column)
    if (names := known_names(dataset)) is not None:
        check_columns("the dataset", names, columns)
        check_free(names, OUTCOME)
    count = _whole("workers", workers) or _machines()
    named = model if isinstance(model, str) else None
    limits = share_limits(load_settings(model=named, prompt=prompt, **settings), count)
    summarizer = Summarizer(model=model, prompt=prompt, **cast("Any", {**settings, **limits}))
    together = _whole("concurrency", concurrency)
    at_once = summarizer.model.concurrency
    if together is not None:
        at_once = _part("concurrency", together, count)
    size = _whole("batch_size", batch_size) or ROUNDS_OF_BATCH * at_once
    options: dict[str, Any] = {"num_cpus": 0.5, **(ray_options or {})}
    _warn_if_full(count * options["num_cpus"])
    # A block is a batch and a task: what is lost with a worker, and what is shared out among them.
    return dataset.repartition(target_num_rows_per_block=size).map_batches(
        Worker,
        batch_size=None,
        batch_format="pyarrow",
        compute=data.ActorPoolStrategy(
            size=count,
            max_concurrent_calls_per_actor=BATCHES_AT_ONCE,
            max_tasks_in_flight_per_actor=BATCHES_AT_ONCE + 1,  # the next one is on its way
        ),
        fn_constructor_args=(summarizer, at_once, columns),
        udf_modifying_row_count=False,
        **options,
    )


def to_rows(outcomes: Dataset) -> Dataset:
    """Return a row for each statement in the outcomes that `summarize` has returned.

    An article without statements has one row, too, and so has one that failed, so that no article
    is missing from a count. The columns are those of your dataset, and those of the table that
    `communique.batch` writes, except for ``index`` and ``metadata``: ``id`` is the statement's,
    ``article_id`` the article's; ``kind`` is null without a statement; ``error`` and ``message``
    are a failure's; ``cost_usd`` is in the first row of an article.

    Args:
        outcomes: what `summarize` has returned, or what was written of it and read again.

    Raises:
        SettingsError: Ray is not installed; or a column is missing, or has the name of one that is
            added.
    """
    _ray_data()
    if (names := known_names(outcomes)) is not None:
        check_outcomes(names)
    return outcomes.map_batches(to_statements, batch_size=OUTCOMES_AT_ONCE, batch_format="pyarrow")


def share_limits(settings: Settings, workers: int) -> dict[str, int]:
    """Return one worker's part of the limits per minute, which hold for all workers together.

    Raises:
        SettingsError: a limit is smaller than the number of workers.
    """
    given = {name: getattr(settings, name) for name in _LIMITS}
    return {name: _part(name, limit, workers) for name, limit in given.items() if limit is not None}


def _part(name: str, together: int, workers: int) -> int:
    if together < workers:
        raise SettingsError(
            f"{name}: {together} can't be divided among {workers} workers; use fewer workers"
        )
    return together // workers


def _whole(name: str, given: object) -> int | None:
    if given is not None and (not isinstance(given, int) or isinstance(given, bool) or given < 1):
        raise SettingsError(f"{name}: {given!r} is not a whole number from 1")
    return given


def _machines() -> int:
    """Return the number of the cluster's machines that run tasks."""
    import ray

    return sum(1 for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")) or 1


def _warn_if_full(taken: float) -> None:
    """Say that a job would wait for ever, unless the cluster grows."""
    import ray

    there = ray.cluster_resources().get("CPU", 0)
    if there - taken < 1:
        _LOG.warning(
            "the workers take %g of the cluster's %g processors; at least one must be left for "
            "reading and writing, or the job waits until there are more: use fewer workers, or a "
            "smaller num_cpus in ray_options",
            taken, there,
        )  # fmt: skip


def _ray_data() -> Any:
    try:
        import_module("pyarrow")  # whose lack Ray Data reports much later
        return import_module("ray.data")
    except ImportError as exc:
        raise SettingsError(
            "communique.distributed needs Ray: python -m pip install 'communique[ray]'"
        ) from exc
