"""The leaderboard as plain text."""

from __future__ import annotations

import pytest

from hybridts.app.listing import REASON, board_text
from hybridts.evaluation.leaderboard import leaderboard
from hybridts.evaluation.metrics import METRICS
from tests.fakes.stored_run import Fake, fake_run


@pytest.mark.parametrize("metrics", [["bias"], ["sMAPE", "bias", "WAPE"], [*METRICS]])
def test_every_metric_that_was_asked_for_is_printed(metrics, tmp_path):
    run = fake_run(tmp_path / "r", Fake(extra={"metrics": metrics}))
    head = board_text(leaderboard(run)).splitlines()[0].split()
    expected = ["MASE", *(m for m in metrics if m != "MASE")]
    assert head[: 2 + len(expected)] == ["rank", "model", *expected]
    assert "MASE_median" not in head and head[-2:] == ["status", "reason"]


def test_a_long_reason_is_cut(tmp_path):
    table = leaderboard(fake_run(tmp_path / "r"))
    text = board_text(table.assign(reason="word " * 100))
    assert "word ..." in text and "word " * (REASON // 5) not in text
