"""Trusted access of services, and delegated administrators: MiniStack has neither.

StackSets have trusted access from the beginning. A delegated administrator of any service may read the organization.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html
"""

import json
import time

from ministack.core.responses import error_response_json, get_account_id
from ministack.services import organizations

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"


def _answer(content=None):
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content or {}).encode()


def _trusted(management):
    record = organizations._accounts.get_scoped(management, None, management)
    return record.setdefault("_TrustedServices", [STACK_SETS])


def has_access(management, service):
    """Whether a service may work in the accounts of the organization."""
    return service in _trusted(management)


def services_of(management, account_id):
    """The services that an account administers for the organization, with the time since when."""
    record = organizations._accounts.get_scoped(management, None, account_id) or {}
    return record.get("_DelegatedServices", {})


def _enable_access(payload):
    services = _trusted(get_account_id())
    if payload["ServicePrincipal"] not in services:
        services.append(payload["ServicePrincipal"])
    return _answer()


def _disable_access(payload):
    services = _trusted(get_account_id())
    if payload["ServicePrincipal"] in services:
        services.remove(payload["ServicePrincipal"])
    return _answer()


def _list_access(_payload):
    return _answer({"EnabledServicePrincipals": [{"ServicePrincipal": name} for name in _trusted(get_account_id())]})


def _register(payload):
    management, account_id, service = get_account_id(), payload["AccountId"], payload["ServicePrincipal"]
    record = organizations._accounts.get_scoped(management, None, account_id)
    if record is None:
        return error_response_json("AccountNotFoundException", "There is no such account in the organization", 400)
    if account_id == management:
        message = "You cannot register the management account as a delegated administrator"
        return error_response_json("ConstraintViolationException", message, 400)
    if not has_access(management, service):
        message = "You must first enable service access: SERVICE_ACCESS_NOT_ENABLED"
        return error_response_json("ConstraintViolationException", message, 400)
    if service in services_of(management, account_id):
        message = "The account is already a delegated administrator for this service"
        return error_response_json("AccountAlreadyRegisteredException", message, 400)
    record.setdefault("_DelegatedServices", {})[service] = int(time.time())
    return _answer()


def _deregister(payload):
    services = services_of(get_account_id(), payload["AccountId"])
    if services.pop(payload["ServicePrincipal"], None) is None:
        message = "The account is no delegated administrator for this service"
        return error_response_json("AccountNotRegisteredException", message, 400)
    return _answer()


def _list_administrators(payload):
    management, service = get_account_id(), payload.get("ServicePrincipal")
    found = []
    for (owner, account_id), record in sorted(organizations._accounts._data.items()):
        services = services_of(management, account_id) if owner == management else {}
        if services if service is None else service in services:
            found.append({**organizations._public_account(record), "DelegationEnabledDate": min(services.values())})
    return _answer({"DelegatedAdministrators": found})


def _list_services(payload):
    services = services_of(get_account_id(), payload["AccountId"])
    return _answer({"DelegatedServices": [{"ServicePrincipal": name, "DelegationEnabledDate": since}
                                          for name, since in services.items()]})


def mend():
    """Puts the operations in place."""
    organizations._DISPATCH.update({
        "EnableAWSServiceAccess": _enable_access, "DisableAWSServiceAccess": _disable_access,
        "ListAWSServiceAccessForOrganization": _list_access, "RegisterDelegatedAdministrator": _register,
        "DeregisterDelegatedAdministrator": _deregister, "ListDelegatedAdministrators": _list_administrators,
        "ListDelegatedServicesForAccount": _list_services})
