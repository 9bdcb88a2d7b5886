"""A folder as a reader has it, and the models' recorded answers behind a server on this machine."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Request, Response

from builders import PATH
from communique import recording
from communique.models.servers import FixedServers

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

_FOLDERS = ("cassettes", "seeds")
_ARCHIVE = ("putin-vladivostok", "kelmet-ceasefire")


def _nothing(*_: object, **__: object) -> None:
    """Stands in for the download of the weights."""


@pytest.fixture(scope="session")
def recorded(repository: Path) -> dict[str, str]:
    """The answers: by the hash of the question, and to `v1`, whatever the model, by its last line."""
    found: dict[str, str] = {}
    folder = repository / "cassettes"
    for path in (folder / "recorded" / "sample-v1.json", *folder.glob("evaluations/*/*.json")):
        for each in json.loads(path.read_text(encoding="utf-8"))["interactions"]:
            asked = json.loads(each["request"]["body"])
            key = "question" if path.stem == "sample-v1" else "sha256"
            found[asked[key]] = each["response"]["body"]["string"]
    return found


@pytest.fixture
def as_a_reader(
    repository: Path,
    recorded: dict[str, str],
    httpserver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Change to a folder that has what a clone has, and an archive; answer from recordings.

    `local` is the embedded model that was recorded; so is whatever OpenAI is asked.
    """

    def answer(request: Request) -> Response:
        asked: dict[str, Any] = json.loads(recording._digest(request.data))
        reply = recorded.get(asked["sha256"]) or recorded.get(asked["question"])
        if reply is None:
            return Response(json.dumps({"error": {"message": f"not recorded: {asked}"}}), 400)
        return Response(reply, content_type="application/json")

    httpserver.expect_request(PATH, method="POST").respond_with_handler(answer)
    url = httpserver.url_for("/v1")
    monkeypatch.setattr("communique.models.local.LocalServers", lambda: FixedServers(url))
    monkeypatch.setattr("communique.local.pull", _nothing)
    for name, value in {
        "COMMUNIQUE_CACHE_DIR": str(tmp_path / "cache"),
        "COMMUNIQUE_MODEL": "local",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": url,
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in _FOLDERS:
        (folder / name).symlink_to(repository / name, target_is_directory=True)
    shutil.copytree(repository / "prompts", folder / "prompts")
    rows = [
        (repository / "seeds" / name / "article.txt").read_bytes().decode() for name in _ARCHIVE
    ]
    lines = [json.dumps({"text": text}) for text in rows]
    (folder / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(folder)
