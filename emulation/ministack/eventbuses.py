"""What somebody sends to an event bus, for the conditions of policies.

MiniStack judges who may use a bus, and knows neither `events:source` nor `events:detail-type`, so that a policy that lets a role
send its own events only would shut it out. Entries of several kinds in one request have none here: AWS judges each by itself.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
"""

import contextvars
import json

from ministack.core import iam_actions, iam_evaluator

_KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}

# What the request in hand says of itself.
_asked = contextvars.ContextVar("asked of a bus", default=None)


def _kinds(body):
    try:
        entries = json.loads(body or b"{}").get("Entries", [])
        found = {key: {entry.get(field) for entry in entries} for key, field in _KEYS.items()}
    except (AttributeError, TypeError, ValueError):
        return {}
    return {key: values.pop() for key, values in found.items() if len(values) == 1}


def mend():
    """Puts the condition keys of PutEvents in place."""
    resource_arn, resolve = iam_actions.extract_resource_arn, iam_evaluator._resolve_condition_key

    def extract_resource_arn(service, method, path, headers, body, *args):
        _asked.set(_kinds(body) if service == "events" else {})
        return resource_arn(service, method, path, headers, body, *args)

    def condition_key(key, ctx):
        return (_asked.get() or {}).get(key.lower()) or resolve(key, ctx)

    iam_actions.extract_resource_arn, iam_evaluator._resolve_condition_key = extract_resource_arn, condition_key
