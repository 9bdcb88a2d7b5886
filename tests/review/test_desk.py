"""Changes under review: each is as valid as a summary, none is lost, and each can be undone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import builders
from browser import samples
from communique import Article, Failure, Summary
from communique.errors import CommuniqueError, SettingsError
from communique.review import CorrectedFile, Desk
from communique.review.changes import CHANGE
from communique.review.desk import Conflict
from communique.review.marked_text import find_spans, in_article, in_page, one_line_ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THREAT, POSITION = "threat-1", "position-1"


def write(path: Path, *outcomes: Summary | Failure) -> Path:
    lines = (outcome.model_dump_json() + "\n" for outcome in outcomes)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "out.jsonl", *samples.several())


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "corrected.jsonl"


@pytest.fixture
def desk(source: Path, output: Path) -> Iterator[Desk]:
    opened = Desk(CorrectedFile(source, output), by="Ana Ruiz")
    yield opened
    opened.close()


def change(
    desk: Desk, action: str, revision: int | None = None, place: int = 0, **more: Any
) -> str:
    """Ask for a change of what is newest, or of an older revision."""
    seen = desk.state(place).revision if revision is None else revision
    return desk.change(place, CHANGE.validate_python({"action": action, "revision": seen, **more}))


def edit(desk: Desk, name: str, revision: int | None = None, **fields: Any) -> str:
    found = next(each for each in desk.state(0).summary.statements if each.id == name)
    spans = fields.pop("spans", [(span.start, span.end) for span in found.evidence])
    return change(desk, "edit", revision, statement=name, fields=fields, spans=spans)


def named(summary: Summary, name: str) -> Any:
    return next(each for each in summary.statements if each.id == name)


def test_each_change_is_in_the_file_at_once_with_who_made_it(desk: Desk, output: Path) -> None:
    """All outcomes are in it, in their order; what nobody touched is as it was."""
    assert not output.exists()
    change(desk, "accept", statement=POSITION)
    edit(desk, THREAT, means="cyber", on_behalf_of=None)
    change(desk, "reject", statement="agreement-1")
    text = samples.long_article().article.text
    at = text.index("Ulmia waits.")
    fields = {"actor": "Ulmia", "on_behalf_of": None, "target": "Ruritania", "action": "wait",
              "trigger": None, "means": "other", "attribution": "reported"}  # fmt: skip
    change(desk, "add", kind="threat", fields=fields, spans=[(at + 2, at + 3)])
    change(desk, "gist", gist=" Ulmia waits for the dam. ")
    written = read(output)
    assert [Summary.model_validate(line) for line in written if "error" not in line][1:] == [
        outcome for outcome in samples.several() if isinstance(outcome, Summary)
    ][1:]
    assert written[2] == json.loads(samples.failure().model_dump_json())
    summary = Summary.model_validate(written[0])
    assert (named(summary, THREAT).means, named(summary, THREAT).on_behalf_of) == ("cyber", None)
    assert [each.id for each in summary.agreements] == []
    assert named(summary, "threat-2").evidence[0].text == "Ulmia waits."
    assert summary.gist == "Ulmia waits for the dam."
    made = summary.provenance.corrections
    assert [each.action for each in made] == [
        "accepted",
        "corrected",
        "removed",
        "added",
        "corrected",
    ]
    assert {each.by for each in made} == {"Ana Ruiz"}


def test_undo_goes_back_to_the_beginning_and_redo_forth(desk: Desk, output: Path) -> None:
    """Step by step, also after the review was ended and started again; a new change ends redoing."""
    steps = [desk.state(0).summary]
    for act in (
        lambda: change(desk, "accept", statement=POSITION),
        lambda: edit(desk, THREAT, means="cyber"),
        lambda: change(desk, "reject", statement=POSITION),
        lambda: change(desk, "gist", gist="Other."),
    ):
        act()
        steps.append(desk.state(0).summary)
    for before in reversed(steps[:-1]):
        change(desk, "undo")
        assert desk.state(0).summary == before
    assert read(output)[0] == json.loads(samples.long_article().model_dump_json())
    with pytest.raises(CommuniqueError, match="there is nothing to undo"):
        change(desk, "undo")
    for after in steps[1:]:
        change(desk, "redo")
        assert desk.state(0).summary == after
    change(desk, "undo")
    edit(desk, THREAT, means="legal")
    with pytest.raises(CommuniqueError, match="there is nothing to redo"):
        change(desk, "redo")


def test_a_review_goes_on_where_it_was_ended(source: Path, output: Path) -> None:
    """With undo, and with articles that a batch has added since."""
    first = Desk(CorrectedFile(source, output))
    edit(first, THREAT, means="cyber")
    first.close()
    more = builders.summary_of("Ulmia opposes the dam.", builders.position(1, actor="Ulmia"))
    write(source, *samples.several(), more)
    again = Desk(CorrectedFile(source, output))
    assert again.state(0).summary.threats[0].means == "cyber"
    assert again.state(4).summary == more
    change(again, "undo")
    assert again.state(0).summary == samples.long_article()
    again.close()


def test_a_batch_that_still_runs_can_be_reviewed(source: Path, output: Path) -> None:
    """Its torn last line is left out, and said."""
    with source.open("a", encoding="utf-8") as file:
        file.write('{"schema_version"')
    running = CorrectedFile(source, output)
    assert running.is_torn
    assert len(running) == 4
    running.close()


def test_changes_of_two_tabs_are_both_kept_or_the_second_is_told(desk: Desk) -> None:
    """Of different statements both hold. Of the same one, the second is refused, and loses nothing."""
    change(desk, "accept", revision=0, statement=POSITION)
    assert "both changes are kept" in edit(desk, THREAT, revision=0, means="cyber")
    with pytest.raises(Conflict, match="changed this statement"):
        edit(desk, THREAT, revision=1, means="legal")
    assert desk.state(0).summary.threats[0].means == "cyber"
    edit(desk, THREAT, revision=2, means="legal")  # having seen the other's change
    assert desk.state(0).summary.threats[0].means == "legal"
    with pytest.raises(Conflict, match="newest state"):
        change(desk, "undo", revision=2)
    change(desk, "reject", statement=THREAT)
    gone = {"statement": THREAT, "fields": {}, "spans": [(0, 5)]}
    with pytest.raises(Conflict, match="removed this statement"):
        change(desk, "edit", revision=3, **gone)
    change(desk, "gist", gist="One.")
    with pytest.raises(Conflict):
        change(desk, "gist", revision=4, gist="Two.")
    assert desk.state(1).revision == 0


@pytest.mark.parametrize(
    ("fields", "spans", "message"),
    [
        ({"means": "tariffs"}, [(0, 5)], "means: 'tariffs' is not one of"),
        ({"target": " "}, [(0, 5)], "target is empty"),
        ({"id": "threat-9"}, [(0, 5)], "id is not a field of a threat that can be changed"),
        ({"confidence": 1}, [(0, 5)], "confidence is not a field"),
        ({"stance": "opposes"}, [(0, 5)], "stance is not a field of a threat"),
        ({"target": 7}, [(0, 5)], "target: 7 is not text"),
        ({}, [], "mark the text that shows it"),
        ({}, [(5, 5)], "mark the article's words"),
        ({}, [(0, 10**9)], "mark the article's words"),
    ],
)  # fmt: skip
def test_what_can_t_be_is_refused_and_nothing_written(
    desk: Desk, output: Path, fields: dict[str, Any], spans: list[Any], message: str
) -> None:
    """The message names the field."""
    with pytest.raises(CommuniqueError, match=message):
        edit(desk, THREAT, spans=spans, **fields)
    assert not output.exists()
    with pytest.raises(KeyError):
        change(desk, "accept", place=2, revision=0, statement=THREAT)  # a failure


def test_marked_text_becomes_whole_sentences_and_known_evidence_stays(desk: Desk) -> None:
    """Overlaps are united; half a sentence of the model's own is left as it is."""
    summary = samples.overlapping()
    text = summary.article.text
    known = summary.threats[0].evidence
    spans = find_spans(summary.article, [(known[0].start, known[0].end)], known=known)
    assert spans == known
    at = text.index("opposes")
    spans = find_spans(summary.article, [(at, at + 3), (at - 8, at + 40)])
    assert [span.text for span in spans] == [f"{samples.OPPOSES} {samples.STRIKES}"]


@given(
    st.text(st.sampled_from("a. \n\r👩ب"), min_size=1, max_size=40).filter(str.strip),
    st.integers(0, 40),
)
def test_places_in_the_page_are_places_in_the_article(text: str, at: int) -> None:
    """A browser makes one line feed of every line end."""
    at = min(at, len(text))
    if text[at - 1 : at + 1] == "\r\n":
        at += 1
    assert in_article(text, in_page(text, at)) == at
    assert one_line_ends(text)[: in_page(text, at)] == one_line_ends(text[:at])


ACCEPTED = samples.long_article().accepted(POSITION).model_dump_json()
OTHER_VERSION = ACCEPTED.replace('"schema_version":"1"', '"schema_version":"9"')
OTHERS = builders.summary_of("Nothing happened.").with_gist("Quiet.").model_dump_json()
PLAIN = samples.long_article(gist="Another model's.").model_dump_json()


@pytest.mark.parametrize(
    ("given", "corrected", "message"),
    [
        ("", None, "out.jsonl has no outcomes: it is empty"),
        (OTHER_VERSION, None, "has schema version '9', and this communique reads '1'"),
        (None, None, "out.jsonl can.t be read: No such file"),
        (ACCEPTED, ACCEPTED.replace('"opposes"', '"oposses"'), "corrected.jsonl, line 1 can.t be read: .*oposses"),
        (ACCEPTED, ACCEPTED.replace('"start":0', '"start":1'), "corrected.jsonl, line 1 can.t be read"),
        (ACCEPTED, f"{ACCEPTED}\n{ACCEPTED[:-9]}", "the last line is incomplete"),
        (ACCEPTED, "", "corrected.jsonl has no outcomes: it is empty"),
        (ACCEPTED, OTHER_VERSION, "has schema version '9'"),
        (ACCEPTED, OTHERS, "has summaries of articles that"),
        (ACCEPTED, PLAIN, "has no corrections: it is another file of summaries"),
    ],
    ids=["empty", "version", "missing", "value", "evidence", "torn", "emptied", "its version", "others", "plain"],
)  # fmt: skip
def test_a_file_that_can_t_be_reviewed_is_named_and_left_alone(
    source: Path, output: Path, given: str | None, corrected: str | None, message: str
) -> None:
    """Edited by hand and broken, empty, of another version, of other articles."""
    source.unlink()
    for path, text in ((source, given), (output, corrected)):
        if text is not None:
            path.write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in source.parent.iterdir()}
    with pytest.raises(SettingsError, match=message):
        CorrectedFile(source, output)
    assert {path: path.read_bytes() for path in source.parent.iterdir()} == before


def test_what_is_reviewed_is_never_the_corrected_file(source: Path) -> None:
    """The model's answers stay as they are."""
    with pytest.raises(SettingsError, match="stays as it is: name another file"):
        CorrectedFile(source, source)


def test_a_file_that_is_edited_during_the_review_is_not_overwritten(
    desk: Desk, output: Path
) -> None:
    """The reader is told, and the review still has what it had."""
    change(desk, "accept", statement=POSITION)
    edited = output.read_bytes() + b"\n"
    output.write_bytes(edited)
    with pytest.raises(SettingsError, match="changed by another program"):
        edit(desk, THREAT, means="cyber")
    assert output.read_bytes() == edited
    assert desk.state(0).revision == 1


def test_two_reviews_can_t_write_one_file(desk: Desk, source: Path, output: Path) -> None:
    """The second is refused until the first has ended; nothing is written after the end."""
    with pytest.raises(SettingsError, match="another review is writing"):
        CorrectedFile(source, output)
    desk.close()
    with pytest.raises(SettingsError, match="has ended"):
        change(desk, "accept", statement=POSITION)
    CorrectedFile(source, output).close()
    assert sorted(path.name for path in source.parent.iterdir()) == ["out.jsonl"]


def test_a_full_disk_loses_nothing(
    desk: Desk, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that can't be written is not made."""
    change(desk, "accept", statement=POSITION)
    before = output.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("communique.review.corrected_file.replace", fail)
    with pytest.raises(SettingsError, match="No space left on device"):
        edit(desk, THREAT, means="cyber")
    assert output.read_bytes() == before
    assert desk.state(0).summary.threats[0].means == "military"
    assert desk.state(0).revision == 1


def test_repeated_articles_are_told_apart(tmp_path: Path) -> None:
    """Two rows with the same text have corrections of their own."""
    summary = samples.long_article()
    source = write(tmp_path / "out.jsonl", summary, summary)
    desk = Desk(CorrectedFile(source, tmp_path / "c.jsonl"))
    change(desk, "reject", place=1, statement=THREAT)
    desk.close()
    desk = Desk(CorrectedFile(source, tmp_path / "c.jsonl"))
    assert len(desk.state(0).summary.threats) == 1
    assert not desk.state(1).summary.threats
    desk.close()


def test_an_id_that_was_removed_is_not_given_again(desk: Desk) -> None:
    """The record of corrections names it."""
    change(desk, "reject", statement=THREAT)
    fields = {"actor": "Ulmia", "on_behalf_of": None, "target": "Ruritania", "action": "wait",
              "trigger": None, "means": "other", "attribution": "reported"}  # fmt: skip
    change(desk, "add", kind="threat", fields=fields, spans=[(0, 5)])
    assert [each.id for each in desk.state(0).summary.threats] == ["threat-2"]


def test_an_article_with_windows_line_ends_keeps_its_offsets(tmp_path: Path) -> None:
    """The page counts a line end as one character, the article as two."""
    text = "Talks began.\r\n\r\nRuritania opposes the dam.\r\nUlmia waits."
    summary = builders.summary_of(Article(text=text))
    source = write(tmp_path / "out.jsonl", summary)
    desk = Desk(CorrectedFile(source, tmp_path / "c.jsonl"))
    at = one_line_ends(text).index("Ulmia")
    fields = {"actor": "Ulmia", "on_behalf_of": None, "issue": "it", "stance": "undecided",
              "attribution": "reported"}  # fmt: skip
    change(desk, "add", kind="position", fields=fields, spans=[(at, at + 5)])
    assert desk.state(0).summary.positions[0].evidence[0].text == "Ulmia waits."
    desk.close()
