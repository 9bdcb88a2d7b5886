"""Archives through a provider's batch API: answered within a day, at half the price.

The way of an article: its question is recorded instead of asked (``question_rows.py``) and written
to a shard (``shards.py``) in the state folder (``store.py``); the shard is submitted, watched and
collected (``at_server.py``); its answers are found in the files of the batch
(``answer_lines.py``), and read as those of ordinary requests are (``reading.py``). `ProviderBatch`
(``provider_runner.py``) does one after the other, and resumes where it stopped.
"""

from __future__ import annotations

from communique.provider_batch.provider_runner import ProviderBatch
from communique.provider_batch.status import Status, Totals

__all__ = ["ProviderBatch", "Status", "Totals"]
