"""Who calls, and what the condition keys say of caller and resource.

MiniStack answers `aws:PrincipalArn` with the ARN of the session and knows no organization of several accounts. On
AWS `aws:PrincipalArn` is the ARN of the role behind a session, and the organization keys speak for every member.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import json
import re

from ministack.core import iam_evaluator
from ministack.services import iam, organizations, s3

S3_ARN = "arn:aws:s3:::"


def management_account(account_id):
    """The management account of the organization that `account_id` is in, or None."""
    for (owner, member), _ in list(organizations._accounts._data.items()):
        if member == account_id:
            return owner
    return None


def organization_of(account_id):
    """The organization record of an account, or None."""
    owner = management_account(account_id)
    return organizations._orgs.get_scoped(owner, None, "self") if owner else None


def organization_paths(account_id):
    """`aws:PrincipalOrgPaths`: `o-…/r-…/ou-…/` of the account, the organizational unit nearest to it last."""
    owner = management_account(account_id)
    if owner is None:
        return None
    parent = organizations._accounts.get_scoped(owner, None, account_id)["_ParentId"]
    steps = []
    while parent:
        steps.insert(0, parent)
        parent = (organizations._ous.get_scoped(owner, None, parent) or {}).get("_ParentId")
    return ["/".join([organization_of(account_id)["Id"], *steps, ""])]


def principal_arn(ctx):
    """The ARN of the role behind a session; any other caller's own ARN."""
    if ctx.principal_type != "AssumedRole":
        return ctx.principal_arn
    name = iam_evaluator._role_name_from_assumed_arn(ctx.principal_arn)
    role = iam._roles.get_scoped(ctx.principal_account, None, name)
    return role["Arn"] if role else f"arn:aws:iam::{ctx.principal_account}:role/{name}"


def resource_account(ctx):
    """The account that owns the resource; a bucket's ARN does not name it."""
    if ctx.resource_arn.startswith(S3_ARN):
        owner = s3._bucket_owner_account(ctx.resource_arn[len(S3_ARN):].split("/", 1)[0])
        return owner or ctx.principal_account
    return iam_evaluator._account_from_arn(ctx.resource_arn) or ctx.principal_account


def _organization_id(account_id):
    return (organization_of(account_id) or {}).get("Id")


_KEYS = {
    "aws:principalarn": principal_arn,
    "aws:principalorgid": lambda ctx: _organization_id(ctx.principal_account),
    "aws:principalorgpaths": lambda ctx: organization_paths(ctx.principal_account),
    "aws:principalisawsservice": lambda ctx: str(ctx.principal_type == "Service").lower(),
    "aws:resourceaccount": resource_account,
    "s3:resourceaccount": resource_account,
    "aws:resourceorgid": lambda ctx: _organization_id(resource_account(ctx)),
    "aws:resourceorgpaths": lambda ctx: organization_paths(resource_account(ctx)),
    "s3:tlsversion": lambda ctx: "1.3" if ctx.secure_transport else None,
}


def _statements(document):
    try:
        document = json.loads(document) if isinstance(document, str) else document
    except json.JSONDecodeError:
        return []
    found = document.get("Statement", []) if isinstance(document, dict) else []
    return [s for s in (found if isinstance(found, list) else [found]) if isinstance(s, dict)]


def unknown_principal(document):
    """The first role or user that a policy names as a principal and that does not exist, or None.

    AWS refuses to store such a policy; a role that is made later must be named by a condition.
    """
    for statement in _statements(document):
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        for arn in [named] if isinstance(named, str) else named:
            match = re.fullmatch(r"arn:aws:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)", arn)
            if match is None:
                continue
            record = (iam._roles if match[2] == "role" else iam._users).get_scoped(match[1], None, match[3])
            if record is None or record["Arn"] != arn:
                return arn
    return None


def _refuse_unknown_principals(action, parameter):
    handler = iam._IAM_HANDLERS[action]

    def checked(params):
        arn = unknown_principal(iam._p(params, parameter))
        if arn:
            message = f'Invalid principal in policy: "AWS":"{arn}"'
            return iam._error(400, "MalformedPolicyDocument", message, ns="iam")
        return handler(params)

    iam._IAM_HANDLERS[action] = checked


def _suspended(account_id):
    owner = management_account(account_id)
    return owner is not None and organizations._accounts.get_scoped(owner, None, account_id)["Status"] == "SUSPENDED"


def mend():
    """Puts the keys and the refusals in place."""
    trusts = iam_evaluator.evaluate_trust_policy

    def trusts_caller(document, caller, ctx=None):
        # Nobody gets into a suspended account.
        role_account = iam_evaluator._account_from_arn(ctx.resource_arn) if ctx else None
        return not _suspended(role_account) and trusts(document, caller, ctx)

    iam_evaluator.evaluate_trust_policy = trusts_caller
    resolve = iam_evaluator._resolve_condition_key

    def condition_key(key, ctx):
        mended = _KEYS.get(key.lower())
        return mended(ctx) if mended else resolve(key, ctx)

    iam_evaluator._resolve_condition_key = condition_key
    iam_evaluator._principal_org_id = _organization_id
    _refuse_unknown_principals("CreateRole", "AssumeRolePolicyDocument")
    _refuse_unknown_principals("UpdateAssumeRolePolicy", "PolicyDocument")
