"""Makes the organization of a plan (emulation/organization.ts): what the API cannot make, and much faster than it.

An organization id, a suspended account, account ids and past dates cannot be asked of AWS. Users, keys and devices go
through MiniStack's own handlers, then get the dates of the plan.
"""

import json
import re
import time

import instances
from ministack.core.responses import request_scope
from ministack.services import iam, organizations

ACCESS_ROLE = "OrganizationAccountAccessRole"
_ADMINISTRATOR = json.dumps({"Version": "2012-10-17",
                             "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
_DAY = 86400


class SeedError(Exception):
    """The emulator refused a step of the seed."""


def _call(action, **parameters):
    params = {name: [value] for name, value in {"Action": action, **parameters}.items()}
    status, _, body = iam._IAM_HANDLERS[action](params)
    if status != 200:
        raise SeedError(f"{action} {parameters}: {body.decode()}")
    return body.decode()


def _days_ago(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * _DAY))


def _last_used(key):
    days = key.get("lastUsedDaysAgo")
    return None if days is None else {"date": _days_ago(days), "region": key["region"], "service": key["service"]}


def _seed_key(user_name, key):
    answer = _call("CreateAccessKey", UserName=user_name)
    key_id = re.search("<AccessKeyId>(.*?)</AccessKeyId>", answer)[1]
    record = iam._access_keys[key_id]
    record |= {"Status": "Active" if key["active"] else "Inactive", "CreateDate": _days_ago(key["createdDaysAgo"]),
               "EmulatedLastUsed": _last_used(key)}


def _seed_user(account_id, user):
    name = user["name"]
    _call("CreateUser", UserName=name)
    record = iam._users[name]
    record["CreateDate"] = _days_ago(user["createdDaysAgo"])
    password = user.get("password")
    if password:
        _call("CreateLoginProfile", UserName=name, Password="Emulated-password-1")
        iam._login_profiles[name]["CreateDate"] = _days_ago(password["changedDaysAgo"])
        if password["lastUsedDaysAgo"] is not None:
            record["EmulatedPasswordLastUsed"] = _days_ago(password["lastUsedDaysAgo"])
    if user["mfa"]:
        _call("CreateVirtualMFADevice", VirtualMFADeviceName=name)
        serial = f"arn:aws:iam::{account_id}:mfa/{name}"
        _call("EnableMFADevice", UserName=name, SerialNumber=serial, AuthenticationCode1="111111",
              AuthenticationCode2="222222")
    for key in user["keys"]:
        _seed_key(name, key)


def _seed_access_role(management):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
        "AWS": f"arn:aws:iam::{management}:root"}}]}
    _call("CreateRole", RoleName=ACCESS_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    _call("PutRolePolicy", RoleName=ACCESS_ROLE, PolicyName="AdministratorAccess", PolicyDocument=_ADMINISTRATOR)


def _seed_deployer(deployer):
    name, key_id = deployer["userName"], deployer["accessKeyId"]
    _call("CreateUser", UserName=name)
    _call("PutUserPolicy", UserName=name, PolicyName="AdministratorAccess", PolicyDocument=_ADMINISTRATOR)
    now = _days_ago(0)
    iam._access_keys[key_id] = {
        "UserName": name, "AccessKeyId": key_id, "SecretAccessKey": deployer["secretAccessKey"], "Status": "Active",
        "CreateDate": now, "EmulatedLastUsed": {"date": now, "region": "us-east-1", "service": "sts"}}


def _root_user(root, account_id):
    keys = [{"AccessKeyId": f"root-{account_id}-{n}", "Status": "Active" if key["active"] else "Inactive",
             "CreateDate": _days_ago(key["createdDaysAgo"]), "EmulatedLastUsed": _last_used(key)}
            for n, key in enumerate(root["keys"])]
    used = root["passwordLastUsedDaysAgo"]
    return {"created": _days_ago(root["createdDaysAgo"]), "mfa": root["mfa"], "keys": keys,
            "passwordLastUsed": None if used is None else _days_ago(used)}


def _seed_organization(plan):
    management, organization_id = plan["managementAccountId"], plan["organizationId"]
    base = f"arn:aws:organizations::{management}"
    organizations._ensure_org()
    organizations._roots.clear()
    organizations._accounts.clear()
    organizations._orgs["self"] |= {
        "Id": organization_id, "Arn": f"{base}:organization/{organization_id}",
        "MasterAccountArn": f"{base}:account/{organization_id}/{management}"}
    root = plan["rootId"]
    organizations._roots[root] = {
        "Id": root, "Arn": f"{base}:root/{organization_id}/{root}", "Name": "Root",
        "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}
    for unit in plan["organizationalUnits"]:
        organizations._ous[unit["id"]] = {
            "Id": unit["id"], "Arn": f"{base}:ou/{organization_id}/{unit['id']}", "Name": unit["name"],
            "_ParentId": unit["parentId"]}


def _register(plan, account):
    management, account_id = plan["managementAccountId"], account["id"]
    organizations._accounts[account_id] = {
        "Id": account_id, "Name": account["name"], "Email": account["email"], "Status": account["state"],
        "Arn": f"arn:aws:organizations::{management}:account/{plan['organizationId']}/{account_id}",
        "JoinedMethod": "INVITED" if account_id == management else "CREATED",
        "JoinedTimestamp": int(time.time() - account["root"]["createdDaysAgo"] * _DAY),
        "_ParentId": account["parentId"], "_State": account["state"],
        "_Root": _root_user(account["root"], account_id)}


def seed(plan):
    """Makes what the plan has and the state has not; answers what was made."""
    management, region = plan["managementAccountId"], plan["region"]
    with request_scope(management, region):
        existing = organizations._orgs.get("self")
        if existing is None:
            _seed_organization(plan)
        elif existing["Id"] != plan["organizationId"]:
            raise SeedError(f"the state holds another organization, {existing['Id']}")
        removed = organizations._orgs["self"].get("_Removed", [])
        missing = [a for a in plan["accounts"] if a["id"] not in {*organizations._accounts, *removed}]
        if management in [account["id"] for account in missing]:
            _seed_deployer(plan["deployer"])
        for account in missing:
            _register(plan, account)
    for account in missing:
        with request_scope(account["id"], region):
            if account["id"] != management:
                _seed_access_role(management)
            for user in account["users"]:
                _seed_user(account["id"], user)
    if missing:
        instances.reconcile()
    return {"accounts": len(missing), "users": sum(len(account["users"]) for account in missing)}
