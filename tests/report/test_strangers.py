"""A run directory is data: opening a stranger's run loads no plugin and executes nothing of it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from hybridts.errors import UserError
from hybridts.names.plugins import registry
from hybridts.names.registry import Combo, Text
from tests.fakes.stored_run import fake_run

pytestmark = pytest.mark.command


class Bomb:
    """Unpickling it makes a file."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_a_strangers_run_executes_nothing(tmp_path):
    run = fake_run(tmp_path / "run")
    replace(run, manifest={**run.manifest, "plugins": ["evil"], "config": {"plugins": ["evil.py"]}}).save()
    evil = "import os\nos.mkdir('exploded')\n"
    for place in (tmp_path, tmp_path / "run", tmp_path / "run" / "stages"):
        place.mkdir(exist_ok=True)
        for name in ("evil.py", "sitecustomize.py", "conftest.py", "hybridts.py"):
            (place / name).write_text(evil)
    (tmp_path / "run" / "config.yaml").write_text(
        "plugins: [evil.py]\nmodels: !!python/object/apply:os.mkdir [exploded]\ncombos: {X: {expression: ARIMA}}\n"
    )
    (tmp_path / "run" / "stages" / "KEY.json").write_text(json.dumps({"plugin": "evil"}))
    np.savez(tmp_path / "run" / "stages" / "KEY.npz", x=np.array([Bomb()], dtype=object))
    (tmp_path / "run" / "report.pkl").write_bytes(pickle.dumps(Bomb()))
    command = [sys.executable, "-P", "-m", "hybridts", "report", "run", "--out", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, env=_environment())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").exists() and not (tmp_path / "exploded").exists()


def _environment():
    """Return an environment that imports this package and nothing from the folder."""
    import hybridts

    package = os.path.dirname(os.path.dirname(hybridts.__file__))
    return {**os.environ, "PYTHONPATH": package}


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "\x1b[31mred", "ev\u202eil", "zero\u200bwidth", "line\u2028end"])
def test_a_combo_with_unseen_characters_is_refused_and_shown(name):
    with pytest.raises(UserError, match=r"cannot be a combo's name: it holds \\") as found:
        registry().add_combo(Combo(name, "ARIMA", {}, Text("", "")))
    assert str(found.value).isprintable()


def test_the_terminal_shows_escapes_of_a_runs_texts(tmp_path, capsys):
    from hybridts.app.cli.console import message

    message("series \x1b]0;title\x07 and \u202e\nnext [red]line[/red]")
    assert capsys.readouterr().err == "series \\x1b]0;title\\x07 and \\u202e\nnext [red]line[/red]\n"
