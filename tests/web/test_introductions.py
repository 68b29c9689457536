"""Drafts of a first letter: what they stand on, in whose language, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matcher.explain import Side
from matcher.profile import LANGUAGES
from web import introductions
from web.matching import Board

pytestmark = pytest.mark.once

PAIRS = [("rapidus", "tenstorrent"), ("kinova", "cyberdyne"), ("japan-aisi", "canada-caisi")]


def page(response: TestResponse, status: int = 200) -> str:
    assert response.status_code == status, response.text[:500]
    html5lib.HTMLParser(strict=True).parse(response.text)
    found = html5lib.parse(response.text, namespaceHTMLElements=False)
    return " ".join("".join(found.find("body").itertext()).split())


@contextmanager
def locale(app: Flask, lang: str) -> Iterator[None]:
    with app.test_request_context(f"/{lang}/"):
        yield


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("to", [Side.GETS, Side.GIVES])
@pytest.mark.parametrize("pair", PAIRS)
def test_an_introduction_says_what_it_stands_on(
    app: Flask, board: Board, lang: str, to: Side, pair: tuple[str, str]
) -> None:
    if not set(pair) <= set(board.corpus.profiles):
        pytest.skip("not in the shipped data")
    why = board.pair(*pair)
    seeker, partner = board.parties(why)
    reader, sender = (partner, seeker) if to is Side.GIVES else (seeker, partner)
    with locale(app, "en"):
        draft = introductions.introduce(why, seeker, partner, to=to, lang=lang)
        assert introductions.unsettled(draft.body, lang)
    assert reader.name(lang) in draft.body and sender.name(lang) in draft.body
    assert draft.to_check and all(c.statement.text in draft.body for c in draft.to_check)
    assert "\n" not in draft.subject and len(draft.subject) < 300


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_an_introduction(client: FlaskClient, lang: str) -> None:
    for mail in LANGUAGES:
        page(client.get(f"/{lang}/matches/rapidus/tenstorrent/introduction?mail={mail}&to=seeker"))


def test_an_edited_draft_is_kept_and_downloaded(client: FlaskClient) -> None:
    address = "/en/matches/rapidus/tenstorrent/introduction"
    sent = {"subject": "Bonjour\r\nBcc: x", "body": "Chère équipe,\r\n架け橋"}
    again = client.post(address, data=sent)
    assert "Chère équipe" in page(again) and "mailto:?subject=Bonjour%20Bcc" in again.text
    file = client.post(address, data=sent | {"do": "download"})
    assert file.data.decode("utf-8-sig") == "Bonjour Bcc: x\r\n\r\nChère équipe,\r\n架け橋\r\n"
    assert "rapidus-tenstorrent.txt" in file.headers["Content-Disposition"]
    assert client.get("/en/matches/rapidus/nobody/introduction").status_code == 404
