"""Who may use a queue, and the name that it has.

MiniStack judges the policy of a queue a second time, with every caller taken for the root of an account, and gives a
queue a URL at the port that the emulator happens to have. On AWS the caller is judged once, as who he is, and the URL
of a queue never changes.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
"""

from ministack.core.responses import get_region
from ministack.services import sqs


def url_of(account_id, region, name):
    """The URL of a queue, as AWS gives it."""
    return f"https://sqs.{region}.amazonaws.com/{account_id}/{name}"


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
