"""The data and the scripts that fit the weights in ``communique_weights``; it is not shipped.

Each step is a module to run in a clone. The embedded model's adapter: ``python -m
communique_training.fit_adapter``. The choice of sentences: ``…fit english``, then
``…fit_encoder``, then ``…weigh``; for other languages ``…fit multilingual``, ``…embed`` and
``…fit_probe``. CONTRIBUTING.md lists the requirements of each.
"""
