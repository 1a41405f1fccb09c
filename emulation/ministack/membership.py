"""AWS Organizations as the management account and its members see it.

MiniStack makes every caller the master of an organization of its own, pages nothing, and knows no `State`.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

import base64
import binascii
import json

import callers
import delegation
from ministack.core import iam_actions
from ministack.core.responses import error_response_json, get_account_id, get_region, request_scope
from ministack.services import organizations

PAGE = 20
_TARGETS = ("AccountId", "ParentId", "ResourceId", "TargetId", "OrganizationalUnitId", "ChildId")
_LISTS = {"ListAccounts": "Accounts", "ListAccountsForParent": "Accounts",
          "ListOrganizationalUnitsForParent": "OrganizationalUnits", "ListRoots": "Roots", "ListParents": "Parents",
          "ListDelegatedAdministrators": "DelegatedAdministrators"}


def _token(operation, offset, empty=False):
    return base64.urlsafe_b64encode(f"{operation}:{offset}:{'empty' if empty else ''}".encode()).decode()


def _position(operation, token):
    try:
        name, offset, empty = base64.urlsafe_b64decode(token).decode().split(":")
        return (int(offset), bool(empty)) if name == operation else (None, False)
    except (binascii.Error, ValueError):
        return None, False


def page(operation, items, limit, token):
    """One page as (items, next token); None for a token of no such list.

    A page before the last may be empty and yet be followed by another: AWS says so, and the second page of a long
    list is one here, so that a reader that stops at an empty page is found out.
    """
    start, empty = _position(operation, token) if token else (0, False)
    if start is None:
        return None
    if empty:
        return [], _token(operation, start)
    end = start + limit
    return items[start:end], _token(operation, end, empty=start == 0) if end < len(items) else None


def _paged(operation, payload, answer):
    status, headers, body = answer
    limit = payload.get("MaxResults", PAGE)
    if not isinstance(limit, int) or not 1 <= limit <= PAGE:
        message = f"You specified an invalid value for MaxResults: 1 to {PAGE}"
        return error_response_json("InvalidInputException", message, 400)
    content = json.loads(body)
    name = _LISTS[operation]
    found = page(operation, content[name], limit, (payload.get("NextToken") or ""))
    if found is None:
        return error_response_json("InvalidInputException", "You provided a value that is not a NextToken", 400)
    content = {name: found[0]} | ({"NextToken": found[1]} if found[1] else {})
    return status, headers, json.dumps(content).encode()


def _may(caller, management, operation):
    """The management account may all, a delegated administrator of any service read, other members know of it."""
    if caller == management or operation == "DescribeOrganization":
        return True
    return operation.startswith(("Describe", "List")) and bool(delegation.services_of(management, caller))


def _remove_account(payload, management):
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html"""
    account_id = payload.get("AccountId", "")
    if account_id not in organizations._accounts or account_id == management:
        return error_response_json("AccountNotFoundException", f"{account_id} is no member that can be removed", 400)
    organizations._accounts.pop(account_id)
    # or the next start would seed it again
    organizations._orgs["self"].setdefault("_Removed", []).append(account_id)
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, b""


def _asked_about(body, caller):
    """ARN of the account, unit or root that a request names, which is its resource; * where it names none.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
    """
    try:
        payload = json.loads(body or b"{}")
    except json.JSONDecodeError:
        payload = {}
    target = next((payload[key] for key in _TARGETS if isinstance(payload.get(key), str)), "")
    kind = next((kind for prefix, kind in (("ou-", "ou"), ("r-", "root")) if target.startswith(prefix)), "account")
    organization = callers.organization_of(caller)
    if not target or organization is None:
        return "*"
    return f"arn:aws:organizations::{callers.management_account(caller)}:{kind}/{organization['Id']}/{target}"


def mend():
    """Puts one organization in place: answers to those who may ask, paged, with `State`."""
    handle = organizations.handle_request
    public = organizations._public_account
    resource = iam_actions.extract_resource_arn

    def resource_arn(service, method, path, headers, body, query, region, account_id):
        if service == "organizations":
            return _asked_about(body, account_id)
        return resource(service, method, path, headers, body, query, region, account_id)

    def public_account(record):
        shown = public(record)
        return {**shown, "State": record.get("_State", shown["Status"])}

    async def handle_request(method, path, headers, body, query):
        operation = (headers.get("x-amz-target") or "").split(".")[-1]
        caller = get_account_id()
        management = callers.management_account(caller)
        if management is None:
            message = "Your account is not a member of an organization."
            return error_response_json("AWSOrganizationsNotInUseException", message, 400)
        if not _may(caller, management, operation):
            message = "You don't have permissions to access this resource."
            return error_response_json("AccessDeniedException", message, 400)
        with request_scope(management, get_region()):
            if operation == "RemoveAccountFromOrganization":
                return _remove_account(json.loads(body or b"{}"), management)
            answer = await handle(method, path, headers, body, query)
        if answer[0] == 200 and operation in _LISTS:
            return _paged(operation, json.loads(body or b"{}"), answer)
        return answer

    iam_actions.extract_resource_arn = resource_arn
    organizations._public_account = public_account
    organizations.handle_request = handle_request
