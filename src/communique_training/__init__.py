"""The data and the scripts that train the adapter in ``communique_weights``; it is not shipped.

``python -m communique_training.fit_adapter``, in a clone, does all of it. CONTRIBUTING.md lists
the requirements.
"""
