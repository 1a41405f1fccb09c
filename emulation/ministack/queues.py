"""Who may use a queue, and the name that it has.

MiniStack judges the policy of a queue a second time, with every caller taken for the root of an account, and gives a
queue a URL at the port that the emulator happens to have. On AWS the caller is judged once, as who he is, and the URL
of a queue never changes.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
"""

import hashlib
import logging
import time

import roles
from ministack.core.responses import get_region, new_uuid
from ministack.services import sqs

logger = logging.getLogger("ministack")


def url_of(account_id, region, name):
    """The URL of a queue, as AWS gives it."""
    return f"https://sqs.{region}.amazonaws.com/{account_id}/{name}"


def send_as(role_arn, queue_arn, body, attributes=None):
    """Sends a message as a service does that works by a role; it is lost where role or queue do not allow that."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None or not roles.allows(role_arn, "sqs:SendMessage", queue_arn):
        logger.warning("%s may not send to %s, or there is none: %s", role_arn, queue_arn, body)
        return
    now = time.time()
    named = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
    queue["messages"].append({
        "id": new_uuid(), "body": body, "md5_body": hashlib.md5(body.encode()).hexdigest(),
        "md5_attrs": sqs._md5_msg_attrs(named) or "", "receipt_handle": None, "sent_at": now, "visible_at": now,
        "receive_count": 0, "first_receive_at": None, "message_attributes": named,
        "sys": {"SenderId": role_arn, "SentTimestamp": str(int(now * 1000))},
        "group_id": None, "dedup_id": None, "dedup_cache_key": None, "seq": None})


def _outward(url):
    account_id, name = sqs._queue_ref_from_urlish(url)
    return url_of(account_id, get_region(), name) if account_id else url


def _outward_answer(answer):
    if not isinstance(answer, dict):
        return answer
    urls = {"QueueUrl": _outward, "QueueUrls": lambda found: [_outward(url) for url in found]}
    return {name: urls[name](value) if name in urls else value for name, value in answer.items()}


def mend():
    """Puts the one judgement and the lasting URLs in place."""
    # Every action was judged before the handler, by the caller's policies and the queue's.
    sqs._enforce_queue_policy = lambda queue, action: None
    sqs._externalize_url, sqs._externalize_result = _outward, _outward_answer
