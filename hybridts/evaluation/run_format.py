"""The run directory: everything about one backtest, in files that open without hybridts.

    RUN/
      config.yaml          the resolved study
      manifest.json        format and package versions, seed, data fingerprint, windows, models, notices, and of
                           every table below its rows, bytes and blake2b checksum; written last: it vouches for them
      forecasts.parquet    model, window, unique_id, ds, cutoff, step, y, yhat; a row group per window and model
      metrics.parquet      model, window, unique_id and every metric; one row per cell that the model answered
      cells.parquet        window, unique_id, cutoff, length, mase_scale, rmsse_scale
      failures.parquet     model, stage, window, unique_id, error, message, traceback
      stages.parquet       key, stage, kind, window, seconds, reused, status, names, notes (JSON)
      stages/              finished stages, content-addressed; with `--store DIR` they lie in DIR, shared by runs
        FORMAT             the format version of this folder, a number
        KEY.npz            what one finished stage answered: named arrays (numpy.load reads them)
        KEY.json           what it is and notes, with the blake2b checksums of the arrays and of itself; written last
        LINEAGE.KEY.series empty: KEY fits each series alone, and LINEAGE hashes its settings and code, so that a run
                           on other series finds those it has in common

RUN and DIR are local folders or URLs that fsspec knows (s3://bucket/run, memory://run). Local files are written
beside their place and renamed, objects are put in one piece: a killed run leaves whole files only. Two processes may
write one DIR: equal keys hold equal bytes, whoever is last. Tables of a run appear all together or not at all.

Text columns model and unique_id are dictionary-encoded; windows and steps are int32; a missing actual is null.
The checksum of a table is `hashlib.blake2b(bytes, digest_size=16)`.

Format 2 (this one) added the checksums, FORMAT, metrics.parquet and dictionaries. Format 1 is still read. What is
newer than this package is refused before anything is written.
"""

from hybridts.engine.stage_store import FORMAT, StageResult, StageStore, open_stages
from hybridts.evaluation.run import EXTRA, TABLES, Run, Writing, load_run, refuse_newer, stored_run, writing
from hybridts.files import Place, Remote, must_write, place_of, whole_file, write_json

__all__ = [
    "EXTRA",
    "FORMAT",
    "TABLES",
    "Place",
    "Remote",
    "Run",
    "StageResult",
    "StageStore",
    "Writing",
    "load_run",
    "must_write",
    "open_stages",
    "place_of",
    "refuse_newer",
    "stored_run",
    "whole_file",
    "write_json",
    "writing",
]
