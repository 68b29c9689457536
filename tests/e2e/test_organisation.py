"""An organisation's way in a real browser: from opening an account to the contact of a partner that has accepted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from matcher.corpus import Corpus
from tests.e2e.looks import follow, until
from web import showings
from web.i18n import day, host
from web.security import AccountRole
from web.store.accounts import Account
from web.store.submissions import Contact

pytestmark = pytest.mark.e2e

PASSWORD = "seven bridges over the river"  # noqa: S105 - of people who exist in tests only
# What somebody types who keeps an organisation, in each language: a new one in English, known ones in the others.
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "person": "Ana Roy", "name": "Birchbark Mobility Inc.", "claims": "",
        "offer": "Makes light robotic arms that mount on a wheelchair, tested in three care homes in Sherbrooke.",
        "text": "We design soft grippers that pick ripe fruit without bruising it. We train therapists in the use of "
                "assistive robots. We are looking for a distributor with a service network in Japan. Call us.",
        "note": "Say what the distributor would have to do.", "desk": "Name the desk, not yourself.",
        "need": "Looks for a distributor in Japan who installs and services assistive arms in care homes.",
        "reason": "We make assistive arms and would like to test them in homes with you.",
    },
    "fr": {
        "person": "Élise L’Écuyer", "name": "Ecoation", "claims": "ecoation",
        "offer": "Conçoit des robots qui dépistent les ravageurs des tomates de serre, plante par plante.",
        "text": "Nous fabriquons des capteurs optiques qui mesurent la teneur en eau des sols agricoles. Nos équipes "
                "conçoivent des algorithmes d’irrigation de précision pour les serres. Nous cherchons un partenaire "
                "japonais pour tester nos capteurs dans des rizières. Appelez-nous.",
        "note": "Précisez ce que le partenaire aurait à faire.", "desk": "Nommez le service, pas vous-même.",
        "need": "Cherche un producteur de tomates au Japon qui essaie des robots de dépistage dans ses serres.",
        "reason": "Nous aimerions essayer nos robots dans vos serres, une saison durant.",
    },
    "ja": {
        "person": "橋本 直子", "name": "アグリスト", "claims": "agrist",
        "offer": "ピーマンを自動で収穫する吊り下げ式のロボットを開発し、農家に提供している。",
        "text": "当社は高齢の農家の作業を助ける軽量な装着型ロボットを開発し、製造しています。温室向けの見守りセンサーも"
                "提供しています。カナダで実証試験を行う温室や農場を探しています。お気軽にお問い合わせください。",
        "note": "相手に何をしてほしいか書いてください。", "desk": "個人名ではなく窓口名を書いてください。",
        "need": "カナダの温室で収穫ロボットの試験に協力する生産者を探している。",
        "reason": "御社の温室で収穫ロボットを一緒に試験したいと考えています。",
    },
}  # fmt: skip
SITE = "https://birchbark.example/"
INTEREST = re.compile(r"/interests/[0-9a-f-]{36}$")
_numbers = count(1)


@pytest.fixture
def reviewer(
    open_browser: Callable[..., Any], make_person: Callable[..., Account], enter: Callable[..., None], lang: str
) -> Iterator[Page]:
    """A reviewer, signed in on another machine."""
    email = f"reads{next(_numbers)}@example.com"
    make_person(email, "Rei Viewer", AccountRole.REVIEWER)
    with open_browser() as page:
        enter(page, email, lang)
        yield page


@pytest.mark.parametrize(("lang", "width"), [("en", 1280), ("fr", 375), ("ja", 375)])
def test_an_organisations_way_to_a_partner(
    open_browser: Callable[..., Any], sign_up: Callable[..., None], enter: Callable[..., None], reviewer: Page,
    send_in: Callable[..., Account], mailed: Callable[[str], EmailMessage], download: Callable[..., Path],
    in_app: Callable[..., Any], picture: Callable[[Page, str], None], address: str, lang: str, width: int,
) -> None:  # fmt: skip
    words, email = WORDS[lang], f"keeper{next(_numbers)}@birchbark.example"
    with open_browser(width) as page, open_browser(width) as other:
        sign_up(page, email, words["person"], lang, AccountRole.ORGANISATION)
        begin(page, lang, words, picture)
        fill_in(page, words, email, picture)
        title = send(page, picture)
        give_back(reviewer, f"{address}/{lang}/reviews", title, words)
        mend(page, mailed(email), words, picture)
        send(page, picture)
        publish(reviewer, f"{address}/{lang}/reviews", title)
        see_what_came_of_it(page, mailed(email), title, in_app, picture)
        contact = Contact("Ken Mori", f"ken{next(_numbers)}@partner.example")
        interest = express(page, lang, words, lambda entry_id: keep(send_in, contact, entry_id), picture)
        assert contact.email not in page.content() and contact.name not in page.content()
        enter(other, contact.email, lang)
        accept(other, mailed(contact.email), email, picture)
        page.goto(interest)
        for window in (page, other):
            expect(window.locator("section[aria-labelledby=contacts]")).to_contain_text(email)
            expect(window.locator("section[aria-labelledby=contacts]")).to_contain_text(contact.email)
        check_certificate(page, in_app, download, lang)


def begin(page: Page, lang: str, words: dict[str, str], picture: Callable[[Page, str], None]) -> None:
    """From the menu to a draft: of one's own organisation where it is known, of a new one elsewhere."""
    if (folded := page.locator("nav.account summary")).is_visible():
        folded.click()
    follow(page.locator(f"nav.account a[href='/{lang}/my-organisation']"), "**/my-organisation/find")
    page.fill("#find", words["name"])
    follow(page.locator("#find"), key="Enter")
    expect(page.locator("#known")).to_be_visible()
    picture(page, "1_find")
    if words["claims"]:
        follow(page.locator(f"a[href$='/claim/{words['claims']}']"))
        page.fill("#evidence", words["reason"])
    else:
        page.fill("#name", words["name"])
        page.select_option("#country", "CA")
    follow(page.locator("form[method=post] button", has_text=re.compile(r"\S")).last, "**/my-organisation/edit/about")


def fill_in(
    page: Page, words: dict[str, str], email: str, picture: Callable[[Page, str], None], *, with_script: bool = True
) -> None:
    """All steps: what a script saves while it is typed, and what a program takes from a text."""
    if not words["claims"]:
        page.select_option("#kind", "company")
        page.select_option("#subdivision", "CA-QC")
        page.fill("#city_en", "Sherbrooke")
        page.fill("#website", SITE)
        page.check("[name=fields][value=robotics]")
        page.fill("#evidence", words["reason"])
    page.fill("#contact_name", words["person"])
    page.fill("#contact_email", email)
    picture(page, "2_about")
    follow(page.locator("button[value=next]"), "**/edit/offer*")
    if words["claims"]:
        follow(page.locator("button[value=add]"), "**#rows-end")
    if with_script:
        see_it_saved(page, words["offer"])
    else:
        page.locator("#statements textarea").last.fill(words["offer"])
        follow(page.locator("main .actions button[value=save]"))
    picture(page, "3_offer")
    follow(page.locator("main a[href$='/my-organisation/text']"))
    page.fill("#text", words["text"])
    picture(page, "4_text")
    follow(page.locator("form.pasted button"))
    proposals = page.locator("fieldset.proposal")
    expect(proposals).to_have_count(3)
    for proposal in proposals.all():
        if proposal.locator("[type=radio][value='']").is_checked():
            proposal.locator("[type=radio][value=capability]").check()
    picture(page, "5_proposals")
    follow(page.locator("form[action$='/text/accept'] button"), "**/edit/offer*")
    expect(page.locator("main [role=status].notice").first).to_be_visible()
    typed = [box.input_value() for box in page.locator("#statements textarea").all()]
    assert words["offer"] in typed and len(typed) >= 3
    follow(page.locator("button[value=next]"), "**/edit/need*")
    picture(page, "6_need")
    follow(page.locator("button[value=next]"), "**/edit/check*")
    expect(page.locator("#problems")).to_have_count(0)
    picture(page, "7_check")
    follow(page.locator("button[value=next]"), "**/edit/send*")


def see_it_saved(page: Page, text: str) -> None:
    """The script says that it has saved, brings the outlook up to date, and a reload has it all."""
    outlook = page.locator("#outlook")
    before = outlook.inner_text()
    box = page.locator("#statements textarea").last
    with page.expect_response("**/my-organisation/outlook"):
        box.fill(text)
        expect(page.locator("#saved")).to_have_text(re.compile(r"\d"))
    expect(outlook).not_to_have_text(before, use_inner_text=True)
    expect(outlook.locator(".preview-matches li").first).to_be_visible()
    page.reload()
    assert text in [one.input_value() for one in page.locator("#statements textarea").all()]


def send(page: Page, picture: Callable[[Page, str], None]) -> str:
    """Sends the draft; returns the name it goes by."""
    picture(page, "8_send")
    follow(page.locator("form[action$='/my-organisation/send'] button"), re.compile(r"/my-organisation$"))
    expect(page.locator("main [role=status].notice")).to_be_visible()
    expect(page.locator("form[action$='/take-back']")).to_be_visible()
    picture(page, "9_sent")
    return page.locator("h1").inner_text()


def give_back(page: Page, queue: str, title: str, words: dict[str, str]) -> None:
    """A reviewer returns it: one reason for the last need, one for a field."""
    page.goto(queue)
    follow(page.locator("table a", has_text=title))
    follow(page.locator("a[href$='/return']"))
    for number in range(page.locator("fieldset.reason").count()):
        page.select_option(f"#objection-{number}", "")
        page.fill(f"#note-{number}", "")
    last = page.locator("#place-0 option[value^=n]:not([value^=na])").last.get_attribute("value")
    for number, place, note in ((0, last, words["note"]), (1, "contact_name", words["desk"])):
        page.select_option(f"#objection-{number}", "unclear")
        page.select_option(f"#place-{number}", place)
        page.fill(f"#note-{number}", note)
    follow(page.locator("button[value=preview]"))
    expect(page.locator("[aria-labelledby=preview]")).to_contain_text(words["note"])
    follow(page.locator("button[value=send]"), queue)


def mend(page: Page, mail: EmailMessage, words: dict[str, str], picture: Callable[[Page, str], None]) -> None:
    """By the mail to the comments, which stand beside what they are about; then on to sending it again."""
    text = mail.get_content()
    assert words["note"] in text and words["desk"] in text
    own = re.search(r"http\S+/my-organisation", text)
    assert own
    page.goto(own[0])
    expect(page.locator(".comment")).to_have_count(2)
    picture(page, "10_returned")
    follow(page.locator("main a[href$='/edit/about']"))
    expect(page.locator(".comment")).to_contain_text(words["desk"])
    page.fill("#contact_name", "Partnerships desk")
    follow(page.locator("button[value=next]"), "**/edit/offer*")
    follow(page.locator("button[value=next]"), "**/edit/need*")
    row = page.locator("fieldset.proposal:has(.comment)")
    expect(row.locator(".comment")).to_contain_text(words["note"])
    picture(page, "11_comment")
    row.locator("textarea").fill(words["need"])
    follow(page.locator("button[value=next]"), "**/edit/check*")
    follow(page.locator("button[value=next]"), "**/edit/send*")


def publish(page: Page, queue: str, title: str) -> None:
    page.goto(queue)
    follow(page.locator("table a", has_text=title))
    page.check("[name=judged][value=has_need]")
    follow(page.locator("form[action$='/publish'] button"), queue)
    expect(page.locator("main [role=status].notice")).to_be_visible()


def until_taken_in(page: Page, profile: str) -> None:
    """Waits until the matcher knows what was published a moment ago; until then its page says that it is coming."""

    def is_taken_in() -> bool:
        answer = page.request.get(profile)
        assert answer.ok or (answer.status == 503 and answer.headers["retry-after"])
        return answer.ok

    assert until(page, is_taken_in)


def see_what_came_of_it(
    page: Page, mail: EmailMessage, title: str, in_app: Callable[..., Any],
    picture: Callable[[Page, str], None],
) -> None:  # fmt: skip
    """By the mail to the published profile, to its matches, and to how often it was shown."""
    profile, own = re.findall(r"http\S+/(?:organisations/\S+|my-organisation)", mail.get_content())
    until_taken_in(page, profile)
    page.goto(profile)
    expect(page.locator("h1")).to_have_text(title)
    page.goto(own)
    picture(page, "12_published")
    in_app(showings.flush)
    follow(page.locator("main a[href$='/my-organisation/statistics']"))
    shown = [int(cell) for cell in page.locator("table.shown td.num:last-child").all_inner_texts()]
    assert shown[0] >= 1 and not any(shown[1:])
    picture(page, "13_statistics")
    page.goto(own)
    follow(page.locator("main a[href$='/my-organisation/matches']"))
    expect(page.locator("#found")).to_be_visible()
    picture(page, "14_matches")


def keep(send_in: Callable[..., Account], contact: Contact, entry_id: str) -> None:
    send_in(contact, Corpus.shipped().get(entry_id), is_published=True)


def express(
    page: Page, lang: str, words: dict[str, str], let_keep: Callable[[str], None], picture: Callable[[Page, str], None]
) -> str:
    """Expresses interest in the best partner, which somebody else keeps; returns where it can be followed."""
    links = page.locator(f"#found a[href^='/{lang}/matches/']")
    known = Corpus.shipped().organisations.keys() - {one["claims"] for one in WORDS.values()}
    addresses = [str(link.get_attribute("href")).partition("?")[0] for link in links.all()]
    chosen = next(a for a in addresses if a.rpartition("/")[2] in known)
    let_keep(chosen.rpartition("/")[2])
    follow(page.locator(f"#found a[href^='{chosen}']").first)
    expect(page.locator("svg.waterfall")).to_be_visible()
    follow(page.locator("main a[href*='/interests/new/']").first)
    page.fill("#reason", words["reason"])
    picture(page, "15_interest")
    follow(page.locator("main form[method=post] button"), INTEREST)
    expect(page.locator("main .notice").first).to_be_visible()
    picture(page, "16_waiting")
    return page.url


def accept(page: Page, mail: EmailMessage, contact: str, picture: Callable[[Page, str], None]) -> None:
    """By the mail to the interest, which says nothing of whom to write to until it is accepted."""
    assert contact not in mail.get_content()
    link = re.search(r"http\S+/interests/[0-9a-f-]{36}", mail.get_content())
    assert link
    page.goto(link[0])
    assert contact not in page.content()
    picture(page, "17_asked")
    follow(page.locator("form[action$='/accept'] button"))
    expect(page.locator("main [role=status].notice").first).to_be_visible()
    picture(page, "18_accepted")


def check_certificate(page: Page, in_app: Callable[..., Any], download: Callable[..., Path], lang: str) -> None:
    """One page, in the language of whoever reads it and in that of the other side."""
    both = {"en": ("en", "ja"), "fr": ("fr", "ja"), "ja": ("en", "ja")}[lang]
    certificate = PdfReader(download(page, f"a[href$='languages={'-'.join(both)}']"))
    text = "".join("".join(one.extract_text() for one in certificate.pages).split())
    assert len(certificate.pages) == 1
    today = datetime.now(UTC).date()
    for one in both:
        assert "".join(in_app(lambda: day(today), one).split()) in text


# --- what can go wrong on the way -------------------------------------------------------------------------------------


def test_the_form_works_without_scripts(
    open_browser: Callable[..., Any], sign_up: Callable[..., None], address: str
) -> None:
    email = f"plain{next(_numbers)}@birchbark.example"
    words = WORDS["en"] | {"name": "Tamarack Prosthetics Ltd."}
    with open_browser(375, java_script_enabled=False) as page:
        sign_up(page, email, "Ana Roy", "en", AccountRole.ORGANISATION)
        begin(page, "en", words, lambda *_: None)
        follow(page.locator("button[value=next]"))
        # All that is missing is said at once, each with a link to its field.
        expect(page.locator("#problems a")).to_have_count(8)
        page.click("#problems a[href='#website']")
        expect(page.locator("#website")).to_be_in_viewport()
        fill_in(page, words, email, lambda *_: None, with_script=False)
        send(page, lambda *_: None)
        follow(page.locator("form[action$='/take-back'] button"), "**/edit/check")
        page.goto(f"{address}/en/my-organisation/edit/offer")
        assert page.locator("#statements textarea").first.input_value() == words["offer"]


def test_a_session_that_ends_while_typing_loses_nothing(
    open_browser: Callable[..., Any], make_person: Callable[..., Account], enter: Callable[..., None], address: str,
    picture: Callable[[Page, str], None],
) -> None:  # fmt: skip
    email = f"late{next(_numbers)}@birchbark.example"
    make_person(email, "Ana Roy", AccountRole.ORGANISATION)
    with open_browser() as page:
        enter(page, email)
        begin(page, "en", WORDS["en"] | {"name": "Cedar Hydrofoils Inc."}, lambda *_: None)
        page.goto(f"{address}/en/my-organisation/edit/offer")
        page.context.clear_cookies()
        page.fill("#text-c1", WORDS["en"]["offer"])
        expect(page.locator("#saved")).to_have_text(str(page.get_attribute("#wizard", "data-signed-out")))
        picture(page, "20_signed_out")
        assert page.input_value("#text-c1") == WORDS["en"]["offer"]
        follow(page.locator("button[value=next]"))
        expect(page.locator("main .kept")).to_have_text(WORDS["en"]["offer"])
        picture(page, "21_typed_again")
        with page.expect_popup() as opened:
            page.click("main ol a")
        opened.value.wait_for_load_state()
        enter(opened.value, email)
        follow(page.locator("main form button"))
        # The token in that form was of the session that ended: once more, now signed in.
        expect(page.locator("main .kept")).to_have_text(WORDS["en"]["offer"])
        follow(page.locator("main form button"), "**/edit/need")
        page.goto(f"{address}/en/my-organisation/edit/offer")
        assert page.input_value("#text-c1") == WORDS["en"]["offer"]


def test_an_anonymous_organisation_is_named_once_both_accept(
    open_browser: Callable[..., Any], send_in: Callable[..., Account], enter: Callable[..., None], address: str,
    mailed: Callable[[str], EmailMessage], picture: Callable[[Page, str], None],
) -> None:  # fmt: skip
    hidden, partner = (Corpus.shipped().get(entry_id) for entry_id in ("avidbots", "kubota"))
    contacts = [Contact(f"Desk {n}", f"desk{next(_numbers)}@hidden.example") for n in "ab"]
    send_in(contacts[0], hidden, is_published=True, is_anonymous=True)
    send_in(contacts[1], partner, is_published=True)
    secrets = re.compile("|".join(map(re.escape, [*hidden.names.values(), host(hidden.website), contacts[0].email])))
    with open_browser() as page, open_browser() as other:
        enter(page, contacts[0].email)
        page.goto(f"{address}/en/my-organisation")
        alias = str(page.locator("main a[href*='/organisations/']").get_attribute("href")).rpartition("/")[2]
        until_taken_in(page, f"{address}/en/organisations/{alias}")
        page.goto(f"{address}/en/interests/new/{alias}/{partner.id}")
        page.fill("#reason", f"{hidden.names['en']} would like to talk about robots with you.")
        follow(page.locator("main form.entries button"))
        expect(page.locator("#reason-error")).to_be_visible()
        page.fill("#reason", "We would like to talk about robots that clean halls with you.")
        follow(page.locator("main form.entries button"), INTEREST)
        enter(other, contacts[1].email)
        assert not secrets.search(mailed(contacts[1].email).as_string())
        for path in (page.url.removeprefix(address), "/en/interests", f"/en/organisations/{alias}",
                     f"/en/matches/{alias}/{partner.id}", f"/en/organisations/{partner.id}/matches"):  # fmt: skip
            other.goto(f"{address}{path}")
            expect(other.locator("h1")).to_be_visible()
            assert not secrets.search(other.content()), path
        other.goto(page.url)
        picture(other, "22_anonymous")
        follow(other.locator("form[action$='/accept'] button"))
        expect(other.locator("h1")).to_contain_text("Avidbots")
        expect(other.locator("section[aria-labelledby=contacts]")).to_contain_text(contacts[0].email)
        picture(other, "23_named")
        # To everybody else it stays what it was.
        other.goto(f"{address}/en/organisations/{alias}")
        assert not secrets.search(other.content())
