"""Check what the embedded model found in the sample: `.ci/run` runs this."""

import json
import sys
from pathlib import Path

from communique import Summary

text = Path("seeds/putin-vladivostok/article.txt").read_bytes().decode()
written = Path(sys.argv[1]).read_text(encoding="utf-8")
summary = Summary.model_validate_json(written)

spans = 0
for statement in json.loads(written)["positions"] + [
    *json.loads(written)["conditions"],
    *json.loads(written)["threats"],
    *json.loads(written)["agreements"],
]:
    for span in statement["evidence"]:
        assert text[span["start"] : span["end"]] == span["text"], span
        spans += 1
assert spans, "no statement at all"

assert any(
    "Putin" in threat.actor and any("legitimate targets" in span.text for span in threat.evidence)
    for threat in summary.threats
), summary.threats
assert any(
    position.stance == "opposes" and "NATO" in position.issue for position in summary.positions
), summary.positions

origin = summary.provenance
print(
    f"{len(summary.statements)} statements, {spans} exact spans; {origin.model}, prompt "
    f"{origin.prompt_version}: {origin.seconds} s, of which the model {origin.model_seconds} s; "
    f"{origin.usage.output_tokens} tokens out"
)
