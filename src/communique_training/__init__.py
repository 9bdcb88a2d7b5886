"""The scripts that fit the weights in ``communique_weights``; this package is not shipped.

Each step is a module to run in a clone: ``python -m communique_training.fit english``, then
``…fit_encoder``, then ``…weigh``; for other languages ``…fit multilingual``, ``…embed`` and
``…fit_probe``. CONTRIBUTING.md lists the requirements of each.
"""
