"""Events that Lambda keeps for a function, tries again, and gives up.

MiniStack gives every try another request id, throttles an event away, and puts what failed into any queue, whoever may
send to it. On AWS a request keeps its id, a throttled event waits, and Lambda sends as the role of the function.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import logging
import os
import threading
import time

import queues
import roles
from ministack.core.responses import new_uuid, request_scope
from ministack.services import lambda_svc

logger = logging.getLogger("ministack")
# One minute and two on AWS; a test does not wait for those.
RETRY_SECONDS = float(os.environ.get("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "1"))
THROTTLED_SECONDS = 1


def _try(function, config, event, request_id):
    slot, _ = lambda_svc._acquire_execution_slot(function, config)
    if slot is None:
        return None
    try:
        return lambda_svc._execute_function_dispatch(function, config, event, request_id, time.time())
    finally:
        lambda_svc._release_execution_slot(slot)


def _give_up(config, event, request_id, condition, tries, result):
    settings = _settings_of(config)
    queue_arn = ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not queue_arn:
        return
    body = result.get("body") if result else None
    queues.send_as(config["Role"], queue_arn, json.dumps({
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "requestContext": {"requestId": request_id, "functionArn": f"{config['FunctionArn']}:$LATEST",
                           "condition": condition, "approximateInvokeCount": tries},
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": body if isinstance(body, dict) else None,
    }))


def _settings_of(config):
    record = lambda_svc._functions.get(config["FunctionName"]) or {}
    return record.get("event_invoke_config") or (record.get("event_invoke_configs") or {}).get("$LATEST") or {}


def _run(function, config, event):
    settings, request_id, began = _settings_of(config), new_uuid(), time.time()
    retries = settings.get("MaximumRetryAttempts")
    most, age = (2 if retries is None else int(retries)) + 1, int(settings.get("MaximumEventAgeInSeconds") or 21600)
    tries, result = 0, None
    while time.time() - began <= age:
        result = _try(function, config, event, request_id)
        if result is None:
            time.sleep(THROTTLED_SECONDS)
            continue
        tries += 1
        if not result.get("error"):
            return
        if tries == most:
            return _give_up(config, event, request_id, "RetriesExhausted", tries, result)
        time.sleep(RETRY_SECONDS * tries)
    _give_up(config, event, request_id, "EventAgeExceeded", tries, result)


def invoke(function, event):
    """Takes an event for a function; what becomes of it goes on by itself."""
    config = function.get("config") or function
    account, region = lambda_svc._account_region_from_function_config(config)

    def work():
        with request_scope(account, region):
            try:
                _run(function, config, event)
            except Exception:
                logger.exception("an event of %s was lost", config.get("FunctionName"))

    threading.Thread(target=work, daemon=True).start()


def mend():
    lambda_svc.invoke_async_with_retry = invoke
