"""The role that S3 replicates with, and the key of the replica.

MiniStack copies an object as it is and asks nobody within an account. On AWS the role must trust S3 for the bucket, may
read the one bucket and add to the other, decrypts with the key of the one and encrypts with that of the other, and what
is locked arrives locked.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

import callers
import keys
from buckets import BUCKET_KEY, KEY_ID, SSE
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam, s3


def _role(role_arn, account, source):
    """The role as S3 takes it for replicating `source`; None if it may not take it."""
    name = role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or role["Arn"] != role_arn:
        return None
    ctx = iam_evaluator.EvalContext(
        principal_arn="s3.amazonaws.com", principal_type="Service", principal_account="", action="sts:AssumeRole",
        resource_arn=role_arn, region=s3.bucket_region(source),
        service_context={"aws:sourceaccount": account, "aws:sourcearn": f"{callers.S3_ARN}{source}"})
    trust = iam_evaluator.evaluate_resource_policy(
        role["AssumeRolePolicyDocument"], ctx, service="s3.amazonaws.com")
    if trust.decision != "Allow":
        return None
    return iam_evaluator.PrincipalInfo(
        arn=f"arn:aws:sts::{account}:assumed-role/{name}/s3-replication", type="AssumedRole", account=account,
        policies=iam_evaluator._gather_role_policies(name, account),
        limits=iam_evaluator._permissions_boundary(iam._roles, name, account))


def _may(role, action, bucket, key):
    ctx = iam_evaluator.EvalContext(
        principal_arn=role.arn, principal_type=role.type, principal_account=role.account, action=action,
        resource_arn=f"{callers.S3_ARN}{bucket}/{key}", region=s3.bucket_region(bucket), secure_transport=True)
    identity = iam_evaluator.evaluate(ctx, role.policies, *role.limits)
    owner = s3._bucket_owner_account(bucket)
    document = s3._bucket_policies.get_scoped(owner, None, bucket) or ""
    return iam_evaluator.combine_resource_policy(identity, ctx, document, owner).decision == "Allow"


def _may_use(role, action, key_arn, bucket):
    context = {"aws:s3:arn": f"{callers.S3_ARN}{bucket}"}
    return keys.use(role, action, key_arn, s3.bucket_region(bucket), "s3", context) is None


def _allowed(role, source, replica, key, tags, headers, replica_key):
    if role is None:
        return False
    asked = [("GetObjectVersionForReplication", source), ("ReplicateObject", replica)]
    if tags:
        asked += [("GetObjectVersionTagging", source), ("ReplicateTags", replica)]
    if s3._bucket_object_lock.get(source):
        asked += [("GetObjectRetention", source), ("GetObjectLegalHold", source)]
    return (all(_may(role, f"s3:{action}", bucket, key) for action, bucket in asked)
            and (headers.get(SSE) != "aws:kms" or (
                _may_use(role, "kms:Decrypt", headers.get(KEY_ID, ""), source)
                and _may_use(role, "kms:GenerateDataKey", replica_key, replica)
                and _may_use(role, "kms:Encrypt", replica_key, replica))))


def mend():
    """Puts role, keys and lock of replicas in place."""
    replicate = s3._maybe_replicate

    def maybe_replicate(bucket, key, obj, data, tags=None):
        rule, role_arn = s3._replication_rule_for(bucket, key, tags)
        if rule is None:
            return
        destination = rule.get("Destination") or {}
        replica = destination.get("Bucket", "").split(":::")[-1]
        headers = obj.get("preserved_headers") or {}
        encrypted = headers.get(SSE) == "aws:kms"
        criteria = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}
        if encrypted and criteria.get("Status") != "Enabled":
            return
        replica_key = (destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID", "")
        role = _role(role_arn, get_account_id(), bucket)
        if not _allowed(role, bucket, replica, key, tags, headers, replica_key):
            obj["replication_status"] = "FAILED"
            return
        if encrypted:
            obj["preserved_headers"] = {**headers, KEY_ID: replica_key, BUCKET_KEY: "true"}
        try:
            replicate(bucket, key, obj, data, tags)
        finally:
            obj["preserved_headers"] = headers
        if obj.get("_replica") and s3._bucket_object_lock.get(replica):
            s3._apply_object_lock_from_headers(replica, key, {}, obj["_replica"][1])

    s3._maybe_replicate = maybe_replicate
