"""Names: a text such as ``CNN-LSTM-XGBoost`` becomes a recipe, a tree of stages with settings, and is explained.

In reading order: `recipe.py` (the tree), `registry.py` (components and combos), `grammar.py` (a text becomes a tree),
`settings.py` (settings are put into a tree), `catalog/` (the published names), `build.py` (a stage becomes a model),
`code_fingerprint.py` (hashes of code for the keys of stages), `plugins/` (names that users add), `explain/`.
"""
