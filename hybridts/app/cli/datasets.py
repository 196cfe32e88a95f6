"""`hybridts datasets`: list small data sets of installed packages."""

from __future__ import annotations

import json

from hybridts.app.cli.console import Json, result


def datasets(as_json: Json = False) -> None:
    """List small data sets of installed packages; use one as dataset:NAME."""
    from hybridts.data.datasets import available

    rows = available()
    if as_json:
        result(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1, default=str))
        return
    for row in rows:
        result(f"{row.name:<14} {row.shape:<46} horizon {row.horizon:<4} {row.summary}")
