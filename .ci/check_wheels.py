"""Check what the wheels hold, and how large they are: `.ci/run` runs this with their folder."""

import sys
import zipfile
from pathlib import Path

MOST_BYTES = 800_000
"""The library's wheel; weights have one of their own."""

folder = Path(sys.argv[1])
(library,) = folder.glob("communique-[0-9]*.whl")
(weights,) = folder.glob("communique_weights-*.whl")


def tops(wheel: Path) -> set[str]:
    """Return the names at the wheel's top, without its metadata."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name.partition("/")[0] for name in names if ".dist-info/" not in name}


assert library.stat().st_size <= MOST_BYTES, library.stat().st_size
assert tops(library) == {"communique"}, tops(library)
assert tops(weights) == {"communique_weights"}, tops(weights)

names = zipfile.ZipFile(library).namelist()
assert "communique/_prompts/lock.toml" in names
assert not [name for name in names if name.startswith("communique/_prompts/evaluations")]
for name in ("base.html.jinja", "reader.js", "reader.css"):
    assert f"communique/templates/{name}" in names, "pages are made of it"
assert not [name for name in names if name.endswith((".bin", ".gguf", ".jsonl"))]
assert "communique_weights/manifest.toml" in zipfile.ZipFile(weights).namelist()
licences = {name.rpartition("/")[2] for name in zipfile.ZipFile(weights).namelist()}
assert {"LICENSE", "NOTICE"} <= licences, "what was changed must be said where it is carried"
assert not list(folder.glob("communique_training*")), "training is not shipped"

for wheel in (library, weights):
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB")
