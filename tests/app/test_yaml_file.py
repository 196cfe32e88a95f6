"""A YAML file is read, or refused in one sentence: no tag, alias or depth ends in a traceback or fills the memory."""

from __future__ import annotations

import os

import pytest

from hybridts.app.study_file import read_config
from hybridts.app.yaml_file import read_yaml
from hybridts.errors import BadSetting, DataError, UserError

PLAIN = "data: dataset:lynx\nmodels: [Naive]\nhorizon: 2\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = {
    "not UTF-8": (PLAIN.encode() + "out: größe\n".encode("latin-1"), "byte 53 (line 4) is not UTF-8 text"),
    "an empty number": (b'horizon: !!int ""\n', "a value does not fit its tag"),
    "a word as truth": (b"float32: !!bool maybe\n", "a value does not fit its tag"),
    "a word as time": (b"out: !!timestamp x\n", "a value does not fit its tag"),
    "a word as number": (b"horizon: !!float x\n", "a value does not fit its tag"),
    "a base too high": (b"horizon: !!int 0x\n", "a value does not fit its tag"),
    "bad base64": (b"data: !!binary xx\n", "failed to decode base64 data"),
    "an object": (b"data: !!python/object:os.system x\n", "could not determine a constructor"),
    "an unknown tag": (b"data: !mine x\n", "could not determine a constructor"),
    "an alias in itself": (PLAIN.encode() + b"settings: &s\n  LSTM: *s\n", "the alias in line 4 contains itself"),
    "a list in itself": (b"data: &d [*d]\n", "the alias in line 1 contains itself"),
    "an unknown alias": (b"data: *nothing\n", "found undefined alias"),
    "a bomb": ((PLAIN + BOMB).encode(), "stands for more than 200,000 values"),
    "deep lists": (b"data: " + b"[" * 5000, "nested too deeply"),
    "rather deep lists": (b"data: " + b"[" * 100 + b"]" * 100, "nested deeper than 60 levels"),
    "deep mappings": (b"".join(b" " * k + b"a:\n" for k in range(200)), "nested deeper than 60 levels"),
    "a key twice": (PLAIN.encode() + b"horizon: 3\n", "the key 'horizon' occurs again in line 4"),
    "a control character": (b"a: \x07\n", "special characters are not allowed"),
    "zero bytes": (b"data: a\0b\n", "special characters are not allowed"),
    "a list as key": (b"? [a]\n: b\n", "found unhashable key"),
    "a wrong merge": (b"<<: 3\n", "expected a mapping or list of mappings"),
    "no mapping": (b"- a\n", "holds list, expected keys such as data, models, horizon"),
    "nothing": (b"", "holds NoneType, expected keys such as data, models, horizon"),
    "two documents": (b"a: 1\n---\nb: 2\n", "but found another document"),
    "too large": (b"# " + b"x" * (5 << 20), "larger than 4,194,304 bytes"),
    "an open bracket": (b"data: [my.csv\n", "expected ',' or ']'"),
    "a tab": (b"data:\n\tsource: x\n", "cannot start any token"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_files_that_are_no_study(tmp_path, kind):
    content, message = REFUSED[kind]
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_config(path)
    assert str(caught.value).startswith(str(path)) and message in str(caught.value)
    assert len(str(caught.value)) < 500


def test_an_hour_that_no_day_has_is_text(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: 2024-01-01 25:00:00\nb: 2024-01-01\n")
    assert read_yaml(path) == {"a": "2024-01-01 25:00:00", "b": "2024-01-01"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_studies_with_a_mark_of_their_encoding(tmp_path, encoding):
    path = tmp_path / "study.yaml"
    path.write_bytes((PLAIN + "out: größe\n").encode(encoding))
    assert read_config(path).out == "größe"


@pytest.mark.parametrize("source", ["x" * 5000, "a\0b", "x/" * 3000])
def test_a_path_that_the_system_cannot_hold_is_kept_for_the_reader_of_data(tmp_path, source):
    from hybridts.data.read import load

    path = tmp_path / "study.yaml"
    path.write_text(f"data: {source!r}\nmodels: [Naive]\nhorizon: 2\n".replace("\\x00", "\\0").replace("'", '"'))
    config = read_config(path)
    assert config.data.source == source
    with pytest.raises(DataError, match=r"cannot be opened|is not a path"):
        load(config.data.source)


def test_values_in_messages_are_cut(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(PLAIN + f"seed: {'x' * 100_000}\n")
    with pytest.raises(BadSetting) as caught:
        read_config(path)
    assert len(str(caught.value)) < 600


def test_a_pipe_and_a_folder_are_refused(tmp_path):
    os.mkfifo(tmp_path / "study.yaml")
    for path in (tmp_path / "study.yaml", tmp_path):
        with pytest.raises(UserError, match="is not a regular file"):
            read_config(path)


def test_options_of_reading_are_keys_of_the_data(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text('data: {source: x.csv, decimal: ",", dayfirst: true, header: 3}\nmodels: [Naive]\nhorizon: 2\n')
    arguments = read_config(path).arguments()
    assert arguments["reading"] == {"decimal": ",", "dayfirst": True, "header": 3}
    assert "decimal" not in arguments


@pytest.mark.parametrize(
    "models",
    ["\n  - Theta\n    - RF", "\n  - Theta\n      - RF\n  - Naive", " Theta,\n  Naive", "\n  - Theta -\n    RF"],
)
def test_a_text_over_two_lines_is_refused_with_both(tmp_path, models):
    path = tmp_path / "study.yaml"
    path.write_text(f"data: dataset:lynx\nhorizon: 2\nmodels:{models}\n")
    with pytest.raises(DataError, match=r"the value in line \d+ goes on in line \d+.*'Theta"):
        read_config(path)


def test_quoted_and_folded_texts_over_lines_are_read(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text('data: dataset:lynx\nhorizon: 2\nmodels: "Theta,\n  Naive"\nout: >-\n  a\n  b\n')
    config = read_config(path)
    assert (config.models, config.out) == ("Theta, Naive", "a b")
