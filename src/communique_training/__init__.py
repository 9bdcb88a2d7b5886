"""How the weights of ``communique_weights`` were fitted; no part of what is shipped.

Each step is a module to be run in a clone: ``python -m communique_training.fit english``, then
``…fit_encoder``, then ``…weigh``; for the other languages ``…fit multilingual``, ``…embed`` and
``…fit_probe``. CONTRIBUTING.md says what each needs.
"""
