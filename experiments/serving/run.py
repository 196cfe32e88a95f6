"""Latency and throughput of `hybridts serve`: three names, requests of 1 and of 100 series, one client and four.

    python -m experiments.serving.run

Fits each name on 100 made monthly series, saves it, starts the server in a process of its own, and sends the next 12
rows of the series. Prints a table in Markdown.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

import hybridts as ht

NAMES = ("MLP", "CNN-LSTM-XGBoost", "Auto-SARIMA")
SERIES, ROWS, NEW, HORIZON = 100, 96, 12, 12
#: Series of a request -> requests of one client.
REQUESTS = {1: 60, 100: 15}
CLIENTS = 4


def frames():
    """Return the rows of the fit and the rows after them."""
    parts = [[], []]
    for i in range(SERIES):
        panel = ht.synthetic_panel(n_series=1, length=ROWS + NEW, freq="MS", seed=i)
        ds = pd.date_range("2015-01-01", periods=ROWS + NEW, freq="MS")
        whole = pd.DataFrame({"unique_id": f"s{i:03}", "ds": ds, "y": panel.series(0)})
        parts[0].append(whole.iloc[:ROWS])
        parts[1].append(whole.iloc[ROWS:])
    return tuple(pd.concat(part, ignore_index=True) for part in parts)


def ask(url, body, count, seconds):
    """Send a body `count` times over one connection; add the seconds of each answer."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=120)
    for _ in range(count):
        start = time.perf_counter()
        connection.request("POST", "/forecast", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        seconds.append(time.perf_counter() - start)


def measured(url, later, count):
    """Return median and 95th percentile in ms of one client, and forecasts a second of four."""
    some = later[later["unique_id"] < f"s{count:03}"]
    body = json.dumps({"rows": json.loads(some.to_json(orient="records", date_format="iso"))}).encode()
    ask(url, body, 3, [])
    alone: list[float] = []
    ask(url, body, REQUESTS[count], alone)
    together: list[float] = []
    start = time.perf_counter()
    clients = [threading.Thread(target=ask, args=(url, body, REQUESTS[count], together)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    rate = len(together) / (time.perf_counter() - start)
    return 1e3 * statistics.median(alone), 1e3 * statistics.quantiles(alone, n=20)[-1], rate, rate * count


def main():
    """Measure all names."""
    fit, later = frames()
    print("| name | series a request | median ms | 95 % ms | requests a second, four clients | series a second |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            ht.model(name).fit(fit, horizon=HORIZON, jobs=1).save(path)
            command = [sys.executable, "-m", "hybridts", "serve", str(path), "--port", "0"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
                try:
                    assert server.stdout is not None
                    url = server.stdout.readline().strip()
                    for count in REQUESTS:
                        median, slow, rate, series = measured(url, later, count)
                        print(
                            f"| {name} | {count} | {median:.1f} | {slow:.1f} | {rate:.1f} | {series:.0f} |", flush=True
                        )
                finally:
                    server.terminate()


if __name__ == "__main__":
    main()
