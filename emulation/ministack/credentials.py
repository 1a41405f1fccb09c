"""Every credential that this emulator knows, so that tests can look for it where none may be."""

from ministack.services import iam, sts


def known(_request):
    """Sessions since the start, of functions and services too, and the access keys of all users of all accounts."""
    sessions = [(session.get("Arn", ""), key_id, session) for key_id, session in list(sts._sessions.items())]
    keys = [(record["UserName"], key_id, record) for (_, key_id), record in list(iam._access_keys._data.items())]
    return {"credentials": [
        {"of": owner, "accessKeyId": key_id, "secretAccessKey": found["SecretAccessKey"],
         "sessionToken": found.get("SessionToken")} for owner, key_id, found in [*sessions, *keys]]}
