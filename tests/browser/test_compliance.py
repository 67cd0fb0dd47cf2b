"""The compliance officer's job: was this site allowed to treat on that day? And a record that changes the answer."""

import re
from dataclasses import replace
from datetime import date

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine, text

from tests.browser.conftest import Visits
from tests.browser.house import House
from tests.browser.looking import Looker
from tests.conftest import NOW
from webapp.domain.audit_chain import verify
from webapp.domain.role_urls import driver_url
from webapp.domain.settings import DEFAULT_SETTINGS
from webapp.domain.vocabulary import Role, Standing
from webapp.queries.audit_chain import fetch_links
from webapp.queries.credentials import CredentialStanding, fetch_credentials
from webapp.queries.sites import fetch_every_site_id
from webapp.services import audit_sealing
from webapp.transactions import reading

PAST, PAST_WORDS = "2026-09-15", "15 Sep 2026"
SUSPENDED, BEFORE = "2026-11-20", "2026-11-19"


def matrix(looker: Looker) -> Locator:
    """The rows of the matrix."""
    title = looker.page.get_by_role("heading", name="Who was allowed to treat on that day?")
    return looker.page.locator(".card", has=title).locator("tbody tr")


def open_on(looker: Looker, day: str) -> None:
    """The matrix of a day, chosen as a person does."""
    looker.open("/d/accreditation")
    looker.page.get_by_label("As of").fill(day)
    expect(looker.page).to_have_url(re.compile(f"as_of={day}"))
    looker.settle()


def test_the_matrix_of_a_past_day(visit: Visits) -> None:
    looker = visit(Role.COMPLIANCE)
    open_on(looker, PAST)
    expect(looker.page.locator(".page-context")).to_contain_text(PAST_WORDS)
    expect(matrix(looker)).to_have_count(10)
    expect(matrix(looker).first.locator("td").first).to_contain_text(re.compile(r"Valid|No record|Suspended|Expired"))


def test_a_suspension_is_recorded_and_seen_from_its_day_on(visit: Visits) -> None:
    looker = visit(Role.COMPLIANCE)
    page = looker.page
    open_on(looker, SUSPENDED)
    row = (
        matrix(looker).filter(has=page.locator("td:nth-child(2)", has_text=re.compile(r"Valid to .* 202[789]$"))).first
    )
    site = row.locator("th").inner_text()
    page.get_by_role("link", name="Record an accreditation").click()
    page.get_by_label("Site", exact=True).select_option(label=site)
    page.get_by_label("Programme").select_option(label="Certified clinical setting")
    page.get_by_label("Event").select_option(label="Suspended")
    page.get_by_label("Takes effect on").fill(SUSPENDED)
    page.get_by_label("Why (optional)").fill("Crash trolley out of date at the visit.")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("status").filter(has_text=f"Recorded for {site}")).to_be_visible()
    of_site = matrix(looker).filter(has_text=site).locator("td").first
    open_on(looker, SUSPENDED)
    expect(of_site).to_have_text("Suspended since 20 Nov 2026")
    open_on(looker, BEFORE)
    expect(of_site).to_contain_text("Valid to")


def test_what_is_missing_from_a_record_is_said_beside_its_field(visit: Visits) -> None:
    looker = visit(Role.COMPLIANCE)
    page = looker.page
    looker.open("/accreditation/record")
    page.locator("form[action*=record]").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Choose the site.")).to_be_visible()
    expect(page.get_by_text("Give the day it takes effect.")).to_be_visible()
    assert looker.barriers() == []
    looker.trouble.clear()  # the browser itself notes that the form was refused


def four_sessions(house: House) -> tuple[CredentialStanding, date]:
    """Somebody's only licence, and the day from which on exactly four delivered sessions rest on it."""
    with house.app.app_context(), reading(house.full) as db:
        scope = replace(house.full, site_ids=fetch_every_site_id(house.full, db))
        held = [c for c in fetch_credentials(scope, db, NOW.date()) if c.kind in DEFAULT_SETTINGS.licence_kinds]
        for one in held:
            days = list(db.execute(text(LATEST), {"person": one.practitioner.id}).scalars())
            only = [other.practitioner.id for other in held].count(one.practitioner.id) == 1
            if only and one.held.standing is Standing.ACCREDITED and len(days) == 5 and days[3] != days[4]:
                return one, days[3]
    raise AssertionError("nobody in the simulated network has one licence and five sessions")


LATEST = (
    "SELECT on_date FROM session_version WHERE superseded_by_batch_id IS NULL AND NOT withdrawn"
    " AND status IN ('completed', 'stopped_early') AND :person IN (supervised_by_id, administered_by_id)"
    " ORDER BY on_date DESC LIMIT 5"
)
WORKER_LOOKS = 120
"""How often, half a second apart, is looked whether the worker has made a packet."""
SEALED = (
    "FROM audit_event e WHERE e.network_id = :network AND EXISTS (SELECT FROM audit_seal s WHERE s.network_id = e.network_id"
    " AND s.event_number = e.number)"
)
PDF = b"%PDF-1.7\nendobj\n%%EOF\n"


def queue(looker: Looker, since: date) -> Locator:
    """The rows of the queue that speak of supervision."""
    looker.open(f"/exceptions?from={since}")
    return looker.page.locator("tbody tr").filter(has_text="Qualified supervision")


def choose_by_name(page: Page, name: str, value: str) -> None:
    """Find a person by what is typed of the name, in another order and in small letters."""
    search, people = page.get_by_label("Search people for “Person”"), page.locator("#person")
    everybody = people.locator("option").count()
    search.fill("nobody is called so")
    expect(page.get_by_text("Nothing in the list has that.")).to_be_visible()
    expect(people).to_have_value("")
    search.fill(" ".join(reversed(name.lower().split())))
    assert people.locator("option").count() < everybody
    people.select_option(value=value)
    search.fill("")
    expect(people).to_have_value(value)
    assert people.locator("option").count() == everybody


def record_revoked(looker: Looker, licence: CredentialStanding, since: date) -> None:
    """Write down, on the form, that the licence was revoked."""
    page = looker.page
    looker.open("/accreditation/credential")
    choose_by_name(page, licence.practitioner.name, str(licence.practitioner.id))
    page.locator("#kind").select_option(value=licence.kind)
    page.locator("#state").select_option(value=licence.state or "everywhere")
    page.locator("#event").select_option(label="Revoked")
    page.locator("#effective_on").fill(since.isoformat())
    page.locator("#verified_on").fill(NOW.date().isoformat())
    assert looker.barriers() == []
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("were judged again")).to_be_visible()


def mend(looker: Looker) -> str:
    """From an exception: raise a finding, plan, attach evidence, say that it is done; returns the finding's address."""
    page = looker.page
    page.get_by_role("link", name="Raise a finding").click()
    page.get_by_role("button", name="Raise", exact=True).click()
    expect(page.get_by_role("heading", name="Plan", exact=True)).to_be_visible()
    page.locator("#plan").fill("Look at the board's register each week.")
    page.locator("#owner").select_option(label="Sam Reyes")
    page.get_by_role("button", name="Record the plan").click()
    page.get_by_role("link", name="Attach evidence").click()
    page.locator("#file").set_input_files({"name": "register.pdf", "mimeType": "application/pdf", "buffer": PDF})
    assert looker.barriers() == []
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("link", name="register.pdf")).to_be_visible()
    page.locator("#did").fill("The register is looked at each Monday.")
    page.get_by_role("button", name="Record that it is done").click()
    expect(page.get_by_text("Done, waits for a second person").first).to_be_visible()
    assert looker.barriers() == []
    return page.url


def test_a_double_click_raises_one_finding(visit: Visits) -> None:
    """The second click comes while the first one's answer is still under way; a finding cannot be taken back."""
    looker = visit(Role.COMPLIANCE)
    page, wording = looker.page, "The oxygen bottle stood unchained."
    looker.open("/findings")
    page.locator("#site").select_option(index=0)
    page.locator("#wording").fill(wording)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    twice = "form => { form.requestSubmit(); setTimeout(() => form.requestSubmit(), 1); }"
    with page.expect_navigation():
        page.locator("#raise form").evaluate(twice)
    looker.settle()
    looker.open("/findings")
    expect(page.get_by_role("link", name=wording)).to_have_count(1)
    assert len(asked) == 1


def test_a_lapse_found_late_is_explained_mended_and_closed_by_another(visit: Visits, house: House) -> None:
    licence, since = four_sessions(house)
    officer, manager = visit(Role.COMPLIANCE), visit(Role.MANAGER)
    before = queue(officer, since).count()
    record_revoked(officer, licence, since)
    expect(queue(officer, since)).to_have_count(before + 4)
    fresh = queue(officer, since).filter(has_text="22 Nov 2026")
    expect(fresh).to_have_count(4)
    assert officer.barriers() == []
    explained = [str(fresh.nth(place).get_by_role("link").get_attribute("href")) for place in range(2)]
    for address in explained:
        officer.open(address)
        officer.page.locator("#wording").fill("The board revoked the licence; a colleague took over.")
        officer.page.get_by_role("button", name="Record the explanation").click()
        expect(officer.page.get_by_text("Explained, waits for a second person").first).to_be_visible()
    assert officer.barriers() == []
    finding = mend(officer)
    for address in explained:
        manager.open(address)
        manager.page.get_by_role("button", name="Close as the second person").click()
        expect(manager.page.get_by_role("button", name="Reopen")).to_be_visible()
    manager.open(finding)
    manager.page.get_by_role("button", name="Verify and close as the second person").click()
    expect(manager.page.get_by_role("button", name="Reopen")).to_be_visible()
    expect(queue(officer, since)).to_have_count(before + 2)
    prove(officer, house, since)


def prove(officer: Looker, house: House, since: date) -> None:
    """The packet of that month twice, equal to the byte; the chain that holds; and a byte changed behind the product's back."""
    one, other = (packet_of(officer, since) for _ in range(2))
    assert one.startswith(b"PK") and one == other
    with house.app.app_context():
        audit_sealing.seal_network(house.full, NOW)
        with reading(house.full) as db:
            assert verify(fetch_links(house.full, db)).fault is None
        number = behind_its_back(
            house, "UPDATE audit_event SET outcome = outcome || 'x' WHERE number = (SELECT max(number) {of})"
        )
        with reading(house.full) as db:
            assert "is not as it was when it was sealed" in str(verify(fetch_links(house.full, db)).fault)
        assert number == behind_its_back(
            house, "UPDATE audit_event SET outcome = rtrim(outcome, 'x') WHERE number = (SELECT max(number) {of})"
        )


def packet_of(looker: Looker, day: date) -> bytes:
    """Ask for the packet of a day's month, wait for the worker, and take the file."""
    page = looker.page
    looker.open("/packets")
    page.locator("#programme").select_option(index=1)
    page.locator("#from").fill(day.replace(day=1).isoformat())
    page.locator("#to").fill(NOW.date().isoformat())
    page.locator("#size").fill("5")
    page.locator("#seed").fill("4711")
    page.get_by_role("button", name="Make the packet").click()
    file = page.get_by_role("link", name="ZIP")
    for _ in range(WORKER_LOOKS):
        if file.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    with page.expect_download() as taken:
        file.click()
    return taken.value.path().read_bytes()


def behind_its_back(house: House, statement: str) -> int:
    """What only a superuser of the database can do; the number of the sealed event that it was done to."""
    engine = create_engine(driver_url(str(house.app.config["DATABASE_URL"])))
    with engine.begin() as connection:
        row = connection.execute(
            text(f"{statement.format(of=SEALED)} AND network_id = :network RETURNING number"),
            {"network": house.full.network_id},
        ).one()
    engine.dispose()
    return int(row[0])
