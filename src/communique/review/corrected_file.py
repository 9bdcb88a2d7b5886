"""The file of corrected outcomes, which is rewritten, at once, after each change."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from communique._internal.files import replace
from communique._internal.process_lock import Lock
from communique.errors import SettingsError
from communique.outcome_lines import Outcomes
from communique.render.reader import name_of
from communique.review.applying import undecided
from communique.summary import Failure, Summary

__all__ = ["Brief", "CorrectedFile"]

Outcome: TypeAlias = Summary | Failure
_Key: TypeAlias = tuple[str | None, str | None, int]
_Stamp: TypeAlias = tuple[int, int, int] | None


@dataclass(frozen=True)
class Brief:
    """What a list shows of a summary, without reading it again.

    Attributes:
        count: the number of its statements.
        left: how many of them nobody has decided about.
    """

    name: str
    source: str | None
    date: str | None
    count: int
    left: int
    article_id: str
    sha256: str


class CorrectedFile:
    """The outcomes of a file, with the corrections that people have made to them so far.

    The first file is only read. The second one, of corrected outcomes, is created by the first
    change; if it exists, the review goes on with the corrections in it.

    Args:
        source: JSON Lines with a summary or a failure a line.
        output: the file of corrected outcomes.

    Attributes:
        path: the file of corrected outcomes.
        briefs: what a list shows of each summary, by its place in the file, from 0.
        is_torn: whether the last line of the first file was incomplete, and left out: the batch
            that writes it is still running, or was ended.

    Raises:
        SettingsError: a file can't be read, a line in it is no outcome, the corrected file is
            about other articles, or another review is writing it. Nothing has been written then.
    """

    def __init__(self, source: Path, output: Path) -> None:
        if output.exists() and source.exists() and output.samefile(source):
            raise SettingsError(
                f"{output} is what is reviewed, and stays as it is: name another file for the "
                "corrected summaries"
            )
        self.path = output
        self._is_closed = False
        self._lock = _lock(output)
        try:
            given, self.is_torn = _read(source)
            # Before it is read: who changes it in the meantime is noticed.
            self._stamp = _stamp(output)
            corrected = _read_corrected(output) if self._stamp else []
            outcomes = _merged(given, corrected, source, output)
        except BaseException:
            self.close()
            raise
        self._lines = [outcome.model_dump_json().encode() + b"\n" for outcome in outcomes]
        self.briefs = {
            place: _brief(outcome)
            for place, outcome in enumerate(outcomes)
            if isinstance(outcome, Summary)
        }

    def __len__(self) -> int:
        return len(self._lines)

    def summary(self, place: int) -> Summary:
        """Return the summary at a place, with its corrections.

        Raises:
            KeyError: there is none.
        """
        if place not in self.briefs:
            raise KeyError(place)
        return Summary.model_validate_json(self._lines[place])

    def put(self, place: int, summary: Summary) -> None:
        """Put a summary in a place, and write the file: wholly, or not at all.

        Raises:
            SettingsError: it can't be written, another program has changed it, or it is closed.
        """
        if self._is_closed:
            raise SettingsError("the review has ended: nothing is written any more")
        if _stamp(self.path) != self._stamp:
            raise SettingsError(
                f"{self.path} was changed by another program: nothing is written over it. End the "
                "review and start it again, and it goes on from what is in the file"
            )
        lines = list(self._lines)
        lines[place] = summary.model_dump_json().encode() + b"\n"
        try:
            replace(self.path, b"".join(lines))
        except OSError as exc:
            raise SettingsError(f"{self.path} can't be written: {exc.strerror or exc}") from exc
        self._stamp = _stamp(self.path)
        self._lines = lines
        self.briefs[place] = _brief(summary)

    def close(self) -> None:
        """Let others write the file."""
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(OSError):  # Windows deletes no open file
            _lock_path(self.path).unlink()
        self._lock.close()


def _brief(summary: Summary) -> Brief:
    article = summary.article
    return Brief(
        name_of(article),
        article.source,
        article.published and article.published.isoformat(),
        len(summary.statements),
        len(undecided(summary)),
        article.id,
        article.sha256,
    )


def _lock_path(output: Path) -> Path:
    return output.with_name(f".{output.name}.lock")


def _lock(output: Path) -> Lock:
    try:
        return Lock(_lock_path(output))
    except BlockingIOError as exc:
        raise SettingsError(
            f"another review is writing {output}: use its page, end it, or name another file"
        ) from exc
    except OSError as exc:
        raise SettingsError(f"{output} can't be written: {exc.strerror or exc}") from exc


def _read(path: Path) -> tuple[list[Outcome], bool]:
    """Return the outcomes of a file, and whether its last line is incomplete."""
    try:
        with path.open("rb") as file:
            reader = Outcomes(file, str(path))
            return list(reader), reader.is_torn
    except OSError as exc:
        raise SettingsError(f"{path} can't be read: {exc.strerror or exc}") from exc


def _read_corrected(path: Path) -> list[Outcome]:
    outcomes, is_torn = _read(path)
    if is_torn:  # the review writes whole files: someone else has torn it
        raise SettingsError(
            f"{path}: the last line is incomplete; repair or delete it, or name another file"
        )
    return outcomes


def _merged(
    given: list[Outcome], corrected: list[Outcome], source: Path, output: Path
) -> list[Outcome]:
    """Return what was given, with what has been corrected in its place."""
    if corrected and corrected != given and not any(map(_is_corrected, corrected)):
        raise SettingsError(
            f"{output} has no corrections: it is another file of summaries, which stays as it is; "
            "name another one for the corrected summaries"
        )
    done = dict(zip(_keys(corrected), corrected, strict=True))
    merged: list[Outcome] = []
    for key, outcome in zip(_keys(given), given, strict=True):
        found = done.pop(key, None)
        merged.append(found if found is not None and _is_corrected(found) else outcome)
    if lost := [outcome for outcome in done.values() if isinstance(outcome, Summary)]:
        raise SettingsError(
            f"{output} has summaries of articles that {source} does not have, such as "
            f"{lost[0].id}: name another file for the corrected summaries"
        )
    return merged


def _is_corrected(outcome: Outcome) -> bool:
    return isinstance(outcome, Summary) and bool(outcome.provenance.corrections)


def _keys(outcomes: list[Outcome]) -> list[_Key]:
    """Return what tells an outcome's article from others: its id, its text, how often it was."""
    seen: Counter[tuple[str | None, str | None]] = Counter()
    keys: list[_Key] = []
    for outcome in outcomes:
        article = outcome.article
        # An article without a text failed; its place in the input is all there is.
        name = (outcome.id or str(outcome.index), article and article.sha256)
        seen[name] += 1
        keys.append((*name, seen[name]))
    return keys


def _stamp(path: Path) -> _Stamp:
    """Return what changes when a file is written, or None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
