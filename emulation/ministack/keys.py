"""KMS keys: found and judged whichever account owns them.

MiniStack looks for a key in the caller's account only, and lets S3 use any key that it is told, existing or not.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

import json
import re

import callers
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, request_scope
from ministack.services import kms

_ARN = re.compile(r"arn:aws:kms:([a-z0-9-]+):(\d{12}):(key/(.+)|alias/.+)")

# What AWS lets a caller ask of another account's key; all else needs a caller of the key's account.
_ACROSS_ACCOUNTS = frozenset({
    "DescribeKey", "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GetKeyRotationStatus", "GetPublicKey", "Sign", "Verify", "CreateGrant",
    "ListGrants", "RetireGrant", "RevokeGrant", "GenerateMac", "VerifyMac",
})


def find(reference, account_id, region):
    """The record of a key by ARN, id or alias; an id or alias without an account is one of `account_id`."""
    match = _ARN.fullmatch(reference)
    if match:
        region, account_id = match[1], match[2]
        key_id = match[4] or kms._aliases.get_scoped(account_id, region, reference)
    elif reference.startswith("alias/"):
        key_id = kms._aliases.get_scoped(account_id, region, f"arn:aws:kms:{region}:{account_id}:{reference}")
    else:
        key_id = reference
    return kms._keys.get_scoped(account_id, region, key_id)


def _owner(record):
    return record["Arn"].split(":")[4]


def use(caller, action, reference, region, service, encryption_context):
    """Why `caller` may not use a key through an AWS service, as (code, message, HTTP status); None if it may."""
    record = find(reference, caller.account, region)
    if record is None or record["Arn"].split(":")[3] != region:
        return "KMS.NotFoundException", f"Key '{reference}' does not exist", 400
    context = {"kms:viaservice": f"{service}.{region}.amazonaws.com", "kms:calleraccount": caller.account,
               "aws:viaawsservice": "true", "kms:encryptioncontextkeys": list(encryption_context)}
    context |= {f"kms:encryptioncontext:{name}".lower(): value for name, value in encryption_context.items()}
    ctx = iam_evaluator.EvalContext(
        principal_arn=caller.arn, principal_type=caller.type, principal_account=caller.account, action=action,
        resource_arn=record["Arn"], region=region, service_context=context, principal_keys=caller.keys)
    root = caller.policies is None
    identity = (iam_evaluator.EvalResult("Allow", caller.arn) if root
                else iam_evaluator.evaluate(ctx, caller.policies, *caller.limits))
    result = iam_evaluator.combine_resource_policy(
        identity, ctx, record.get("Policy") or "", _owner(record), required=True, limits=caller.limits)
    if result.decision != "Allow":
        kind = "identity" if identity.decision != "Allow" else "resource"
        reason = ("with an explicit deny" if result.decision == "Deny"
                  else f"because no {kind}-based policy allows the {action} action")
        message = f"User: {caller.arn} is not authorized to perform: {action} on resource: {record['Arn']} {reason}"
        return "AccessDenied", message, 403
    unusable = kms._check_key_state(record)
    if unusable:
        error = json.loads(unusable[2])
        return f"KMS.{error['__type']}", error["message"], 400
    return None


def _mend_handler():
    handle = kms.handle_request

    async def handle_request(method, path, headers, body, query):
        action = headers.get("x-amz-target", "").split(".")[-1]
        reference = iam_actions._safe_json_field(body, "KeyId") or ""
        match = _ARN.fullmatch(reference)
        if match is None or match[2] == get_account_id():
            return await handle(method, path, headers, body, query)
        if action not in _ACROSS_ACCOUNTS:
            message = f"{action} can only be called by the account of the key {reference}"
            return error_response_json("AccessDeniedException", message, 400)
        with request_scope(match[2], get_region()):
            return await handle(method, path, headers, body, query)

    kms.handle_request = handle_request


def mend():
    """Puts keys of other accounts and the check of principals in place."""
    def key_policy_for_arn(arn):
        record = find(arn, get_account_id(), get_region())
        return (record.get("Policy") or "", _owner(record)) if record else None

    kms.key_policy_for_arn = key_policy_for_arn
    resource_arn = iam_actions.extract_resource_arn

    def extract_resource_arn(service, *args):
        arn = resource_arn(service, *args)
        # A policy judges the key, by whatever alias it was called.
        record = find(arn, get_account_id(), get_region()) if service == "kms" and ":alias/" in arn else None
        return record["Arn"] if record else arn

    iam_actions.extract_resource_arn = extract_resource_arn
    _mend_handler()
    for name in ("_create_key", "_put_key_policy"):
        handler = getattr(kms, name)

        def checked(data, handler=handler):
            arn = callers.unknown_principal(data.get("Policy") or "{}")
            if arn:
                message = f"Policy contains a statement with one or more invalid principals: {arn}"
                return error_response_json("MalformedPolicyDocumentException", message, 400)
            return handler(data)

        setattr(kms, name, checked)
