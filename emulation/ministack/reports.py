"""The credential report as AWS writes it.

MiniStack's report says N/A for everything that was ever used, and breaks at a comma in a name. Here passwords and keys
carry the dates that the seed gave them, in the cells and sentinels of a live report.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html

On AWS a report stays for four hours, and is made anew only after that. Here it is made anew each time, so that tests see
what they have just changed; with EMULATION_REPORT_HOURS=4 in the emulator's environment it stays as on AWS.
"""

import csv
import io
import os
from datetime import datetime, timedelta, timezone

import callers
from ministack.core.responses import get_account_id
from ministack.services import iam, organizations

_KEY = ["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"]
COLUMNS = ["user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
           "password_next_rotation", "mfa_active", *[f"access_key_{n}_{cell}" for n in (1, 2) for cell in _KEY],
           "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"]
_NO_KEY = ["false", "N/A", "N/A", "N/A", "N/A"]
_NO_CERTIFICATES = ["false", "N/A", "false", "N/A"]


def _date(value):
    return value.replace("Z", "+00:00")


def _flag(value):
    return "true" if value else "false"


def _key_cells(key):
    used = key.get("EmulatedLastUsed")
    last_used = [_date(used["date"]), used["region"], used["service"]] if used else ["N/A", "N/A", "N/A"]
    return [_flag(key["Status"] == "Active"), _date(key["CreateDate"]), *last_used]


def _two_keys(found):
    keys = sorted(found, key=lambda key: (key["CreateDate"], key["AccessKeyId"]))[:2]
    return [cell for n in (0, 1) for cell in (_key_cells(keys[n]) if n < len(keys) else _NO_KEY)]


def _user_row(name, user):
    login = iam._login_profiles.get(name)
    used = user.get("EmulatedPasswordLastUsed")
    password = ["true", _date(used) if used else "no_information", _date(login["CreateDate"]), "N/A"] if login else [
        "false", "N/A", "N/A", "N/A"]
    mfa = any(device.get("User") == name for device in iam._mfa_devices.values())
    found = [key for key in iam._access_keys.values() if key["UserName"] == name]
    return [name, user["Arn"], _date(user["CreateDate"]), *password, _flag(mfa), *_two_keys(found), *_NO_CERTIFICATES]


def _root_row():
    account_id = get_account_id()
    owner = callers.management_account(account_id)
    record = organizations._accounts.get_scoped(owner, None, account_id) if owner else None
    root = (record or {}).get("_Root") or {"created": iam._now(), "mfa": False, "passwordLastUsed": None, "keys": []}
    used = root["passwordLastUsed"]
    password = ["not_supported", _date(used) if used else "no_information", "not_supported", "not_supported"]
    return ["<root_account>", f"arn:aws:iam::{account_id}:root", _date(root["created"]), *password, _flag(root["mfa"]),
            *_two_keys(root["keys"]), *_NO_CERTIFICATES]


def build():
    """The report of the account in hand; lines end in LF, and the last one has none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, _root_row(), *[_user_row(name, user) for name, user in iam._users.items()]])
    return text.getvalue().removesuffix("\n")


def _is_fresh(report, hours):
    made = datetime.fromisoformat(report["generated_time"].replace("Z", "+00:00"))
    return datetime.now(timezone.utc) - made < timedelta(hours=hours)


def _mend_age(hours):
    generate = iam._IAM_HANDLERS["GenerateCredentialReport"]

    def generate_credential_report(params):
        report = iam._credential_reports.get("report")
        if report is None or not _is_fresh(report, hours):
            return generate(params)
        return iam._xml(200, "GenerateCredentialReportResponse", "<GenerateCredentialReportResult><State>COMPLETE</State>"
                        "</GenerateCredentialReportResult>", ns="iam")

    iam._IAM_HANDLERS["GenerateCredentialReport"] = generate_credential_report


def mend():
    """Puts the report in place, and how long it stays."""
    iam._build_credential_report = build
    _mend_age(float(os.environ.get("EMULATION_REPORT_HOURS") or 0))
