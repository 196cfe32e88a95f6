"""A served model answers as `predict` does; hostile and wrong requests are refused with a status and a sentence."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

import hybridts as ht
from hybridts.app.serving.application import application
from hybridts.app.serving.arrow_messages import is_compressed
from hybridts.app.serving.bodies import ARROW
from hybridts.app.serving.limits import Limits
from hybridts.app.serving.server import bound, is_loopback
from hybridts.errors import UserError
from tests.fakes.command_line import hybridts
from tests.fakes.frames import frame_of


@pytest.fixture(scope="module")
def model():
    return ht.model("MLP", settings={"Network": {"steps": 5, "window": 12}}).fit(frame_of((60, 60)), horizon=4, jobs=1)


@pytest.fixture(scope="module")
def client(model):
    return TestClient(application(model, Limits(body=200_000, seconds=30)))


def later(count=3, ids=("s0", "s1")):
    """Return rows after those of the fit."""
    ds = pd.date_range("2020-01-01", periods=count, freq="MS")
    parts = [pd.DataFrame({"unique_id": i, "ds": ds, "y": np.arange(count) + 100.0}) for i in ids]
    return pd.concat(parts, ignore_index=True)


def rows_of(frame):
    return json.loads(frame.to_json(orient="records", date_format="iso"))


def arrow_of(frame, **options):
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def table_of(answer):
    assert answer.status_code == 200, answer.text
    return pd.DataFrame(answer.json()["forecast"])


# -- answers --------------------------------------------------------------------------------------------------------
def test_without_a_body_it_forecasts_from_the_data_of_the_fit(client, model):
    answer = client.post("/forecast")
    table = table_of(answer)
    np.testing.assert_allclose(table["MLP"], model.predict()["MLP"], rtol=1e-12)
    assert table["ds"].iloc[0].startswith("2020-01-01") and answer.json()["model"] == "MLP"


def test_rows_as_json_columns_and_arrow_give_the_forecast_of_predict(client, model):
    frame = later()
    expected = model.predict(new_rows=frame)["MLP"]
    columns = {"unique_id": frame["unique_id"].tolist(), "ds": frame["ds"].astype(str).tolist()}
    columns["y"] = frame["y"].tolist()
    for body in ({"rows": rows_of(frame)}, rows_of(frame), {"rows": columns}):
        np.testing.assert_allclose(table_of(client.post("/forecast", json=body))["MLP"], expected, rtol=1e-12)
    headers = {"content-type": ARROW, "accept": ARROW}
    answer = client.post("/forecast?horizon=2", content=arrow_of(frame), headers=headers)
    assert answer.status_code == 200 and answer.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(answer.content).read_all()
    wanted = model.predict(new_rows=frame, horizon=2)
    assert table.to_pandas()["MLP"].tolist() == wanted["MLP"].tolist()
    assert json.loads(table.schema.metadata[b"notices"]) == []


def test_a_shorter_horizon_and_a_notice_are_passed_on(client):
    answer = client.post("/forecast", json={"horizon": 1})
    assert len(table_of(answer)) == 2
    unseen = later(count=20, ids=("new",))
    assert len(table_of(client.post("/forecast", json={"rows": rows_of(unseen)}))) == 4


def test_health_and_docs_tell_what_is_served(client):
    facts = client.get("/health").json()
    assert (facts["status"], facts["model"], facts["horizon"], facts["series"]) == ("ok", "MLP", 4, 2)
    page = client.get("/docs").text
    assert "POST /forecast" in page and "s0" in page
    assert "http://" not in page and "https://" not in page, "the page must work without a network"
    assert client.get("/openapi.json").json()["paths"]["/forecast"]


# -- refused --------------------------------------------------------------------------------------------------------
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "words"),
    [
        (b"{", JSON, 400, "not JSON"),
        (b"\xff\xfe{}", JSON, 400, "not UTF-8"),
        (b"[" * 100_000, JSON, 400, "nested"),
        (b"3", JSON, 422, "list of rows"),
        (b"[]", JSON, 422, "must not be empty"),
        (b'{"rows": "/etc/passwd"}', JSON, 422, "rows must be a list"),
        (b'{"future": "/etc/passwd"}', JSON, 422, "future must be a list"),
        (b'{"rows": [{"y": [1]}]}', JSON, 422, "row 1, column 'y' holds a list"),
        (b'{"rows": {"y": [1], "ds": []}}', JSON, 422, "different lengths"),
        (b'{"row": []}', JSON, 422, "unknown key 'row'"),
        (b'{"horizon": 5}', JSON, 422, "horizon"),
        (b'{"horizon": "x"}', JSON, 422, "horizon must be a number"),
        (b'{"levels": {"a": 1}}', JSON, 422, "levels must be a list"),
        (b'{"rows": [{"unique_id": "s0", "ds": "2021-01-01", "y": 1}]}', JSON, 422, "s0"),
        (b'{"rows": [{"unique_id": "s0", "ds": "no", "y": 1}]}', JSON, 422, "ds"),
        (b'{"rows": [{"a": 1}]}', JSON, 422, "column"),
        (b"a=1", {"content-type": "application/x-www-form-urlencoded"}, 415, "application/json"),
        (b"{}", {}, 415, "none was given"),
        (b"{}", {**JSON, "content-encoding": "gzip"}, 415, "content encoding"),
        (b"x" * 300_000, JSON, 413, "larger than 200,000 bytes"),
        (b"nonsense", {"content-type": ARROW}, 400, "no Arrow stream"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_body_that_cannot_be_used_is_refused_with_a_sentence(client, content, headers, status, words):
    answer = client.post("/forecast", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"] and "Traceback" not in answer.text


def test_damaged_and_compressed_arrow_streams_are_refused(client):
    frame = later()
    plain = arrow_of(frame)
    headers = {"content-type": ARROW}
    for codec in ("zstd", "lz4"):
        packed = arrow_of(frame, compression=codec)
        assert is_compressed(packed) and not is_compressed(plain)
        assert client.post("/forecast", content=packed, headers=headers).status_code == 415
    draw = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(plain[: int(draw.integers(1, len(plain)))] if draw.random() < 0.3 else plain)
        for at in draw.integers(0, len(broken), 3):
            broken[at] = int(draw.integers(0, 256))
        assert client.post("/forecast", content=bytes(broken), headers=headers).status_code in (200, 400, 413, 415, 422)


def test_unknown_addresses_and_methods_are_told(client):
    assert client.get("/nothing").status_code == 404
    answer = client.get("/forecast")
    assert answer.status_code == 405 and "/forecast (POST)" in answer.json()["error"]
    assert client.post("/forecast?steps=3").status_code == 422
    assert client.post("/forecast?horizon=x").status_code == 422


def test_a_slow_forecast_and_a_full_queue_are_told(model):
    class Slow:
        recipe, horizon, loaded, roles = model.recipe, 4, model.loaded, model.roles

        def predict(self, future=None, *, new_rows=None, horizon=None):
            time.sleep(0.6)

    served = application(Slow(), Limits(seconds=0.1, waiting=1))  # type: ignore[arg-type]
    slow = TestClient(served)
    answer = slow.post("/forecast")
    assert answer.status_code == 503 and "longer than 0.1 seconds" in answer.json()["error"]
    assert "wait already" in slow.post("/forecast").json()["error"]


def test_a_fault_of_a_model_is_500_without_its_code(model, caplog):
    class Broken:
        recipe, horizon, loaded, roles = model.recipe, 4, model.loaded, model.roles

        def predict(self, future=None, *, new_rows=None, horizon=None):
            raise ZeroDivisionError("secret")

    answer = TestClient(application(Broken())).post("/forecast")  # type: ignore[arg-type]
    assert answer.status_code == 500 and "ZeroDivisionError" in answer.text and "secret" not in answer.text


def test_a_foreign_host_name_is_refused_on_loopback(model):
    guarded = application(model, hosts=("localhost", "127.0.0.1"))
    assert TestClient(guarded, base_url="http://127.0.0.1:8000").get("/health").status_code == 200
    assert TestClient(guarded, base_url="http://evil.example").get("/health").status_code == 400


# -- the port -------------------------------------------------------------------------------------------------------
def test_a_port_in_use_and_a_wrong_one_are_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="is in use by another program"):
            bound("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UserError, match="between 0 and 65535"):
        bound("127.0.0.1", 70_000)
    with pytest.raises(UserError, match="no such address"):
        bound("no host", 8000)


@pytest.mark.parametrize(("host", "own"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)])
def test_loopback_is_this_machine(host, own):
    assert is_loopback(host) is own


def test_the_command_serves_a_saved_model(tmp_path):
    ht.model("SeasonalNaive").fit(frame_of((60,)), horizon=2, jobs=1).save(tmp_path / "m")
    wrong = hybridts("serve", tmp_path / "nothing")
    assert wrong.returncode == 2 and "nothing" in wrong.stderr
    command = [sys.executable, "-m", "hybridts", "serve", str(tmp_path / "m"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            asked = urllib.request.Request(f"{url}/forecast", b'{"horizon": 1}', {"content-type": "application/json"})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert len(json.load(answer)["forecast"]) == 1
        finally:
            server.terminate()
            server.communicate(timeout=30)


def test_the_example_of_the_page_is_answered():
    frame = frame_of((60, 60)).assign(promo=1.0, kind="x")
    roles = {"future": ["promo"], "static": ["kind"]}
    covered = ht.model("Naive").fit(frame, horizon=2, jobs=1, **roles)  # type: ignore[arg-type]
    page = TestClient(application(covered))
    text = page.get("/docs").text.partition('spellcheck="false">')[2].partition("</textarea>")[0]
    body = json.loads(text.replace("&quot;", '"'))
    assert body["rows"][0]["kind"] == "x" and len(body["future"]) == 2
    assert len(table_of(page.post("/forecast", json=body))) == 2


def test_intervals_are_passed_on_where_the_model_has_them():
    bounded = ht.model("Drift").fit(frame_of((60,)), horizon=2, levels=[80], jobs=1)
    page = TestClient(application(bounded))
    table = table_of(page.post("/forecast", json={"levels": [80]}))
    assert (table["Drift-lo-80"] <= table["Drift"]).all() and (table["Drift"] <= table["Drift-hi-80"]).all()
    for levels in ([180], []):
        assert page.post("/forecast", json={"levels": levels}).status_code == 422
    plain = TestClient(application(ht.model("Drift").fit(frame_of((60,)), horizon=2, jobs=1)))
    refused = plain.post("/forecast", json={"levels": [80]})
    assert refused.status_code == 422 and "without intervals" in refused.json()["error"]
