"""Archives on more than one machine: the articles of a Ray dataset, read by workers of a cluster.

This needs the extra ``ray``, on every machine. Each worker is an actor with a
`communique.Summarizer` of its own, which reads several articles at once. Ray Data moves articles
there and outcomes back; it replaces a worker that dies, and has what that had not finished read
again.

>>> import ray
>>> from communique import distributed
>>> articles = ray.data.read_parquet("s3://news/articles/")  # doctest: +SKIP
>>> outcomes = distributed.summarize(articles, model="openai/NAME", workers=4)  # doctest: +SKIP
>>> outcomes.write_parquet("s3://news/outcomes/", min_rows_per_file=10_000)  # doctest: +SKIP
"""

# pyright: reportUnknownVariableType=false
# Ray is an extra, which who checks types may not have.

from communique.distributed.ray_jobs import summarize, to_rows

__all__ = ["summarize", "to_rows"]
