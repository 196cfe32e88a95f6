"""Runs and stages on an S3-compatible server, written by several processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hybridts as ht
from hybridts.errors import StoreError
from tests.fakes.runs import run, same

s3fs = pytest.importorskip("s3fs")
pytest.importorskip("moto")

SERVER = """
import contextlib, sys, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
with contextlib.redirect_stdout(sys.stderr):
    server.start()
print(server.get_host_and_port()[1], flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def server():
    """Start a server on a free port; return its URL."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as moto:
        try:
            assert moto.stdout is not None
            yield f"http://127.0.0.1:{moto.stdout.readline().strip()}"
        finally:
            moto.kill()


@pytest.fixture
def bucket(server, monkeypatch):
    """Make an empty bucket; environment variables hold its address for s3fs, here and in workers."""
    settings = {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem(use_listings_cache=False)
    fs.mkdir("hybridts")
    yield "s3://hybridts"
    fs.rm("hybridts", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A local run to compare with."""
    return run(out=tmp_path_factory.mktemp("kept") / "run")


def test_a_run_in_a_bucket_is_like_a_local_one(kept, bucket, tmp_path):
    board = run(out=f"{bucket}/run", store=f"{bucket}/shared")
    assert same(board, kept)
    assert same(ht.load_board(f"{bucket}/run"), kept)
    local = run(out=tmp_path / "run", store=f"{bucket}/shared")
    assert local.run.stages["reused"].all() and same(local, kept)


def test_damage_in_a_bucket_is_named(kept, bucket):
    run(out=f"{bucket}/run")
    fs = s3fs.S3FileSystem(use_listings_cache=False)
    for pattern in ("stages/*.npz", "cells.parquet"):
        victim = fs.glob(f"hybridts/run/{pattern}")[0]
        fs.pipe_file(victim, fs.cat_file(victim)[:-10])
    with pytest.raises(StoreError, match=r"s3://hybridts/run/cells\.parquet is damaged"):
        ht.load_board(f"{bucket}/run")
    board = run(out=f"{bucket}/run")
    assert (~board.run.stages["reused"]).sum() == 1 and same(ht.load_board(f"{bucket}/run"), kept)


def test_workers_write_into_a_bucket(kept, bucket, monkeypatch):
    monkeypatch.setattr("hybridts.engine.run_plan.WORTH_WORKERS", 0.0)
    assert same(run(out=f"{bucket}/run", jobs=2), kept)


def test_a_bucket_that_does_not_exist_is_refused(bucket):
    with pytest.raises(StoreError, match=r"s3://elsewhere/run cannot be written"):
        run(out="s3://elsewhere/run")
