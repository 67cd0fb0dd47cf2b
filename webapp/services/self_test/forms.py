"""What is posted to each door, with something of another network in it."""

_SCHEDULE = {
    "name": "Mine",
    "kind": "site_month",
    "cadence": "monthly",
    "due_day": "1",
    "due_time": "06:00",
    "starts_on": "2026-11-01",
    "hold_days": "0",
}
FORMS: dict[str, tuple[dict[str, str], ...]] = {
    "sign_in.submit": (),
    "sign_in.sign_out": (),
    "sign_in.choose_network": ({"network": "{network}"},),
    "saved_views.save": ({"path": "/d/sessions?site={site}", "name": "Beside"},),
    **dict.fromkeys(("saved_views.start", "saved_views.usual_start", "saved_views.remove"), ()),
    "reports.run_now": ({"site": "{site}", "month": "2026-09"},),
    "reports.seen": ({},),
    "reports.told": ({"shown": "{run_id}"},),
    "report_calendar.subscribe": ({"network": "{network}", "site": "{site}"},),
    "report_calendar.unsubscribe": ({"network": "{network}"},),
    "reports.release": ({},),
    "reports.cancel": ({},),
    "reports.try_again": ({},),
    "reports.legal_hold": ({"held": "yes", "network": "{network}"},),
    "schedules.set_up": (
        {**_SCHEDULE, "covers": "sites", "sites": "{record}"},
        {**_SCHEDULE, "recipients": "{person}"},
        {**_SCHEDULE, "covers": "regions", "regions": "{site}"},
    ),
    "schedules.change": ({**_SCHEDULE, "network": "{network}"},),
    "schedules.end": ({},),
    "data.upload": ({"mapping": "dripline", "network": "{network}", "site": "{site}"},),
    "programmes.add": (
        {"template": "certified_setting", "network": "{network}"},
        {"code": "certified_setting", "name": "{site}"},
    ),
    "programmes.change": ({"name": "Renamed", "network": "{network}"},),
    "programmes.criterion": ({"code": "setting", "title": "T", "wording": "W", "network_id": "{network}"},),
    "assessments.record": (
        {"site": "{site}", "criterion": "certified_setting/escort", "verdict": "met", "assessed_on": "2026-10-01"},
    ),
    "credentials.record": (
        {
            "person": "{person}",
            "kind": "another",
            "new_kind": "acls",
            "state": "everywhere",
            "event": "granted",
            "effective_on": "2026-10-01",
            "network": "{network}",
        },
    ),
    "credentials.link": ({"one": "{person}", "other": "{record}", "note": "The same."},),
    "reminders.snooze": (
        {"subject": "credential {person} acls *", "ends_on": "2026-12-01", "until": "2026-12-02", "reason": "R"},
    ),
    "reminders.responsible": ({"subject": "credential {person} acls *", "person": "{person}"},),
    "tracer.ask": (
        {"programme": "{network}", "from": "2026-10-01", "to": "2026-10-31", "size": "5", "seed": "1"},
        {
            "programme": "certified_setting",
            "site": "{site}",
            "from": "2026-10-01",
            "to": "2026-10-31",
            "size": "5",
            "seed": "1",
        },
    ),
    "tracer.admit": ({"name": "Sam", "until": "2026-12-01"},),
    "tracer.dismiss": ({},),
    "exceptions.step": ({"step": "explained", "wording": "Why.", "network": "{network}"},),
    "findings.add": (
        {"site": "{site}", "origin": "survey", "severity": "minor", "wording": "W", "found_on": "2026-10-01"},
    ),
    "findings.step": ({"step": "done", "wording": "Done.", "network": "{network}"},),
    "evidence.add": ({"site": "{site}", "finding": "{record}"},),
    "evidence.keeping": ({"doing": "hold", "reason": "A claim.", "network": "{network}"},),
    "accreditation.record": (
        {"site": "{site}", "programme": "certified", "event": "granted", "effective_on": "2026-10-01"},
        {
            "site": "",
            "programme": "certified",
            "event": "granted",
            "effective_on": "2026-10-01",
            "replaces": "{record}",
        },
        {
            "site": "",
            "programme": "certified",
            "event": "granted",
            "effective_on": "2026-10-01",
            "network_id": "{network}",
        },
    ),
}
"""What is posted to each door with something of the other network in it. A new door must say what."""
