"""What a file is, by its content; and every file that is refused, with its sentence."""

import io
import zipfile

import pytest

from webapp.domain.errors import BadInput
from webapp.domain.evidence_files import LARGEST, recognise

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def archive(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in parts.items():
            out.writestr(name, content)
    return made.getvalue()


def office(folder: str = "word/", /, **more: bytes) -> bytes:
    return archive(**{"[Content_Types].xml": b"<Types/>", f"{folder}document.xml": b"<d/>", **more})


def kind(name: str, content: bytes) -> str:
    return recognise(name, io.BytesIO(content), len(content)).ending


@pytest.mark.parametrize(
    ("name", "content", "ending"),
    [
        ("certificate.PDF", PDF, "pdf"),
        ("scan.png", PNG, "png"),
        ("scan.jpeg", JPEG, "jpg"),
        ("plan.docx", office(), "docx"),
        ("counts.xlsx", office("xl/"), "xlsx"),
        ("talk.pptx", office("ppt/"), "pptx"),
        ("plan.odt", archive(mimetype=b"application/vnd.oasis.opendocument.text"), "odt"),
    ],
)
def test_each_kind_is_known_by_its_content(name: str, content: bytes, ending: str) -> None:
    assert kind(name, content) == ending


ENCRYPTED = bytearray(office())
ENCRYPTED[6] |= 1
ENCRYPTED[ENCRYPTED.index(b"PK\x01\x02") + 8] |= 1
LYING = office(**{"word/media.bin": b"\0" * (4 * 1024 * 1024)})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing.pdf", b"", "empty"),
        ("scan.pdf", PNG, "called .pdf, but its content is PNG"),
        ("plan.exe", PDF, "called .exe"),
        ("plan", PDF, "called .nothing"),
        ("page.pdf", b"<html><script>alert(1)</script>", "none that is taken"),
        ("picture.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "none that is taken"),
        ("plan.doc", OLE, "old format"),
        ("plan.docx", archive(**{"anything.txt": b"x"}), "none that is taken"),
        ("plan.docx", office(**{"word/vbaProject.bin": b"x"}), "macros"),
        ("plan.docx", office(**{"../../etc/passwd": b"x"}), "none that is taken"),
        ("plan.docx", bytes(ENCRYPTED), "password"),
        ("plan.docx", office()[:-30], "damaged"),
        ("plan.docx", LYING, "far larger than any office document"),
        ("plan.docx", archive(**{f"word/{n}": b"" for n in range(5_001)}), "5,001 parts"),
        ("broken.pdf", PDF[:-7], "breaks off"),
        ("broken.png", PNG[:30], "breaks off"),
        ("broken.jpg", JPEG[:30], "breaks off"),
    ],
)
def test_what_is_refused_says_why(name: str, content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        kind(name, content)


def test_a_file_too_large_is_refused_unread() -> None:
    with pytest.raises(BadInput, match="at most 25 MB"):
        recognise("large.pdf", io.BytesIO(PDF), LARGEST + 1)
