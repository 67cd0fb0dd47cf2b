"""A second, deliberately plain reading of the standing rules: every day in turn, with flags."""

from datetime import date, timedelta
from uuid import UUID

from webapp.domain.accreditation import StandingRecord
from webapp.domain.vocabulary import RecordEvent, Standing

E = RecordEvent
Said = tuple[RecordEvent, date, date | None]
SEVERITY = [E.APPLIED, E.GRANTED, E.RENEWED, E.REINSTATED, E.CONDITIONS, E.SUSPENDED, E.WITHDRAWN, E.REVOKED]


def what_is_said(records: list[StandingRecord]) -> list[tuple[StandingRecord, Said]]:
    """Corrections worked in from the last recorded to the first; each record with what it now says."""
    said: dict[UUID, Said | None] = {}
    for r in sorted(records, key=lambda r: r.recorded_at, reverse=True):
        if r.event is not E.CORRECTED or r.replaces is None:
            continue
        own: Said | str = (r.corrected_event, r.effective_on, r.until) if r.corrected_event else "void"
        if r.record_id in said:
            overruled = said[r.record_id]
            if overruled is None:
                continue
            own = overruled
        if r.replaces not in said:
            said[r.replaces] = None if own == "void" else own  # type: ignore[assignment]  # the only text is "void"
    result = []
    for r in records:
        now = said.get(r.record_id, (r.event, r.effective_on, r.until))
        if r.event is not E.CORRECTED and now is not None and (now[2] is None or now[2] >= now[1]):
            result.append((r, now))
    return result


def replay_standing(records: list[StandingRecord], first: date, last: date) -> list[tuple[date, Standing]]:
    """The standing of each day first .. last."""
    entries = what_is_said(records)
    has_term = over = suspended = conditional = pending = False
    ends: dict[str, date | None] = {"term": None, "suspended": None, "conditional": None, "pending": None}
    gone: Standing | None = None

    def standing() -> Standing:
        if pending:
            return Standing.PENDING
        if gone:
            return gone
        if over:
            return Standing.EXPIRED
        if suspended:
            return Standing.SUSPENDED
        if not has_term:
            return Standing.NONE
        return Standing.CONDITIONAL if conditional else Standing.ACCREDITED

    def passed(name: str, today: date) -> bool:
        end = ends[name]
        return end is not None and today > end

    days: list[tuple[date, Standing]] = []
    for today in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        over = over or (has_term and passed("term", today))
        suspended = suspended and not passed("suspended", today)
        conditional = conditional and not passed("conditional", today)
        pending = pending and not passed("pending", today)
        todays = [(r.recorded_at, SEVERITY.index(s[0]), s) for r, s in entries if s[1] == today]
        for _, _, (event, _, until) in sorted(todays, key=lambda t: t[:2]):
            if event is E.APPLIED:
                if standing() not in (Standing.ACCREDITED, Standing.CONDITIONAL, Standing.SUSPENDED):
                    pending, ends["pending"] = True, until
                continue
            if event is E.GRANTED:
                has_term, over, suspended, conditional, gone, pending = True, False, False, False, None, False
                ends["term"] = until
            elif event is E.RENEWED and gone is None:
                has_term, over, pending, ends["term"] = True, False, False, until
            elif event is E.REINSTATED:
                if gone:
                    gone = None
                elif suspended:
                    suspended = False
                else:
                    conditional = False
                if not has_term or until is not None:
                    has_term, over, ends["term"] = True, False, until
                pending = False
            elif event is E.CONDITIONS:
                conditional, ends["conditional"] = True, until
            elif event is E.SUSPENDED:
                suspended, ends["suspended"], pending = True, until, False
            elif event in (E.REVOKED, E.WITHDRAWN):
                gone, pending = Standing(event.value), False
        days.append((today, standing()))
    return days
