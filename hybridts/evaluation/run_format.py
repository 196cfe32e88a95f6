"""The run directory: everything about one backtest, in files that open without hybridts.

    RUN/
      config.yaml          the study with every default filled in
      manifest.json        format and package versions, seed, data fingerprint, windows, models, notices, and rows,
                           bytes and blake2b checksum of every table below and of config.yaml; its own checksum; written
                           last
      forecasts.parquet    model, window, unique_id, ds, cutoff, step, y, yhat, and q0.1, q0.9 ... where levels
                           are asked for or a name forecasts quantiles; a row group per window and model
      metrics.parquet      model, window, unique_id and every metric but OWA, which needs all cells (those of users if
                           the study has them); one row per cell that the model answered
      cells.parquet        window, unique_id, cutoff, length, mase_scale, rmsse_scale, last (last known value), and
                           with OWA naive2_smape, naive2_mase
      failures.parquet     model, stage, window, unique_id, error, message, traceback
      stages.parquet       key, stage, kind, window, seconds, reused, status, names, notes (JSON)
      stages/              finished stages, content-addressed; with `--store DIR` they are in DIR, shared by runs
        FORMAT             the format version of this folder, a number
        KEY.npz            the output of one finished stage: named arrays (numpy.load reads them)
        KEY.json           facts and notes of the stage, checksums of the arrays and of itself; written last
        LINEAGE.KEY.series empty: stage KEY fits each series alone, and LINEAGE hashes its settings and code, so that a
                           run on other series finds the series that both have

Times (ds, cutoff) are in the time zone of the user's data, or have none where those have none.

A *cell* is one series in one backtest window. RUN and DIR are local folders or URLs that fsspec can open
(s3://bucket/run, memory://run). A local file is written under a temporary name and renamed, an object is uploaded in
one request: after a crash every file is complete or absent. Two processes may write one DIR, because equal keys have
equal bytes. The tables of a run appear all together or not at all.

Text columns model and unique_id are dictionary-encoded; windows and steps are int32; a missing actual is null.
The checksum of a table is `hashlib.blake2b(bytes, digest_size=16)`.

That of JSON is one of its content: `blake2b` of the manifest covers all its other keys (`engine.checked_json`).

A run is data: it is checked against a schema when it is read (`manifest_check`, `table_check`), a stage against the
task that wants it (`engine.stage_check`). Files that hybridts did not write are ignored, with a notice if they are in
stages/; only regular files are read.

Format 2 (the current one) added the checksums, FORMAT, metrics.parquet and dictionaries. Format 1, and manifests of
format 2 without a checksum of their own, are still read, with a notice. A newer format is refused before anything is
written.
"""

from __future__ import annotations

#: The tables that `hybridts` reads again, as NAME.parquet.
TABLES = ("forecasts", "cells", "failures", "stages")
#: Tables written for readers without hybridts.
EXTRA = ("metrics",)
#: Columns of forecasts that repeat few texts.
TEXTS = ("model", "unique_id")
MANIFEST = "manifest.json"
#: The study of a run with every default filled in.
CONFIG = "config.yaml"
