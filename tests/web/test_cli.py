"""The command line: answers, exit codes, and one clear message for whatever goes wrong."""

from __future__ import annotations

import csv
import json
import shutil
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from flask import Flask, request

from matcher.__main__ import main as library
from tests.conftest import Databases
from web import create_app
from web.cli import main as kakehashi
from web.cli.serving import make_server
from web.config import Settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "instance"
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
    return folder


@pytest.fixture
def run(own_folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    assert not own_folder.exists()

    def call(*arguments: str, command: Callable[..., int] = kakehashi) -> tuple[int, str, str]:
        capsys.readouterr()
        code = command(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def loaded(run: Run, own_folder: Path, instance: Path, databases: Databases) -> Run:
    databases.copy(instance / "as-loaded", own_folder)
    return run


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """A copy of three organisations that a test may spoil."""
    folder = tmp_path / "data"
    with as_file(files("matcher.data")) as shipped:
        for name in ("jp/rapidus", "ca/tenstorrent", "ca/kinova"):
            target = folder / "profiles" / f"{name}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(shipped / "profiles" / f"{name}.json", target)
    return folder


@pytest.mark.parametrize("command", [["rank", "Rapidus"], ["search", "fuel cell"], ["evaluate"], ["load"]])
def test_without_a_database_says_what_to_run(run: Run, command: list[str]) -> None:
    code, out, err = run(*command)
    assert (code, out) == (3, "")
    assert "kakehashi db upgrade && kakehashi load" in err


def test_an_empty_database_says_what_to_run(run: Run) -> None:
    run("db", "upgrade")
    code, _, err = run("rank", "Rapidus")
    assert code == 3
    assert "kakehashi load" in err


def test_an_unknown_name_suggests_near_ones(loaded: Run) -> None:
    code, out, err = loaded("rank", "Rapidos")
    assert (code, out) == (1, "")
    assert err.startswith("error: no organisation named 'Rapidos'; did you mean Rapidus")


def test_a_name_like_no_other_is_refused_without_a_guess(loaded: Run) -> None:
    assert loaded("rank", "qqqqqqqqqqqq")[2] == "error: no organisation named 'qqqqqqqqqqqq'\n"


@pytest.mark.parametrize(("text", "why"), [("   ", "empty"), ("x" * 10_000, "10000 characters")])
def test_a_search_that_cannot_be_answered_says_why(loaded: Run, text: str, why: str) -> None:
    code, _, err = loaded("search", text)
    assert code == 1
    assert why in err


def test_an_unsupported_language_names_those_there_are(loaded: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        loaded("rank", "Rapidus", "--lang", "de")
    assert stopped.value.code == 2
    assert "en, fr, ja" in capsys.readouterr().err.replace("'", "")


def test_an_unknown_field_names_those_there_are(loaded: Run) -> None:
    code, _, err = loaded("rank", "Rapidus", "--field", "alchemy")
    assert code == 1
    assert "semiconductors" in err


def test_loading_twice_changes_nothing(loaded: Run) -> None:
    counts = json.loads(loaded("load", "--json")[1])
    assert counts["added"] == counts["updated"] == 0
    assert counts["unchanged"] > 100


def test_a_changed_file_is_an_update(loaded: Run, data_folder: Path) -> None:
    path = data_folder / "profiles/jp/rapidus.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["founded"] = 1999
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    assert json.loads(loaded("load", str(data_folder), "--json")[1]) == {
        "added": 0, "updated": 1, "unchanged": 2, "kept": [],
    }  # fmt: skip


@pytest.mark.parametrize("command", ["check", "load"])
def test_faulty_data_names_file_line_and_field_and_loads_nothing(run: Run, data_folder: Path, command: str) -> None:
    path = data_folder / "profiles/ca/kinova.json"
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(i for i, text in enumerate(lines) if '"kind"' in text)
    lines[line] = '  "kind": "factory",'
    path.write_text("\n".join(lines), encoding="utf-8")
    run("db", "upgrade")
    code, _, err = run(command, str(data_folder))
    assert code == 1
    assert f"profiles/ca/kinova.json:{line + 1}: kind: choice" in err
    assert run("rank", "Rapidus")[0] == 3


def test_a_folder_without_data_is_named(run: Run, tmp_path: Path) -> None:
    code, _, err = run("check", str(tmp_path / "nowhere"))
    assert code == 1
    assert "nowhere" in err


def test_rank_explains_in_japanese(loaded: Run) -> None:
    out = loaded("rank", "ラピダス", "--top", "3", "--explain", "--lang", "ja")[1]
    assert "Rapidus株式会社" in out
    assert "https://" in out
    assert not {"strong", "covered", "needs"} & set(out.replace(":", " ").split())


def test_rank_in_json_adds_up(loaded: Run) -> None:
    answer = json.loads(loaded("rank", "Rapidus", "--top", "5", "--json")[1])
    assert len(answer["matches"]) == 5
    for match in answer["matches"]:
        assert match["waterfall"][-1]["end"] == pytest.approx(100 * match["fit"])
        assert match["reason"]


def test_rank_filters(loaded: Run) -> None:
    answer = json.loads(loaded("rank", "Fujitsu", "--kind", "university", "--subdivision", "CA-ON", "--json")[1])
    found = {match["partner"] for match in answer["matches"]}
    assert found
    assert found <= {"university-of-toronto", "university-of-waterloo"}


@pytest.mark.parametrize("lang", ["en", "fr", "ja"])
def test_search_finds_across_languages(loaded: Run, lang: str) -> None:
    found = json.loads(loaded("search", "量子アニーリング", "--lang", lang, "--json")[1])
    assert "d-wave" in [f["id"] for f in found[:5]]
    assert {f["country"] for f in found} == {"JP", "CA"}


def test_evaluate_prints_all_rankers_and_what_they_mean(loaded: Run) -> None:
    out = loaded("evaluate")[1]
    for name in ("Kakehashi", "TF-IDF cosine", "BM25", "dense cosine", "JP→CA", "CA→JP", "cross-language"):
        assert name in out
    assert "unlabelled, not irrelevant" in " ".join(out.split())


def test_export_matches_as_csv_opens_in_excel(loaded: Run, tmp_path: Path) -> None:
    path = tmp_path / "matches.csv"
    assert loaded("export", "matches", str(path), "--top", "2", "--lang", "fr")[0] == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) > 200
    assert float(rows[0]["fit"]) > 0


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_export_profiles_reads_back(loaded: Run, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"profiles.{suffix}"
    count = json.loads(loaded("export", "profiles", str(path), "--json")[1])["records"]
    text = path.read_text(encoding="utf-8")
    records = json.loads(text) if suffix == "json" else [json.loads(line) for line in text.splitlines()]
    assert len(records) == count
    assert "ラピダス" in text


def test_an_unknown_file_ending_is_refused(loaded: Run, tmp_path: Path) -> None:
    code, _, err = loaded("export", "profiles", str(tmp_path / "profiles.doc"))
    assert code == 1
    assert ".jsonl" in err


def test_a_port_in_use_is_named(loaded: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = loaded("serve", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "--port 0" in err


@pytest.mark.parametrize(
    "arguments",
    [["check"], ["rank", "Rapidus", "--top", "2"], ["search", "hydrogène"], ["evaluate"]],
)
def test_the_library_answers_without_a_database(run: Run, arguments: list[str], own_folder: Path) -> None:
    code, out, _ = run(*arguments, "--json", command=library)
    assert code == 0
    assert json.loads(out)
    assert not own_folder.exists()


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "192.0.2.7")])
def test_the_server_believes_as_many_proxies_as_it_is_told(tmp_path: Path, proxies: int, seen: str) -> None:
    app = create_app(Settings(instance_folder=tmp_path, trusted_proxies=proxies))
    app.before_request_funcs[None] = [lambda: str(request.remote_addr)]
    assert answer_of(app, {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}) == (200, seen)


@pytest.mark.parametrize(("headers", "status"), [({"X": "x" * 40_000}, 431), ({"Content-Length": "7000000"}, 413)])
def test_the_server_reads_no_more_than_it_can_use(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    assert answer_of(create_app(Settings(instance_folder=tmp_path)), headers)[0] == status


def answer_of(app: Flask, headers: dict[str, str]) -> tuple[int, str]:
    """Status and text of one request to the server as it is started, over a real connection."""
    settings: Settings = app.extensions["kakehashi.settings"]
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(app, settings, listener)

    def serve() -> None:
        # Closing takes the sockets from under the waiting loop, which may then complain.
        with suppress(OSError):
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    connection = HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=60)
    try:
        connection.request("GET", "/", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
        server.close()
        thread.join(60)
