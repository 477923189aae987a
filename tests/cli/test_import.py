"""Import of histories from another system: loaded lines, rejected lines with reasons, and repeated imports."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.loading.imports import service as importing
from tests.support.client import Client
from tests.support.importer import AGENCY, FINISH, NOW, RETURN, Importer, Line, event, line


@pytest.fixture
def importer(seeded_url: str, tmp_path: Path) -> Importer:
    return Importer(seeded_url, tmp_path)


def test_an_imported_history_has_the_deadline_and_verdict_of_the_rules(importer: Importer) -> None:
    external = [{"system": "dvcqg", "code": "G22.99-210816-0001"}]
    summary = importer.load(line(f"{AGENCY}-210816-0007", FINISH, RETURN, external=external, summary="Đăng ký giám hộ"))
    assert (summary.loaded, summary.rejected) == (1, 0)
    dossier = importer.dossier(f"{AGENCY}-210816-0007")
    assert dossier["external"] == external
    assert dossier["summary"] == "Đăng ký giám hộ"
    assert (dossier["due_date"], dossier["verdict"], dossier["status"]) == ("2021-08-19", "late", "returned")
    assert dossier["finished_at"] == "2021-08-20T10:00:00+07:00"
    assert dossier["flags"] == ["imported"]
    assert dossier["officer"] == "Trần Văn Minh"
    assert importer.differences() == []


def test_entries_have_the_time_of_the_event_and_the_present_recording_time(importer: Importer) -> None:
    importer.load(line(f"{AGENCY}-210816-0001", FINISH))
    journal = importer.journal(f"{AGENCY}-210816-0001")
    assert [entry["type"] for entry in journal] == ["receive", "finish", "succeed"]
    assert journal[1]["occurred_at"] == "2021-08-20T10:00:00+07:00"
    assert {entry["recorded_at"] for entry in journal} == {"2026-08-17T08:30:00+07:00"}


def test_past_figures_show_that_an_import_changed_them(importer: Importer) -> None:
    importer.load(line(f"{AGENCY}-210816-0001", FINISH, RETURN))
    with Client(importer.url, NOW) as client:
        figures = client.get("/api/v1/statistics/on-time?by=commune&from=2021-08-01&to=2021-08-31").json()
    assert figures["changed_since"] is not None
    assert figures["total"]["finished"] == {"total": 1, "early": 0, "on_time": 0, "late": 1}


def test_a_repeated_import_changes_nothing(importer: Importer) -> None:
    lines = [
        line(f"{AGENCY}-210816-0001", FINISH, RETURN),
        line(None, external=[{"system": "old", "code": "A/1"}]),
    ]
    importer.load(*lines)
    before = importer.counts()
    again = importer.load(*lines)
    assert (again.loaded, again.continued, again.unchanged, again.rejected) == (0, 0, 2, 0)
    assert importer.counts() == before


def test_a_dossier_in_two_lines_of_a_file_is_loaded_once(importer: Importer) -> None:
    summary = importer.load(line(), line(f"{AGENCY}-210816-0001", FINISH), line())
    assert (summary.loaded, summary.continued, summary.unchanged, summary.rejected) == (1, 1, 1, 0)
    assert importer.dossier(f"{AGENCY}-210816-0001")["status"] == "finished"


def test_new_events_continue_a_stored_dossier(importer: Importer) -> None:
    at = "2025-07-{:02d}T09:00"
    events = [event("receive", at.format(7)), event("take", at.format(8))]
    new = line("000.00.44.H17-250707-0001", receiving_unit="20900", events=events)
    importer.load(new)
    more = [
        event("request-supplement", at.format(9), reason="Thiếu tờ khai", documents=[{"name": "Tờ khai"}]),
        event("supplement", at.format(14), documents=[{"name": "Tờ khai"}]),
        event("finish", at.format(15), outcome="granted"),
    ]
    summary = importer.load({**new, "events": [*events, *more]})
    assert (summary.loaded, summary.continued, summary.rejected) == (0, 1, 0)
    dossier = importer.dossier("000.00.44.H17-250707-0001")
    assert (dossier["original_due_date"], dossier["due_date"]) == ("2025-07-10", "2025-07-15")
    assert dossier["verdict"] == "on_time"
    assert [document["name"] for document in dossier["documents"]] == ["Tờ khai"]
    assert importer.differences() == []


def test_an_import_continues_a_dossier_received_at_a_counter(importer: Importer) -> None:
    body = {
        "procedure": "1.004837",
        "receiving_unit": "20900",
        "applicant": {"name": "Hồ Văn Biên"},
        "at": "2026-08-17T08:00:00+07:00",
    }
    with Client(importer.url, NOW) as client:
        code = client.post("/api/v1/dossiers", body, token=client.token("clerk")).json()["code"]
    taken = {
        "code": code,
        **{name: value for name, value in body.items() if name != "at"},
        "events": [event("receive", "2026-08-17T08:00"), event("take", "2026-08-17T08:10")],
    }
    assert importer.load(taken).continued == 1
    assert importer.dossier(code)["status"] == "processing"


def test_a_voided_event_is_not_imported_again(importer: Importer) -> None:
    code = f"{AGENCY}-210816-0001"
    importer.load(line(code, FINISH))
    with Client(importer.url, NOW) as client:
        path = f"/api/v1/dossiers/{code}"
        body = {"sequence": 2, "reason": "nhầm hồ sơ"}
        asked = client.post(f"{path}/void", body, token=client.token("supervisor", client="một")).json()
        decision = {"sequence": asked["version"]}
        approved = client.post(f"{path}/approve-correction", decision, token=client.token("supervisor", client="hai"))
        assert approved.json()["status"] == "received", approved.text
    assert importer.load(line(code, FINISH)).unchanged == 1
    assert importer.dossier(code)["status"] == "received"
    assert importer.differences() == []


DIFFERENT: dict[str, tuple[Line, str]] = {
    "another-time": (
        line(f"{AGENCY}-210816-0001", event("finish", "2021-08-20T10:01", outcome="granted")),
        "/events/1/at",
    ),
    "another-outcome": (
        line(f"{AGENCY}-210816-0001", event("finish", "2021-08-20T10:00", outcome="refused", reason="Không đủ")),
        "/events/1/outcome",
    ),
    "another-action": (line(f"{AGENCY}-210816-0001", event("take", "2021-08-20T10:00")), "/events/1/action"),
    "another-procedure": (line(f"{AGENCY}-210816-0001", procedure="1.004884"), "/events/0/procedure"),
    "another-unit": (line(f"{AGENCY}-210816-0001", receiving_unit="20900"), "/events/0/receiving_unit"),
    "another-applicant": (line(applicant={"name": "Trần Văn Nam"}), "/applicant/name"),
    "another-officer": (
        line(events=[{"action": "receive", "at": "2021-08-16T08:30:00+07:00", "officer": "Ai Khác"}]),
        "/events/0/officer",
    ),
    "another-external": (line(external=[{"system": "dvcqg", "code": "X-1"}]), "/external"),
}


@pytest.mark.parametrize(("other", "pointer"), DIFFERENT.values(), ids=DIFFERENT)
def test_a_different_history_of_a_stored_dossier_is_rejected_with_the_difference(
    importer: Importer, other: Line, pointer: str
) -> None:
    importer.load(line(f"{AGENCY}-210816-0001", FINISH))
    before = importer.counts()
    summary = importer.load(other)
    assert (summary.loaded, summary.continued, summary.rejected) == (0, 0, 1)
    assert importer.rejected[0]["code"] == "history_differs"
    assert importer.rejected[0]["pointer"] == pointer
    assert importer.counts() == before


def test_a_line_with_the_codes_of_two_dossiers_is_rejected(importer: Importer) -> None:
    importer.load(line(f"{AGENCY}-210816-0001"), line(None, external=[{"system": "old", "code": "2"}]))
    importer.load(line(f"{AGENCY}-210816-0001", external=[{"system": "old", "code": "2"}]))
    assert importer.rejected[0]["code"] == "dossiers_differ"


BROKEN: dict[str, tuple[Line | bytes, str]] = {
    "no-json": (b"{", "line_unreadable"),
    "no-object": (b"[1]", "line_unreadable"),
    "not-utf-8": (b'{"code": "\xff\xfe"}', "line_unreadable"),
    "deep-nesting": (b"[" * 200_000, "line_unreadable"),
    "deep-nesting-within": (b'{"applicant": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}", ""),
    "a-number-of-many-digits": (b'{"fee": ' + b"9" * 5000 + b"}", "line_unreadable"),
    "not-a-number": (b'{"fee": NaN}', "line_unreadable"),
    "too-long": (b'{"summary": "' + b"a" * 1_100_000 + b'"}', "line_too_long"),
    "half-a-character": (line(applicant={"name": "\ud800"}), "invalid"),
    "a-null-character": (line(applicant={"name": "a\x00b"}), "invalid"),
    "neither-code-nor-external": (line(None), "code_needed"),
    "a-code-that-is-none": (line("nonsense"), "code_invalid"),
    "an-endless-code": (line("9" * 400), "code_invalid"),
    "no-events": (line(events=[]), "invalid"),
    "events-of-numbers": (line(events=[1]), "invalid"),
    "an-unknown-field": (line(colour="red"), "invalid"),
    "an-unknown-action": (line(f"{AGENCY}-210816-0001", event("dance", "2021-08-17T08:00")), "invalid"),
    "an-action-that-is-a-number": (line(events=[{"action": 3, "at": "2021-08-16T08:30:00+07:00"}]), "invalid"),
    "a-correction": (
        line("000.31.15.H47-210816-0001", event("correct", "2021-08-17T08:00", sequence=1, changes={}, reason="a")),
        "not_importable",
    ),
    "an-approval": (
        line("000.31.15.H47-210816-0001", event("approve-correction", "2021-08-17T08:00", sequence=1)),
        "not_importable",
    ),
    "an-event-without-a-time": (line("000.31.15.H47-210816-0001", {"action": "take"}), "at_needed"),
    "a-time-without-an-offset": (line(events=[{"action": "receive", "at": "2021-08-16T08:30:00"}]), "invalid"),
    "a-first-event-that-is-later": (line(events=[FINISH]), "not_possible"),
    "received-twice": (line("000.31.15.H47-210816-0001", event("receive", "2021-08-17T08:00")), "not_possible"),
    "finished-without-an-outcome": (line("000.31.15.H47-210816-0001", event("finish", "2021-08-17T08:00")), "invalid"),
    "returned-before-it-is-finished": (line("000.31.15.H47-210816-0001", RETURN), "not_possible"),
    "an-event-before-the-last": (
        line("000.31.15.H47-210816-0001", event("take", "2021-08-16T08:29")),
        "before_last_event",
    ),
    "in-the-future": (line("000.31.15.H47-210816-0001", event("take", "2026-08-18T08:00")), "in_the_future"),
    "an-unknown-procedure": (line(procedure="0.000000"), "unknown_procedure"),
    "an-unknown-unit": (line(receiving_unit="99999"), "unknown_unit"),
    "a-unit-by-a-huge-id": (line(receiving_unit=10**30), "invalid"),
    "a-unit-not-valid-then": (line(receiving_unit=30), "unit_not_valid"),
    "before-the-procedure": (line(events=[event("receive", "2017-08-16T08:30")]), "procedure_not_in_force"),
    "an-external-twice": (line(external=[{"system": "a", "code": "b"}] * 2), "external_twice"),
    "a-fee-too-large": (line(fee=10**13), "invalid"),
    "a-code-of-another-day": (line(f"{AGENCY}-210817-0001"), "code_invalid"),
    "a-stated-date-that-is-none": (line(stated_due_date="2021-02-30"), "invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("broken", "code"), BROKEN.values(), ids=BROKEN)
def test_a_faulty_line_is_rejected_and_the_others_are_loaded(
    importer: Importer, broken: Line | bytes, code: str
) -> None:
    good = [line(f"{AGENCY}-210816-0100"), line(f"{AGENCY}-210816-0101")]
    summary = importer.load(good[0], broken, good[1])
    assert (summary.loaded, summary.rejected) == (2, 1)
    (rejected,) = importer.rejected
    assert rejected["line"] == 2
    assert rejected["reason"]
    assert rejected["code"] == code or not code
    assert importer.counts()[0] == 2


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        (line(receiving_unit="99999"), "/receiving_unit"),
        (line(another_area=True), "/another_area"),
        (line("H47.123.05-210816-01001"), "/code"),
        (line(events=[event("receive", "2021-08-16T08:30"), event("take", "2021-08-16T08:29")]), "/events/1/at"),
    ],
)
def test_the_error_of_a_line_points_to_the_field_where_it_stands(
    importer: Importer, broken: Line, pointer: str
) -> None:
    importer.load(broken)
    assert importer.rejected[0]["pointer"] == pointer


def test_an_outage_is_recorded_by_its_own_call(importer: Importer) -> None:
    importer.load(line(events=[event("receive", "2021-08-16T08:30"), event("outage", "2021-08-17T08:00")]))
    assert (importer.rejected[0]["code"], importer.rejected[0]["pointer"]) == ("not_importable", "/events/1/action")
    assert "POST /api/v1/outages" in importer.rejected[0]["reason"]


def test_a_rejected_line_can_be_corrected_and_imported(importer: Importer) -> None:
    importer.load(line(f"{AGENCY}-210816-0001", receiving_unit="99999"))
    original = json.loads(importer.rejected[0]["text"])
    assert importer.load({**original, "receiving_unit": "20899"}).loaded == 1
    assert not importer.rejects.exists()


def test_blank_lines_and_a_byte_order_mark_are_ignored(importer: Importer) -> None:
    first = b"\xef\xbb\xbf" + json.dumps(line(f"{AGENCY}-210816-0001")).encode()
    summary = importer.load(first, b"", b"  \t", line(f"{AGENCY}-210816-0002"))
    assert (summary.loaded, summary.rejected) == (2, 0)


def test_a_stated_due_date_is_stored_and_a_disagreement_listed(importer: Importer) -> None:
    summary = importer.load(
        line(f"{AGENCY}-210816-0001", stated_due_date="2021-08-20"),
        line(f"{AGENCY}-210816-0002", stated_due_date="2021-08-19"),
    )
    assert summary.disagreeing == 1
    assert f"line 1: {AGENCY}-210816-0001 stated 2021-08-20, computed 2021-08-19" in str(summary)
    assert importer.journal(f"{AGENCY}-210816-0001")[0]["data"]["stated_due_date"] == "2021-08-20"


def test_imported_codes_advance_the_ordinals_of_their_day(importer: Importer) -> None:
    code = "000.00.44.H17-260817-0041"
    events = [event("receive", "2026-08-17T07:30")]
    importer.load(
        line(None, receiving_unit="20900", external=[{"system": "old", "code": "1"}], events=events),
        line(code, receiving_unit="20900", events=events),
    )
    with Client(importer.url, NOW) as client:
        body = {"procedure": "1.004837", "receiving_unit": "20900", "applicant": {"name": "Hồ Văn Biên"}}
        issued = client.post("/api/v1/dossiers", body, token=client.token("clerk")).json()["code"]
    # The line without a code is the first in the file, but lines with codes are loaded before it.
    assert issued == "000.00.44.H17-260817-0043"
    assert importer.differences() == []


def test_a_code_of_a_central_system_is_kept_and_advances_no_ordinal(importer: Importer) -> None:
    code = "H17.123.05-260817-010007"
    summary = importer.load(line(code, receiving_unit="20900", events=[event("receive", "2026-08-17T07:30")]))
    assert (summary.loaded, summary.rejected) == (1, 0)
    assert importer.differences() == []
    with Client(importer.url, NOW) as client:
        typed = client.get("/api/v1/lookup/h17.123.05 - 260817–010007")
        part = client.get("/api/v1/dossiers", params={"q": "260817-0100"}, token=client.token("supervisor", "20900"))
    assert (typed.status_code, typed.json()["code"]) == (200, code)
    assert [dossier["code"] for dossier in part.json()["items"]] == [code]


def test_a_new_code_follows_the_setting(importer: Importer) -> None:
    units = {"receiving_unit": "20900", "responsible_unit": "20908"}
    events = [event("receive", "2026-08-17T07:30")]
    lines = [line(None, external=[{"system": "old", "code": "1"}], events=events, **units)]
    importer.load(*lines, responsible_codes_from=date(2026, 8, 17))
    assert importer.dossier("000.00.45.H17-260817-0001")["external"][0]["code"] == "1"


def test_a_code_is_normalised(importer: Importer) -> None:
    importer.load(line(" 000.31.15.h47–210816–0001 "))
    assert importer.dossier(f"{AGENCY}-210816-0001")["code"] == f"{AGENCY}-210816-0001"


def test_units_are_valid_on_the_event_dates_and_open_dossiers_move_to_the_successor(importer: Importer) -> None:
    received = event("receive", "2025-06-27T09:00")
    importer.load(line("000.32.15.H47-250627-0001", receiving_unit="20900", events=[received]))
    dossier = importer.dossier("000.32.15.H47-250627-0001")
    assert dossier["receiving_unit"]["name"] == "Trà Sơn"
    assert dossier["responsible_unit"]["name"] == dossier["holder_unit"]["name"] == "Trà My"
    moved = importer.journal("000.32.15.H47-250627-0001")[-1]
    assert (moved["type"], moved["occurred_at"]) == ("succeed", "2025-07-01T00:00:00+07:00")
    # Events after the succession can still be imported.
    finished = event("finish", "2025-07-02T09:00", outcome="granted")
    again = importer.load(line("000.32.15.H47-250627-0001", receiving_unit="20900", events=[received, finished]))
    assert again.continued == 1
    assert importer.dossier("000.32.15.H47-250627-0001")["verdict"] == "on_time"
    assert importer.differences() == []


def test_hand_offs_and_suspensions_follow_the_same_rules(importer: Importer) -> None:
    history = line(
        f"{AGENCY}-210816-0001",
        event("forward", "2021-08-16T10:00", to_unit="515.05"),
        event("take", "2021-08-16T14:00"),
        event("request-payment", "2021-08-17T09:00", amount=500_000),
        event("pay", "2021-08-19T09:00"),
        event("reschedule", "2021-08-26T09:00", reason="Chờ xác minh", promised_date="2021-09-06"),
        event("finish", "2021-09-06T09:00", outcome="granted"),
        procedure="1.012796",
    )
    summary = importer.load(history)
    assert summary.loaded == 1, importer.rejected
    dossier = importer.dossier(f"{AGENCY}-210816-0001")
    assert dossier["responsible_unit"]["code"] == "515.05"
    assert dossier["promised_date"] == "2021-09-06"
    assert [hand_off["state"] for hand_off in dossier["hand_offs"]][-1] == "done"
    assert importer.differences() == []


def test_a_dry_run_reports_errors_and_stores_nothing(importer: Importer) -> None:
    before = importer.counts()
    summary = importer.load(line(), line("nonsense"), dry_run=True)
    assert (summary.loaded, summary.rejected) == (1, 1)
    assert importer.rejected[0]["code"] == "code_invalid"
    assert importer.counts() == before


def test_an_interrupted_import_loses_nothing_and_can_be_repeated(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_BATCH", 2)
    lines = [line(f"{AGENCY}-210816-{number:04d}") for number in range(1, 8)]

    def interrupt(done: int, _total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importer.load(*lines, progress=interrupt)
    assert importer.counts()[0] == 4
    again = importer.load(*lines)
    assert (again.loaded, again.unchanged) == (3, 4)
    assert importer.counts()[0] == 7


def test_a_line_refused_by_the_database_does_not_affect_the_others(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if a counter had recorded the same external code during the batch.
    importer.load(line(f"{AGENCY}-210816-0001", external=[{"system": "old", "code": "1"}]))

    async def sees_nothing(*_arguments: object) -> dict[tuple[str, ...], str]:
        return {}

    monkeypatch.setattr(importing, "_stored_codes", sees_nothing)
    summary = importer.load(
        line(f"{AGENCY}-210816-0002", external=[{"system": "old", "code": "1"}]),
        line(f"{AGENCY}-210816-0003"),
    )
    assert (summary.loaded, summary.rejected) == (1, 1)
    assert importer.rejected[0]["code"] == "not_storable"


def test_the_rejects_never_overwrite_the_input(importer: Importer) -> None:
    importer.rejects = importer.path
    with pytest.raises(Exception, match="overwrite"):
        importer.load(line())
    assert importer.path.exists()


def test_the_command_prints_the_summary(importer: Importer) -> None:
    importer.path.write_text(json.dumps(line()) + "\n", encoding="utf-8")
    end = CliRunner().invoke(commands, ["import", str(importer.path)], env={"MOTCUA_DATABASE_URL": importer.url})
    assert end.exit_code == 0, end.output
    assert "1 loaded, 0 continued, 0 unchanged, 0 rejected" in end.stdout


def test_the_summary_counts_rejected_lines_by_reason_with_one_example(importer: Importer) -> None:
    bad = [line(f"{AGENCY}-210816-{number:04d}", receiving_unit=f"9999{number}") for number in range(1, 8)]
    shown = str(importer.load(line(f"{AGENCY}-210816-0100"), b"{", *bad)).splitlines()
    assert str(importer.rejects) in shown[1]
    assert shown[2].strip().startswith("7 × line 3: ")
    assert "99991" in shown[2]
    assert shown[3].strip().startswith("1 × line 2: ")
    assert len(shown) == 4


def test_the_command_prints_the_default_file_of_rejects(importer: Importer) -> None:
    importer.path.write_text(json.dumps(line("nonsense")) + "\n", encoding="utf-8")
    end = CliRunner().invoke(commands, ["import", str(importer.path)], env={"MOTCUA_DATABASE_URL": importer.url})
    assert end.exit_code == 0, end.output
    assert f"{importer.path}.rejects" in end.stdout
    assert "1 × line 1: " in end.stdout
    assert "A dossier code looks like" in end.stdout


def test_a_rejection_has_pointers_and_reasons(importer: Importer) -> None:
    wrong = line(events=[{"action": "receive", "at": "gestern"}], fee=10**13)
    importer.load(wrong, line(f"{AGENCY}-210816-0001", event("finish", "2021-08-17T08:00", outcome="refused")))
    first, second = importer.rejected
    assert first["reason"] == "/events/0/at: 'gestern' is no date; write it like 16/08/2021 or 16/08/2021 08:30."
    assert second["reason"] == "/events/1: a refusal needs its reason"
    wrong = {"pointer": "/events/1", "code": "refusal_reason_missing", "detail": "a refusal needs its reason"}
    assert second["errors"] == [wrong]


def test_a_printed_reason_has_no_control_characters(importer: Importer) -> None:
    summary = importer.load(line(applicant={"name": "A", "\x1b[2J": 1}))
    assert summary.rejected == 1
    assert "\x1b" not in str(summary)


def test_rejects_are_in_the_order_of_their_lines(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_BATCH", 2)
    other = {"receiving_unit": "99999"}
    importer.load(
        line(None, external=[{"system": "old", "code": "1"}], **other),
        line(f"{AGENCY}-210816-0002", **other),
        b"{",
        line(None, external=[{"system": "old", "code": "ế"}], **other),
        line(f"{AGENCY}-210816-0005", **other),
    )
    assert [row["line"] for row in importer.rejected] == [1, 2, 3, 4, 5]
    assert json.loads(importer.rejected[3]["text"])["external"][0]["code"] == "ế"
    assert [path.name for path in importer.rejects.parent.iterdir() if "rejects" in path.name] == [
        importer.rejects.name
    ]


def test_different_instants_are_shown_in_local_time(importer: Importer) -> None:
    importer.load(line(f"{AGENCY}-210816-0001", FINISH))
    importer.load(line(f"{AGENCY}-210816-0001", event("finish", "2021-08-20T10:01", outcome="granted")))
    reason = importer.rejected[0]["reason"]
    assert "2021-08-20T10:00:00+07:00 here, 2021-08-20T10:01:00+07:00 in the line" in reason


def test_one_disagreement_has_its_own_wording(importer: Importer) -> None:
    summary = importer.load(line(f"{AGENCY}-210816-0001", stated_due_date="2021-08-20"))
    assert "1 stated due date differs from the computed one:" in str(summary)


def test_a_code_with_another_day_than_the_first_event_is_refused(importer: Importer) -> None:
    # Half an hour past midnight in Việt Nam, still the day before in UTC.
    at = {"action": "receive", "at": "2021-08-16T00:30:00+07:00"}
    summary = importer.load(line(f"{AGENCY}-210815-0001", events=[at]), line(f"{AGENCY}-210816-0001", events=[at]))
    assert (summary.loaded, summary.rejected) == (1, 1)
    assert (importer.rejected[0]["line"], importer.rejected[0]["pointer"]) == (1, "/code")
