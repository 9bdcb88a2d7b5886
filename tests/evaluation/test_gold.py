"""Gold files: what loads, and what each kind of mistake is answered with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from communique.errors import GoldError
from communique.evaluation import (
    check_gold,
    gold_sha256,
    load_all,
    load_gold,
    load_held_back,
    load_sound,
)

SEEDS = Path(__file__).parents[2] / "seeds"

TEXT = (
    "Ann Lee rejects the toll.\r\nNo one  spoke. “Pay by noon,” she said.\n"
    "No one  spoke. Rain fell.\n"
)

GOLD = """\
article: article.txt
language: en
origin: written for this test
statements:
  - kind: position
    actor: Ann Lee
    stance: opposes
    issue: the toll
    attribution: reported
    evidence:
      - "Ann Lee rejects the toll."
  - kind: condition
    actor: Ann Lee
    condition: payment
    outcome: null
    relation: only_if
    attribution: direct_quote
    evidence:
      - "“Pay by noon,” she said."
    optional: true
    note: it may be no demand
"""


def write(folder: Path, gold: str | bytes = GOLD, text: str | bytes = TEXT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("gold.yaml", gold), ("article.txt", text)):
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


def test_seeds_are_annotated_by_the_guide():
    """Every annotated article of the repository keeps the rules that can be checked."""
    assert check_gold(SEEDS) == []


def test_sample_says_what_the_project_promises_to_find():
    """The sample's gold has the statements that the sample is known for, with exact spans."""
    gold = load_gold(SEEDS / "putin-vladivostok")
    text = gold.article.text
    found = {}
    for item in gold.statements:
        statement = item.statement
        assert all(text[e.start : e.end] == e.text for e in statement.evidence)
        if not item.optional:
            found.setdefault(statement.kind, []).append(statement)
    (threat,) = found["threat"]
    assert (threat.actor, threat.means) == ("Vladimir Putin", "military")
    assert any("legitimate targets" in span.text for span in threat.evidence)
    stances = {item.issue: item.stance for item in found["position"]}
    assert stances["Ukraine joining NATO"] == "opposes"
    assert stances["Ukraine joining the European Union"] == "supports"
    (guarantees,) = found["agreement"]
    assert guarantees.parties[0] == "26 European countries"
    assert len(found["condition"]) >= 1


def test_gold_becomes_statements_with_spans(tmp_path):
    """Strings become spans of the text as it is in the file, line endings included."""
    gold = load_gold(write(tmp_path / "toll"))
    assert gold.slug == "toll"
    assert gold.article.text == TEXT
    assert gold.article.language == "en"
    position, condition = gold.statements
    assert (position.statement.id, condition.statement.id) == ("position-1", "condition-1")
    assert (position.optional, condition.optional) == (False, True)
    assert condition.note == "it may be no demand"
    (span,) = condition.statement.evidence
    assert (span.start, TEXT[span.start : span.end]) == (42, "“Pay by noon,” she said.")


AGREEMENT = """\
  - kind: agreement
    parties: [Ann Lee]
    on_behalf_of: {behalf}
    subject: the toll
    status: rejected
    attribution: reported
    evidence:
      - "Ann Lee rejects the toll."
"""


def test_an_agreement_speaks_for_nobody(tmp_path):
    """The guide lists the field for every kind: null is as good as leaving it out, a name is not."""
    (*_, item) = load_gold(write(tmp_path, GOLD + AGREEMENT.format(behalf="null"))).statements
    assert (item.statement.kind, item.statement.status) == ("agreement", "rejected")
    with pytest.raises(GoldError, match="on_behalf_of"):
        load_gold(write(tmp_path, GOLD + AGREEMENT.format(behalf="Ulmia")))


def test_gist_is_optional_and_scored(tmp_path):
    """Gold may say what the article is about; this is part of what the hash stands for."""
    plain = load_gold(write(tmp_path / "toll"))
    with_gist = load_gold(write(tmp_path / "toll", GOLD + "gist: Ann Lee rejects a toll.\n"))
    assert (plain.gist, with_gist.gist) == (None, "Ann Lee rejects a toll.")
    assert plain.sha256 != with_gist.sha256
    with pytest.raises(GoldError, match="gist: is blank"):
        load_gold(write(tmp_path / "toll", GOLD + 'gist: " "\n'))


def test_sound_articles_load_beside_broken_ones(tmp_path):
    """Each broken one is named with its own error."""
    write(tmp_path / "a")
    write(tmp_path / "b", GOLD.replace("opposes", "hates"))
    (tmp_path / "c").mkdir()
    articles, errors = load_sound(tmp_path)
    assert [item.slug for item in articles] == ["a"]
    assert list(errors) == ["b", "c"]
    assert "statement 1, stance" in str(errors["b"])
    assert "gold.yaml is missing" in str(errors["c"])


def test_a_space_that_the_article_lost_is_no_part_of_a_sentence(tmp_path):
    """Evidence ends where the sentence does, though the next one follows without a space."""
    text = "Ann Lee rejects the toll.Today’s vote showed it. “Pay by noon,” she said."
    item = load_gold(write(tmp_path / "toll", text=text)).statements[0]
    assert item.statement.evidence[0].text == "Ann Lee rejects the toll."


def test_an_article_is_no_folder_of_articles(tmp_path):
    """The folder that contains it is meant, and the error says so."""
    write(tmp_path)
    with pytest.raises(GoldError, match="is itself an article: name the folder that contains it"):
        load_sound(tmp_path)


def test_evidence_is_kept_in_article_order(tmp_path):
    """Evidence listed backwards comes out in article order, as in a summary."""
    lines = '- "“Pay by noon,” she said."\n      - "Ann Lee rejects the toll."'
    gold = GOLD.replace('- "Ann Lee rejects the toll."', lines)
    spans = load_gold(write(tmp_path / "toll", gold)).statements[0].statement.evidence
    assert [span.start for span in spans] == [0, 42]


@pytest.mark.parametrize(
    ("quote", "start"),
    [
        ("No one  spoke.", 27),
        ("No one  spoke. Rain fell.", 67),
        ("Ann Lee rejects the toll.\\r\\nNo one  spoke.", 0),
    ],
)
def test_repeated_evidence_is_taken_where_it_is_whole_sentences(tmp_path, quote, start):
    """Of several occurrences the first counts that is made of whole sentences."""
    gold = GOLD.replace("Ann Lee rejects the toll.", quote)
    item = load_gold(write(tmp_path / "toll", gold)).statements[0]
    assert item.statement.evidence[0].start == start


def test_occurrence_inside_a_sentence_is_passed_over(tmp_path):
    """A string that first occurs within a longer sentence means the later whole one."""
    gold = GOLD.replace("“Pay by noon,” she said.", "Rain fell.")
    text = "Ann Lee rejects the toll. Then Rain fell. Rain fell."
    statement = load_gold(write(tmp_path / "rain", gold, text)).statements[1].statement
    assert statement.evidence[0].start == 42


def test_nothing_to_find_is_gold_too(tmp_path):
    """An article without statements has an empty list."""
    head = GOLD.partition("statements:")[0]
    assert load_gold(write(tmp_path / "calm", head + "statements: []\n")).statements == ()


REPEATED = """\
  - kind: position
    actor: ann  lee
    stance: supports
    issue: The Toll
    attribution: reported
    evidence: ["Rain fell."]
"""


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("kind: position", "kind: [", ["line"]),
        ("issue: the toll", "issue: a\n    issue: b", ["line 9", "'issue'", "twice"]),
        ("language: en", "language: no", ["line 2", "'no'", "truth value", "quotes"]),
        ("actor: Ann Lee", "actor: on", ["line 6", "'on'", "quotes"]),
        ("issue: the toll", "issue: 2022-02-24", ["line 8", "a date"]),
        ("issue: the toll", "issue: 12:30", ["line 8", "'12:30'", "a number"]),
        ("issue: the toll", "issue: 1.5", ["line 8", "a number"]),
        ("    issue: the toll", "    on: the toll", ["line 8", "truth value"]),
        ("issue: the toll", "issue: true", ["statement 1, issue", "True"]),
        ("issue: the toll", "issue: !!binary aGk=", ["line 8", "binary"]),
        ("optional: true", "optional: yes", ["line 20", "true or false"]),
        ("optional: true", 'optional: "true"', ["statement 2, optional", "'true'"]),
        ("stance: opposes", "stance: hates", ["statement 1, stance", "'supports'", "'hates'"]),
        ("relation: only_if", "relation: null", ["statement 2, relation", "'only_if'", "None"]),
        ("relation: only_if", "relation: until", ["statement 2, relation", "only_if", "until"]),
        ("relation: only_if\n", "relation: after\n    mood: bad\n", ["statement 2, mood"]),
        ("    stance: opposes\n", "", ["statement 1, stance", "missing"]),
        ("kind: position", "kind: opinion", ["statement 1", "opinion", "position"]),
        ("attribution: reported", "attribution: said", ["statement 1, attribution"]),
        ("    outcome: null\n", "", ["statement 2, outcome", "missing", "null"]),
        ("issue: the toll", "issue: the toll\n    mood: bad", ["statement 1, mood"]),
        ("issue: the toll", 'issue: " "', ["statement 1, issue", "blank"]),
        ('- "Ann Lee rejects the toll."', "[]", ["statement 1, evidence", "empty list"]),
        ("origin: written for this test\n", "", ["origin", "missing"]),
        ("origin: written", "notes: []\norigin: written", ["notes", "empty list"]),
        ("article: article.txt", "article: ../a/article.txt", ["article", "same folder"]),
        ("article: article.txt", "article: other.txt", ["other.txt is missing"]),
        ("article: article.txt", "article: .", ["can't be read"]),
        (
            "“Pay by noon,” she said.",
            "'Pay by noon,' she said.",
            ["statement 2, evidence 1", "not in the article", "“Pay by noon,” she said."],
        ),
        ("“Pay by noon,” she said.", "Pay by noon,", ["statement 2", "whole sentences"]),
        ("“Pay by noon,” she said.", "“Pay by noon,” she said.\\nNo", ["whole sentences"]),
        (
            '- "Ann Lee rejects the toll."',
            '- "Rain fell."\n      - "No one  spoke. Rain fell."',
            ["statement 1, evidence 2", "overlaps"],
        ),
        (GOLD, GOLD + REPEATED, ["statement 3", "statement 1"]),
        (GOLD, "", ["must be a mapping"]),
        (GOLD, "[" * 500, ["gold.yaml"]),
        (GOLD, "a: \x07", ["gold.yaml"]),
        (GOLD, GOLD.encode("utf-16"), ["gold.yaml", "UTF-8"]),
    ],
)
def test_mistakes_are_named_with_file_and_place(tmp_path, old, new, parts):
    """Each mistake ends in a GoldError that names the file, the place and what is wrong."""
    broken = new if isinstance(new, bytes) else GOLD.replace(old, new, 1)
    assert broken != GOLD
    with pytest.raises(GoldError) as caught:
        load_gold(write(tmp_path / "toll", broken))
    message = str(caught.value)
    for part in ["toll", *parts]:
        assert part in message


@pytest.mark.parametrize(
    ("text", "part"),
    [(TEXT.encode("latin-1", "replace") + b"\xe9", "UTF-8"), (" \n", "empty"), ("a\0b", "NUL")],
)
def test_unreadable_article_is_named(tmp_path, text, part):
    """An article that can't be read is named with the reason."""
    with pytest.raises(GoldError, match=rf"article\.txt.*{part}"):
        load_gold(write(tmp_path / "toll", text=text))


def test_missing_folder_and_files_are_named(tmp_path):
    """What is missing is named, be it a folder, the gold or the articles."""
    with pytest.raises(GoldError, match="no gold folder"):
        load_gold(tmp_path / "nowhere")
    with pytest.raises(GoldError, match="no folder"):
        load_all(tmp_path / "nowhere")
    with pytest.raises(GoldError, match="has no annotated articles"):
        load_all(tmp_path)
    (tmp_path / "toll").mkdir()
    with pytest.raises(GoldError, match=r"toll.gold\.yaml is missing"):
        load_all(tmp_path)


def test_all_problems_are_listed_at_once(tmp_path):
    """Checking goes on after the first problem, within a file and between files."""
    broken = GOLD.replace("she said", "he said").replace("rejects", "hates")
    write(tmp_path / "a", broken)
    write(tmp_path / "b")
    write(tmp_path / "c", GOLD.replace("opposes", "hates"))
    problems = check_gold(tmp_path)
    assert [f"{Path(problem.split(': ')[0]).parent.name}" for problem in problems] == list("aac")


def test_articles_are_sorted_and_hidden_folders_ignored(tmp_path):
    """Articles come by name; loose files and hidden folders are none."""
    for name in ("b", "a", "c"):
        write(tmp_path / name)
    (tmp_path / ".cache").mkdir()
    (tmp_path / "README.md").write_text("notes")
    assert [gold.slug for gold in load_all(tmp_path)] == ["a", "b", "c"]


def test_hash_follows_meaning_and_not_layout(tmp_path):
    """The hash changes with what is scored, and not with comments, notes or order."""
    head, first, second = GOLD.split("  - kind")
    third = first.replace("issue: the toll", "issue: tolls")
    folder = write(tmp_path / "toll", f"{head}  - kind{first}  - kind{second}  - kind{third}")
    before = gold_sha256([load_gold(folder)])
    swapped = f"# a comment\n{head}  - kind{second}  - kind{third}  - kind{first}"
    write(folder, swapped.replace("it may be no demand", "as agreed"))
    assert gold_sha256([load_gold(folder)]) == before
    for old, new in (("optional: true", "optional: false"), ("the toll\n", "a toll\n")):
        write(folder, GOLD.replace(old, new))
        assert gold_sha256([load_gold(folder)]) != before
    write(folder, text=TEXT + "\n")
    assert gold_sha256([load_gold(folder)]) != before


def test_hash_of_a_set_depends_on_its_articles_only(tmp_path):
    """The order of articles does not matter to the set's hash; their names do."""
    a, b = load_gold(write(tmp_path / "a")), load_gold(write(tmp_path / "b"))
    assert gold_sha256([a, b]) == gold_sha256([b, a]) != gold_sha256([a])
    shutil.move(tmp_path / "b", tmp_path / "c")
    assert gold_sha256([a, load_gold(tmp_path / "c")]) != gold_sha256([a, b])


def test_the_held_back_list_names_articles(tmp_path: Path, repository: Path) -> None:
    """A third of the gold is held back; a name that is no article's is an error."""
    held_back = load_held_back(repository / "seeds")
    assert len(held_back) == len(load_all(repository / "seeds")) // 3
    assert load_held_back(tmp_path) == frozenset()
    (tmp_path / "held-back.txt").write_text("# why\nno-such-article\n")
    with pytest.raises(GoldError, match="no-such-article"):
        load_held_back(tmp_path)
