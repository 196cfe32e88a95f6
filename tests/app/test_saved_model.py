"""A fitted model is saved without pickle and loads to the same forecasts; anything else on disk ends in a sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import HuberRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import hybridts as ht
from hybridts.app.saved_model.codec import our_class
from hybridts.app.saved_model.files import read_files, write_files
from hybridts.data.read import Columns
from hybridts.errors import DataError, StoreError, UserError
from hybridts.names.catalog import default_registry
from hybridts.names.plugins import using
from hybridts.names.recipe import Settings
from tests.fakes.frames import frame_of

HERE = Path(__file__).parent
SMALL: Settings = {"Network": {"steps": 3, "window": 8}}


def forecasts(model):
    """Return the forecasts of a model as an array."""
    return model.predict().iloc[:, 2:].to_numpy()


def both(model, tmp_path):
    """Return the forecasts of a model, and those after saving and loading it."""
    return forecasts(model), forecasts(ht.load(model.save(tmp_path / "m")))


def with_columns(rows=80):
    """Return two monthly series with a known-future number, a text, a past and a static column."""
    rng = np.random.default_rng(0)
    frame = frame_of((rows, rows))
    frame["promo"] = rng.integers(0, 2, len(frame)).astype(float)
    frame["kind"] = np.where(rng.random(len(frame)) < 0.3, "feast", "plain")
    frame["heat"] = rng.normal(size=len(frame))
    frame["size"] = np.where(frame["unique_id"] == "s0", 1.0, 2.0)
    frame["y"] += 30 * frame["promo"]
    return frame


ROLES = Columns(future=("promo", "kind"), past=("heat",), static=("size",))


@pytest.fixture(scope="module")
def hybrid():
    """A hybrid with open gates, whose stages are a network, an ARIMA and trees."""
    settings: Settings = {**SMALL, "MLP": {"hidden": 8}, "XGBoost": {"trees": 5}, "Chain": {"gate": "open"}}
    return ht.model("MLP-ARIMA-XGBoost", settings).fit(frame_of((60, 50)), horizon=4, jobs=1)


@pytest.fixture
def saved(hybrid, tmp_path):
    """A saved model of one's own."""
    return hybrid.save(tmp_path / "saved")


@pytest.mark.parametrize("name", ["folder", "file.zip"])
def test_forecasts_are_the_same_after_loading_in_another_process(hybrid, tmp_path, name):
    path = hybrid.save(tmp_path / name)
    code = f"import hybridts as ht; print(ht.load({str(path)!r}).predict().iloc[:, 2].map(float.hex).to_list())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str([float.hex(v) for v in forecasts(hybrid)[:, 0]])


def test_a_loaded_model_has_notes_recipe_and_data_of_the_saved_one(hybrid, saved):
    loaded = ht.load(saved)
    assert loaded.recipe == hybrid.recipe
    assert loaded.notes == json.loads(json.dumps(hybrid.notes))
    assert loaded.loaded.panel.fingerprint == hybrid.loaded.panel.fingerprint
    assert loaded.roles == hybrid.roles
    assert (loaded.horizon, loaded.seed) == (4, 0)


def test_a_loaded_model_is_saved_again(hybrid, saved, tmp_path):
    assert np.array_equal(forecasts(ht.load(ht.load(saved).save(tmp_path / "again.zip"))), forecasts(hybrid))


def test_the_files_are_of_open_formats(saved):
    endings = {path.suffix for path in saved.iterdir()}
    assert endings == {".json", ".parquet", ".safetensors", ".ubj"}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("MLP", {"Network": {"steps": 3, "quantiles": [0.1, 0.9], "log": True}}),
        ("ARIMA", {"ARIMA": {"transform": "boxcox"}}),
        ("ARIMA-RF", {"RF": {"trees": 3}, "Chain": {"gate": "open", "combine": "multiplicative"}}),
        ("SVM", {"SVM": {"max_rows": 6000}}),
        ("MSTL", {"MSTL": {"rest": "Theta"}}),
        ("WindowAverage", {}),
    ],
)
def test_settings_that_change_what_is_fitted(tmp_path, name, settings):
    before, after = both(ht.model(name, settings).fit(frame_of((60, 60)), horizon=4, jobs=1), tmp_path)
    assert np.array_equal(before, after)


def test_a_support_vector_machine_on_many_rows(tmp_path):
    panel = ht.synthetic_panel(n_series=12, length=140, freq="MS", seed=0)
    model = ht.model("SVM", {"SVM": {"components": 20}}).fit(panel, horizon=4, jobs=1)
    before, after = both(model, tmp_path)
    assert "LandmarkMachine" in (tmp_path / "m" / "model.json").read_text()
    assert np.array_equal(before, after)


def test_a_network_over_a_grid(tmp_path):
    frame = frame_of((60, 60)).replace({"unique_id": {"s0": "r0c0", "s1": "r0c1"}})
    before, after = both(ht.model("CNN", {"Network": {"steps": 3, "grid": True}}).fit(frame, 4, jobs=1), tmp_path)
    assert np.array_equal(before, after)


@pytest.mark.parametrize("name", ["ARIMA", "VAR", "MLP", "RF"])
def test_covariates_and_categories(tmp_path, name):
    frame = with_columns()
    model = ht.model(name, SMALL if name == "MLP" else {}).fit(frame, 4, jobs=1, columns=ROLES)
    model.save(tmp_path / "m")
    ahead = pd.concat(
        [g.tail(4).assign(ds=g["ds"].tail(4) + pd.DateOffset(months=4)) for _, g in frame.groupby("unique_id")]
    )
    ahead = ahead[["unique_id", "ds", "promo", "kind"]]
    loaded = ht.load(tmp_path / "m")
    assert loaded.predict(ahead).equals(model.predict(ahead))
    assert loaded.loaded.panel.categories == {"kind": model.loaded.panel.categories["kind"]}


def test_integer_times_and_a_wide_table(tmp_path):
    frame = pd.DataFrame({"t": np.arange(60), "a": np.sin(np.arange(60.0)), "b": np.cos(np.arange(60.0))})
    model = ht.model("VAR").fit(frame, horizon=3, time="t", target=["a", "b"], jobs=1)
    assert ht.load(model.save(tmp_path / "m")).predict().equals(model.predict())


# -- classes of users ---------------------------------------------------------------------------------------------
class LastValue:
    """A plain forecaster, fitted again at every origin."""

    def fit(self, y):
        self.last = y[-1]

    def predict(self, h):
        return np.full(h, self.last)


class Shared:
    """A forecaster with the panel protocol and a state of its own."""

    def fit(self, panel, horizon, gap, seed):
        self.state = Levels({name: float(np.nanmean(panel.series(i))) for i, name in enumerate(panel.ids)}, (horizon,))
        return self

    def forecast(self, panel, origins):
        level = np.array([self.state.levels[panel.ids[i]] for i in origins.series])
        return np.repeat(level[:, None], self.state.shape[0], axis=1)


class Levels:
    """An object beside a registered class."""

    def __init__(self, levels, shape):
        self.levels, self.shape = levels, shape


class MeanOfRows:
    """A plain learner."""

    def fit(self, X, y):
        self.mean = y.mean()

    def predict(self, X):
        return np.full(len(X), self.mean)


class Opaque(MeanOfRows):
    """A learner that keeps a function."""

    def fit(self, X, y):
        super().fit(X, y)
        self.rule = lambda x: x


def scaled():
    """Return a regressor behind a scaler."""
    return make_pipeline(StandardScaler(), HuberRegressor())


def with_function():
    """Return a pipeline that holds a function of this module."""
    return make_pipeline(FunctionTransformer(abs_of), Ridge())


def abs_of(X):
    """Return absolute values."""
    return np.abs(X)


OPEN = {"Chain": {"gate": "open"}}


@pytest.mark.parametrize(
    ("register", "kind", "name"),
    [
        (ht.register_forecaster, LastValue, "Mine"),
        (ht.register_forecaster, Shared, "Mine"),
        (ht.register_learner, HuberRegressor, "Mine"),
        (ht.register_learner, scaled, "Drift-Mine"),
        (ht.register_learner, MeanOfRows, "Drift-Mine"),
    ],
)
def test_a_class_of_the_user_is_stored_by_reference_and_its_absence_is_told(
    own_registry, tmp_path, register, kind, name
):
    register("Mine", kind)
    model = ht.model(name, OPEN if "-" in name else {}).fit(frame_of((60, 60)), horizon=3, jobs=1)
    before, after = both(model, tmp_path)
    assert np.array_equal(before, after)
    if kind in (HuberRegressor, scaled):
        return  # the estimator is scikit-learn's: nothing of the user's is needed
    with using(default_registry()), pytest.raises(DataError, match=r"needs 'Mine', your class .*not registered here"):
        ht.load(tmp_path / "m")


def test_what_cannot_be_stored_without_pickle_is_named(own_registry, tmp_path):
    ht.register_learner("Opaque", Opaque)
    model = ht.model("Drift-Opaque", OPEN).fit(frame_of((60,)), horizon=3, jobs=1)
    with pytest.raises(UserError, match=r"\.rule is .*cannot be stored"):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_combo_needs_no_registration_to_be_opened(own_registry, tmp_path):
    ht.register("My-Combo", "Drift-RF", settings={"RF": {"trees": 3}})
    model = ht.model("(My-Combo) + Naive").fit(frame_of((60,)), horizon=3, jobs=1)
    path, before = model.save(tmp_path / "m"), forecasts(model)
    with using(default_registry()):
        assert np.array_equal(forecasts(ht.load(path)), before)


# -- models that are none -----------------------------------------------------------------------------------------
def test_a_damaged_file_is_named(saved):
    for name in ("arrays.safetensors", "data.parquet", "networks.safetensors"):
        data = bytearray((saved / name).read_bytes())
        (saved / name).write_bytes(bytes([*data[:-1], data[-1] ^ 1]))
        with pytest.raises(DataError, match=f"{name}' is damaged or was changed"):
            ht.load(saved)
        (saved / name).write_bytes(bytes(data))
    (saved / "data.parquet").unlink()
    with pytest.raises(DataError, match=r"'data\.parquet' of the model is missing"):
        ht.load(saved)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"what": "hybridts model"', "[" * 100_000])
def test_a_damaged_description_is_told(saved, text):
    (saved / "model.json").write_text(text)
    with pytest.raises(DataError, match=r"model\.json"):
        ht.load(saved)


def test_a_changed_description_is_told(saved):
    text = (saved / "model.json").read_text()
    (saved / "model.json").write_text(text.replace('"horizon": 4', '"horizon": 5', 1))
    with pytest.raises(DataError, match="damaged or was changed"):
        ht.load(saved)


def test_what_is_no_model_is_told(tmp_path):
    with pytest.raises(DataError, match="there is no model"):
        ht.load(tmp_path / "nothing")
    with pytest.raises(DataError, match=r"holds no model\.json"):
        ht.load(tmp_path)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(DataError, match="neither a folder nor"):
        ht.load(tmp_path / "text")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(DataError, match=r"holds no model\.json"):
        ht.load(tmp_path / "other.zip")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "model.json").write_text('{"layers": []}')
    with pytest.raises(DataError, match="something else"):
        ht.load(tmp_path / "other")


def rewritten(path, change):
    """Write a model again after a change of its description, with right checksums."""
    head, files = read_files(path)
    head = {k: v for k, v in head.items() if k not in ("files", "blake2b")}
    change(head)
    write_files(path, head, files)


def test_a_newer_format_is_refused_with_its_version(saved):
    rewritten(saved, lambda head: head.update(format=99, hybridts="7.0"))
    with pytest.raises(DataError, match=r"format 99, written by hybridts 7\.0.*Upgrade"):
        ht.load(saved)


HOSTILE = [
    {"$": "os:system", "command": "touch owned"},
    {"$": "models.statistical.theta:np", "x": 1},
    {"$": "models.custom.adapters:FittedPerOrigin", "kind": {"$": "component", "token": "Peter"}},
    {"$": "rule", "name": "hybridts.files:path_of"},
    {"$": "own", "token": "Peter", "class": "Popen", "state": {}},
    {"$": "estimator", "file": "data.parquet"},
    {"$": "booster", "file": "data.parquet"},
    {"$": "network", "at": "9", "blueprint": {"$": "models.neural.network:Blueprint"}},
    {"$": "same", "as": 77},
    {"$": "scalar", "dtype": "object", "value": 1},
    ["no", "stages"],
    {"forecast": 1},
]


@pytest.mark.parametrize("tree", HOSTILE)
def test_a_description_that_names_anything_else_than_stages_runs_nothing(saved, tree, monkeypatch):
    monkeypatch.setattr("os.system", lambda _: pytest.fail("it ran"))
    rewritten(saved, lambda head: head.update(fitted=tree))
    with pytest.raises(DataError, match="not a model that this hybridts can open"):
        ht.load(saved)


@pytest.mark.parametrize(
    "tag", ["app.api:Board", "errors:UserError", "models.protocols:Fitted", "models.settings:json"]
)
def test_only_dataclasses_of_models_are_made(tag):
    with pytest.raises(DataError, match="does not know"):
        our_class(tag)


def test_an_estimator_with_a_function_is_refused_when_it_is_saved(own_registry, tmp_path):
    ht.register_learner("Odd", with_function)
    model = ht.model("Drift-Odd", OPEN).fit(frame_of((60,)), horizon=3, jobs=1)
    with pytest.raises(UserError, match="would have to run on opening"):
        model.save(tmp_path / "m")


def test_a_model_replaces_a_model_and_nothing_else(hybrid, saved, tmp_path):
    hybrid.save(saved)
    hybrid.save(saved)
    assert np.array_equal(forecasts(ht.load(saved)), forecasts(hybrid))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not lose me")
    with pytest.raises(StoreError, match="folder with other files"):
        hybrid.save(tmp_path / "mine")
    (tmp_path / "thesis.zip").write_text("do not lose me")
    with pytest.raises(StoreError, match="holds no model"):
        hybrid.save(tmp_path / "thesis.zip")
    assert (tmp_path / "mine" / "thesis.txt").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


# -- models of earlier versions -----------------------------------------------------------------------------------
@pytest.mark.parametrize("path", sorted((HERE / "stored_models").glob("*.zip")), ids=lambda p: p.stem)
def test_a_model_stored_by_an_earlier_version_forecasts_as_it_did(path, tmp_path):
    stored = pd.read_json(path.with_suffix(".json"), convert_dates=["ds"])
    shutil.copy(path, tmp_path / path.name)
    found = ht.load(tmp_path / path.name).predict()
    assert list(found.columns) == list(stored.columns)
    assert found["ds"].to_list() == stored["ds"].to_list()
    # networks differ in the last digits between kinds of processors
    np.testing.assert_allclose(found.iloc[:, 2], stored.iloc[:, 2], rtol=1e-5)
