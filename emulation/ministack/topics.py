"""Who may publish to a topic, and what the topic's key says to that.

MiniStack judges the policy of a topic a second time, with every caller taken for the root of an account, so that a
condition on `aws:PrincipalArn` would shut out the very role that it names; and it never asks the topic's key. On AWS
the caller is judged once, as who he is, and whoever publishes to an encrypted topic has to be allowed to use its key.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from urllib.parse import parse_qs

import keys
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import sns


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


def mend():
    """Puts the one judgement and the question to the key in place."""
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
