"""Progress lines and events show the state of a run correctly while it goes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

import hybridts as ht
from hybridts.app.events import EventFile
from hybridts.app.progress import Progress
from hybridts.engine.progress_state import Event
from hybridts.errors import UserError
from tests.fakes.frames import frame_of

LONG = "greedy(" + ", ".join(f"Model-{i}" for i in range(100)) + ")"


def record(stage="LSTM", status="done"):
    return {"key": "k1", "stage": stage, "kind": "neural", "status": status, "seconds": 1.25, "message": ""}


def first(note="3 distinct stages"):
    return Event(0, 3, 0.0, 10.0, None, 0, note)


class Terminal(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self):
        return True


def test_plain_lines_count_stages_and_failures(capsys, monkeypatch):
    now = iter([0.0, 0.0, 100.0, 130.0])
    monkeypatch.setattr("hybridts.app.progress.time.monotonic", lambda: next(now))
    with Progress() as progress:
        progress(first())
        progress(Event(1, 3, 2.0, 10.0, record(), 0))
        progress(Event(3, 3, 10.0, 10.0, record(LONG), 1))
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["3 distinct stages", "0/3 stages, time left unknown yet"]
    assert lines[2] == "1/3 stages, 0.6 a minute, about 7 min left, last: LSTM (1.2 s)"
    assert lines[3].startswith("3/3 stages, 1.4 a minute, 1 failed, last: greedy(Model-0, ")
    assert lines[3].endswith("… (1.2 s)")
    assert len(lines[3]) < 130


def test_lines_come_at_most_every_ten_seconds(capsys, monkeypatch):
    now = iter([0.0, 0.0, 1.0, 2.0, 12.0])
    monkeypatch.setattr("hybridts.app.progress.time.monotonic", lambda: next(now))
    with Progress() as progress:
        for done in range(4):
            progress(first() if not done else Event(done, 9, 1.0 * done, 9.0, record(), 0))
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_stored_stages_do_not_count_for_the_speed(capsys, monkeypatch):
    now = iter([0.0, 0.0, 10.0])
    monkeypatch.setattr("hybridts.app.progress.time.monotonic", lambda: next(now))
    with Progress() as progress:
        progress(Event(90, 100, 900.0, 1000.0, None, 0, "note"))
        progress(Event(91, 100, 910.0, 1000.0, record(), 0))
    assert "91/100 stages, 6.0 a minute, about 2 min left" in capsys.readouterr().err


def test_quiet_prints_nothing(capsys):
    with Progress(quiet=True) as progress:
        progress(first())
        progress(Event(3, 3, 10.0, 10.0, record(), 0))
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_one_live_line(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with Progress() as progress:
        progress(first())
        progress(Event(1, 3, 2.0, 10.0, record(), 0))
        assert progress.bar is not None
        assert [task.completed for task in progress.bar.tasks] == [1]
    assert screen.getvalue()


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_events_of_a_backtest_are_lines_that_a_program_reads(tmp_path):
    path = tmp_path / "events.jsonl"
    arguments: dict[str, Any] = {"models": ["Naive", "ARIMA"], "horizon": 2, "windows": 2, "baselines": "none"}
    with EventFile(path) as events:
        ht.backtest(frame_of((60, 60)), **arguments, jobs=1, out=tmp_path / "run", watch=events)
    start, *stages, end = read(path)
    assert (start["event"], start["total"], start["done"]) == ("start", 4, 0)
    assert [line["done"] for line in stages] == [1, 2, 3, 4]
    assert {line["stage"] for line in stages} == {"Naive", "ARIMA"}
    assert {"key", "kind", "status", "seconds", "total", "failed", "elapsed"} <= set(stages[0])
    assert (end["event"], end["status"], end["done"], end["failed"]) == ("end", "done", 4, 0)
    with EventFile(path) as events:
        ht.backtest(frame_of((60, 60)), **arguments, jobs=1, out=tmp_path / "run", watch=events)
    assert [line["event"] for line in read(path)[-2:]] == ["start", "end"]
    assert read(path)[-2]["done"] == 4


@pytest.mark.parametrize(("cause", "status"), [(KeyboardInterrupt(), "stopped"), (ValueError("no luck"), "error")])
def test_events_end_with_how_the_run_ended(tmp_path, cause, status):
    path = tmp_path / "events.jsonl"
    with pytest.raises(type(cause)), EventFile(path) as events:
        events(first())
        raise cause
    assert read(path)[-1]["status"] == status
    assert read(path)[-1].get("message") == (str(cause) or None)


def test_events_that_cannot_be_written_are_refused_before_the_run(tmp_path):
    with pytest.raises(UserError, match=r"events cannot be written to .*: Is a directory\. Give another file"):
        EventFile(tmp_path).__enter__()
