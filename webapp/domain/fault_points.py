"""The numbered points at which a process can be made to fall, to show that what it was doing is whole afterwards."""

REPORT_POINTS = (
    "report.1.claimed",
    "report.2.read",
    "report.3.half_written",
    "report.4.renamed",
    "report.5.all_written",
    "report.6.named",
    "report.7.stored",
)
"""In the order in which a report's making passes them. 6 stands inside the transaction that names its files, 7 after it."""

HOLD_POINTS = (
    "hold.1.reviewed",
    "hold.2.released",
    "hold.3.committed",
)
"""1 stands inside the transaction in which the bell holds reports and lets them go; 2 inside that of a person's release, 3 after it."""

RESTATE_POINTS = (
    "restate.1.counted",
    "restate.2.read",
    "restate.3.entered",
    "restate.4.committed",
)
"""As a stored report is looked at anew. 3 stands inside the transaction that enters the further issue, 4 after it."""

DELIVERY_POINTS = (
    "delivery.1.decided",
    "delivery.2.committed",
)
"""As a stored report is given out. 1 stands inside the transaction that decides for each recipient, 2 after it."""

MAIL_POINTS = (
    "mail.1.claimed",
    "mail.2.sent",
    "mail.3.noted",
)
"""As one mail goes out, of a report or a reminder. At 2 the server has taken it, and nobody has written that down yet."""

IMPORT_POINTS = (
    "import.1.kept",
    "import.2.entered",
    "import.3.checked",
    "import.4.recorded",
    "import.5.sealed",
    "import.6.stored",
)
"""4 and 5 stand inside the storing transaction, 6 after it."""

FAULT_POINTS = (*REPORT_POINTS, *HOLD_POINTS, *RESTATE_POINTS, *DELIVERY_POINTS, *MAIL_POINTS, *IMPORT_POINTS)
RAISES = ":raise"
"""After a point's name: an error is raised there instead of the process being killed."""
STOPS = ":stop"
"""After a point's name: the process stops there until somebody lets it go on, as one that was thought dead."""
