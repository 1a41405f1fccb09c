"""The permissions boundary of a role that CloudFormation makes.

MiniStack's IAM knows boundaries, its CloudFormation leaves a role's away.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from ministack.services import iam
from ministack.services.cloudformation import provisioners


def _check(props):
    boundary = props.get("PermissionsBoundary")
    if boundary and iam._boundary_policy_error(boundary):
        raise ValueError(f"Scope ARN: {boundary} does not exist or is not attachable.")


def _bound(answer, props):
    iam._roles[answer[0]]["PermissionsBoundary"] = props.get("PermissionsBoundary")
    return answer


def mend():
    handlers = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    create, update = handlers["create"], handlers["update"]

    def bound_create(logical_id, props, stack):
        _check(props)
        return _bound(create(logical_id, props, stack), props)

    def bound_update(physical_id, before, props, stack, *more):
        _check(props)
        return _bound(update(physical_id, before, props, stack, *more), props)

    handlers["create"], handlers["update"] = bound_create, bound_update
