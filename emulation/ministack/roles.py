"""What a service may do by a role that it was given: whether the role trusts it, and what role and resource allow."""

from ministack.core import iam_evaluator
from ministack.core.responses import get_region
from ministack.services import iam


def trusts(role_arn, service, account, source):
    """Whether `service` may take the role, acting for `source` of an account; sources are ARNs."""
    role = iam._roles.get_scoped(account, None, role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    ctx = iam_evaluator.EvalContext(
        principal_arn=service, principal_type="Service", principal_account="", action="sts:AssumeRole",
        resource_arn=role_arn, region=get_region(), service_context={
            "aws:sourceaccount": account, "aws:sourcearn": source, "aws:principalservicename": service})
    trust = role["AssumeRolePolicyDocument"]
    return iam_evaluator.evaluate_resource_policy(trust, ctx, service=service).decision == "Allow"


def allows(role_arn, action, resource):
    """Whether a session of the role may do that: its policies, its boundary and the resource's own policy."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    ctx = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/service", principal_type="AssumedRole",
        principal_account=account, action=action, resource_arn=resource, region=get_region(), secure_transport=True)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    identity = iam_evaluator.evaluate(ctx, iam_evaluator._gather_role_policies(name, account), *limits)
    own = iam_evaluator._resource_policy(action.split(":")[0], resource)
    if own is None:
        return identity.decision == "Allow"
    return iam_evaluator.combine_resource_policy(identity, ctx, *own, limits=tuple(limits)).decision == "Allow"
