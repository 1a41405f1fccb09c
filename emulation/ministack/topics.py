"""Who may publish to a topic, and what the topic's key says to that.

MiniStack judges the policy of a topic a second time, with every caller taken for the root of an account, so that a
condition on `aws:PrincipalArn` would shut out the very role that it names; and it never asks the topic's key. On AWS
the caller is judged once, as who he is, and whoever publishes to an encrypted topic has to be allowed to use its key.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

import logging
from urllib.parse import parse_qs

import keys
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import eventbridge, kms, lambda_svc, sns

logger = logging.getLogger("ministack")


def _refusal(access_key, topic_arn):
    """The answer of SNS when the caller may not use the key of the topic, or None."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    key = (topic or {}).get("attributes", {}).get("KmsMasterKeyId")
    caller = iam_evaluator.resolve_principal(access_key, get_account_id())
    if not key or not isinstance(caller, iam_evaluator.PrincipalInfo):
        return None
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        refused = keys.use(caller, action, key, get_region(), "sns", {"aws:sns:topicArn": topic_arn})
        if refused:
            code, message, _ = refused
            return sns._error("KMSAccessDenied" if code == "AccessDenied" else code.replace(".", ""), message, 400)
    return None


def service_refusal(service, topic_arn, source_arn=None):
    """Why a service may not publish to a topic of the account, in words, or None.

    `source_arn` is what the service acts for, where it says so.
    """
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return "there is no such topic"
    context = {"aws:principalservicename": service}
    if source_arn:
        context |= {"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()}

    def judged(policy, action, resource):
        ctx = iam_evaluator.EvalContext(
            principal_arn=service, principal_type="Service", principal_account="", action=action,
            resource_arn=resource, region=get_region(), secure_transport=True, service_context=context)
        return iam_evaluator.evaluate_resource_policy(policy, ctx, service=service).decision == "Allow"

    if not judged(topic["attributes"].get("Policy") or "{}", "sns:Publish", topic_arn):
        return "the policy of the topic does not allow sns:Publish"
    name = topic["attributes"].get("KmsMasterKeyId")
    key = keys.find(name, topic_arn.split(":")[4], get_region()) if name else None
    if not name:
        return None
    if key is None or kms._check_key_state(key):
        return f"its key {name} cannot be used"
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        if not judged(key.get("Policy") or "{}", action, key["Arn"]):
            return f"the policy of its key does not allow {action}"
    return None


def _mend_rules():
    dispatch = eventbridge._dispatch_to_sns

    def dispatch_to_sns(arn, payload):
        # EventBridge says neither to SNS nor to KMS for which rule it acts.
        refused = service_refusal("events.amazonaws.com", arn)
        if refused:
            logger.warning("EventBridge: a rule may not publish to %s: %s", arn, refused)
        else:
            dispatch(arn, payload)

    eventbridge._dispatch_to_sns = dispatch_to_sns


def _mend_functions():
    deliver = sns._deliver_to_lambda

    def deliver_to_lambda(endpoint, envelope, topic_arn, *more):
        policy = lambda_svc.function_policy_for_arn(endpoint)
        ctx = iam_evaluator.EvalContext(
            principal_arn="sns.amazonaws.com", principal_type="Service", principal_account="",
            action="lambda:InvokeFunction", resource_arn=endpoint, region=get_region(), secure_transport=True,
            service_context={"aws:sourcearn": topic_arn, "aws:sourceaccount": topic_arn.split(":")[4]})
        allowed = policy and iam_evaluator.evaluate_resource_policy(policy[0], ctx, service="sns.amazonaws.com")
        if allowed and allowed.decision == "Allow":
            return deliver(endpoint, envelope, topic_arn, *more)
        logger.warning("SNS: topic %s may not invoke %s", topic_arn, endpoint)
        return None

    sns._deliver_to_lambda = deliver_to_lambda


def mend():
    """Puts the one judgement and the question to the key in place, for people and for services."""
    _mend_rules()
    _mend_functions()
    # Every action that has a name was judged before the handler, by the caller's policies and the topic's.
    sns._enforce_topic_policy = lambda topic, action: None
    handle = sns.handle_request

    async def handle_request(method, path, headers, body, query):
        asked = {**query, **parse_qs(body.decode("utf-8", errors="replace"))}
        if sns._p(asked, "Action") in ("Publish", "PublishBatch"):
            refused = _refusal(extract_access_key_id(headers, query), sns._p(asked, "TopicArn"))
            if refused:
                return refused
        return await handle(method, path, headers, body, query)

    sns.handle_request = handle_request
