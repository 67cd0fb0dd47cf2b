"""Tracer packets: asked for by the officer, made and sealed once by a worker, and read by a surveyor until a day."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from webapp.artifacts import StoredFile, file_store
from webapp.domain.errors import BadInput, NotFound
from webapp.domain.periods import Period
from webapp.domain.scope import Scope
from webapp.domain.standing_entry import clean_text
from webapp.domain.tracer import Chosen, Packet, checked
from webapp.domain.vocabulary import Role
from webapp.presentation import tracer_packet
from webapp.queries.accreditation import get_programme, get_site
from webapp.queries.audit_chain import get_head
from webapp.queries.sites import fetch_every_site_id, fetch_sites
from webapp.queries.tracer import build_packet, count_population
from webapp.queries.tracer_packets import FAILED, RUNNING, SEALED, WAITING, fetch_packet_files, get_packet
from webapp.services import audit, outbox, people, run_queue
from webapp.services.run_queue import Claim, LeaseLost
from webapp.services.standing_writers import require_writer
from webapp.transactions import reading, unit_of_work

TRACER = "tracer"
"""The kind under which a packet is queued."""
FILES = "tracers"
SIGN_IN_DOMAIN = "surveyor.invalid"
"""Accounts of surveyors are not addresses: a name that nobody else can have says nothing about who else is known here."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A surveyor's new account. The password is shown once and kept nowhere."""

    sign_in_name: str
    password: str


def request(scope: Scope, chosen: Chosen, now: datetime) -> UUID:
    """Ask for a packet; a worker makes it. Raises BadInput where there is nothing to draw from, NotFound, NotAllowed."""
    subject = f"tracer packet {chosen.programme[:60]} {chosen.period.start_on}"
    require_writer(scope, "ask for a tracer packet", subject)
    chosen, packet_id = checked(chosen, now.date()), uuid4()
    with unit_of_work(scope) as db:
        programme = get_programme(scope, db, chosen.programme)
        narrowed = scope.narrow([get_site(scope, db, chosen.site).id] if chosen.site else None)
        if count_population(narrowed, db, chosen) == 0:
            raise BadInput("No delivered session is recorded for that choice, so there is nothing to draw from.")
        db.execute(
            text(
                "INSERT INTO tracer_packet (network_id, id, programme_id, site_code, period_start, period_end, size, seed, state,"
                " requested_by, created_at) VALUES (:network, :id, :programme, :site, :start, :end, :size, :seed, :state, :by, :now)"
            ),
            {
                "network": scope.network_id,
                "id": packet_id,
                "programme": programme.id,
                "site": chosen.site,
                "start": chosen.period.start_on,
                "end": chosen.period.end_on,
                "size": chosen.size,
                "seed": chosen.seed,
                "state": WAITING,
                "by": scope.user_id,
                "now": now,
            },
        )
        run_queue.enter(scope, db, TRACER, [packet_id])
        outbox.ring(scope, db, [packet_id], now)
    outbox.relay(now)
    told = {"size": chosen.size, "seed": chosen.seed, "until": chosen.period.last_on.isoformat(), "site": chosen.site}
    audit.record(scope, "ask for a tracer packet", f"tracer packet {packet_id}", details=told)
    return packet_id


def make(held: Claim, clock: Callable[[], datetime]) -> bool:
    """Make and seal the claimed packet; False when it is sealed already. Raises LeaseLost when another worker has taken it over."""
    network = people.network_scope(held.network_id)
    chosen = _take(network, held)
    if chosen is None:
        return False
    scope = _reach(network, chosen)
    with reading(scope) as db:
        packet, sample = build_packet(scope, db, chosen)
    store = file_store()
    file = store.write(FILES, held.network_id, held.run_id, held.token, "zip", [tracer_packet.seal(packet)])
    try:
        _seal(network, held, packet, sample, file, clock())
    except LeaseLost:
        store.remove(file.stored_name)
        raise
    return True


def note_failure(held: Claim, reason: str, final: bool) -> None:
    """Say in the packet's own network why an attempt went wrong."""
    with unit_of_work(people.network_scope(held.network_id)) as db:
        db.execute(
            text(
                "UPDATE tracer_packet SET state = :state, reason = :reason WHERE network_id = :network AND id = :id"
                " AND state <> 'sealed' AND (lease_token IS NULL OR lease_token <= :token)"
            ),
            {**_of(held), "state": FAILED if final else WAITING, "reason": reason},
        )


def sweep(scope: Scope, before: datetime) -> int:
    """Remove files that no packet names, such as those of a worker that was killed; returns how many."""
    with reading(scope) as db:
        kept = fetch_packet_files(scope, db)
    return file_store().sweep(FILES, scope.network_id, kept, before)


def admit(scope: Scope, packet_id: UUID, name: str, until: datetime, now: datetime) -> Admitted:
    """Make an account that reads this one packet until an instant and then ends by itself.

    Raises BadInput, NotFound for a packet that is not there or not sealed, NotAllowed.
    """
    subject = f"tracer packet {packet_id}"
    require_writer(scope, "admit a surveyor", subject)
    name = clean_text(name, "The name", 120)
    if not name:
        raise BadInput("Give the surveyor's name.")
    if not now < until:
        raise BadInput("The last day lies in the past; choose today or later.")
    if (until - now).days > 366:
        raise BadInput("A surveyor is admitted for at most a year; choose an earlier last day.")
    with reading(scope) as db:
        if not get_packet(scope, db, packet_id).is_sealed:
            raise NotFound("This packet is not sealed yet; admit a surveyor once it is.")
    admitted = Admitted(f"surveyor-{secrets.token_hex(5)}@{SIGN_IN_DOMAIN}", secrets.token_urlsafe(18))
    user_id = people.add_user(admitted.sign_in_name, name, admitted.password, now)
    with unit_of_work(scope) as db:
        values = {
            "network": scope.network_id,
            "user": user_id,
            "role": Role.SURVEYOR.value,
            "until": until,
            "now": now,
            "packet": packet_id,
            "by": scope.user_id,
        }
        db.execute(
            text(
                "INSERT INTO membership (network_id, user_id, role, valid_until, created_at)"
                " VALUES (:network, :user, :role, :until, :now)"
            ),
            values,
        )
        db.execute(
            text(
                "INSERT INTO packet_reader (network_id, user_id, packet_id, admitted_by, admitted_at)"
                " VALUES (:network, :user, :packet, :by, :now)"
            ),
            values,
        )
        told = {"surveyor": str(user_id), "until": until.isoformat()}
        audit.record_within(scope, db, "admit a surveyor", subject, details=told)
    return admitted


def dismiss(scope: Scope, packet_id: UUID, user_id: UUID, now: datetime) -> None:
    """End a surveyor's account before its day. Raises NotFound for somebody who does not read this packet."""
    subject = f"tracer packet {packet_id}"
    require_writer(scope, "dismiss a surveyor", subject)
    with unit_of_work(scope) as db:
        ended = db.execute(
            text(
                "UPDATE membership SET revoked_at = :now WHERE network_id = :network AND user_id = :user AND revoked_at IS NULL"
                " AND role = :role AND EXISTS (SELECT 1 FROM packet_reader r WHERE r.network_id = :network AND r.user_id = :user"
                " AND r.packet_id = :packet) RETURNING 1"
            ),
            {
                "network": scope.network_id,
                "user": user_id,
                "packet": packet_id,
                "role": Role.SURVEYOR.value,
                "now": now,
            },
        ).scalar()
        if ended is None:
            raise NotFound("There is no such surveyor of this packet.")
        audit.record_within(scope, db, "dismiss a surveyor", subject, details={"surveyor": str(user_id)})
    people.deactivate(user_id)


def _take(network: Scope, held: Claim) -> Chosen | None:
    """What to make, with the claim's token noted; None where it is sealed."""
    with unit_of_work(network) as db:
        row = db.execute(
            text(
                "UPDATE tracer_packet t SET state = :running, lease_token = :token, reason = NULL FROM programme p"
                " WHERE t.network_id = :network AND t.id = :id AND t.state <> 'sealed'"
                " AND (t.lease_token IS NULL OR t.lease_token <= :token) AND p.network_id = t.network_id AND p.id = t.programme_id"
                " RETURNING p.code, t.period_start, t.period_end, t.size, t.seed, t.site_code"
            ),
            {**_of(held), "running": RUNNING},
        ).one_or_none()
    return Chosen(row[0], Period(row[1], row[2]), *row[3:]) if row else None


def _reach(network: Scope, chosen: Chosen) -> Scope:
    """The product's own scope, of the sites that there are now, or of the chosen one."""
    with reading(network) as db:
        every = replace(network, site_ids=fetch_every_site_id(network, db))
        sites = {site.code: site.id for site in fetch_sites(every, db)}
    seen = replace(network, site_ids=frozenset(sites.values()))
    if chosen.site is None:
        return seen
    if chosen.site not in sites:
        raise NotFound(f"There is no site “{chosen.site[:60]}” any more.")
    return seen.narrow([sites[chosen.site]])


def _seal(network: Scope, held: Claim, packet: Packet, sample: list[UUID], file: StoredFile, now: datetime) -> None:
    with unit_of_work(network) as db:
        head = get_head(network, db)
        sealed = db.execute(
            text(
                "UPDATE tracer_packet SET state = :sealed, sealed_at = :now, data_version = :version, as_of = :as_of,"
                " population = :population, sample = CAST(:sample AS jsonb), chain_head = :head, stored_name = :stored, sha256 = :sha256,"
                " file_size = :size WHERE network_id = :network AND id = :id AND lease_token = :token AND state = 'running' RETURNING 1"
            ),
            {
                **_of(held),
                "sealed": SEALED,
                "now": now,
                "version": packet.ground.data_version,
                "as_of": packet.ground.as_of,
                "population": packet.population,
                "sample": json.dumps([str(one) for one in sample]),
                "head": str(head),
                "stored": file.stored_name,
                "sha256": file.sha256,
                "size": file.size,
            },
        ).scalar()
        if sealed is None:
            raise LeaseLost
        told = {"sha256": file.sha256, "data_version": packet.ground.data_version}
        audit.record_within(network, db, "seal", f"tracer packet {held.run_id}", details=told)


def _of(held: Claim) -> dict[str, object]:
    return {"network": held.network_id, "id": held.run_id, "token": held.token}
