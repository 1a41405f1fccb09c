"""Schedules of EventBridge Scheduler: due in their time zone, started by their role, and what came of that.

MiniStack takes every time for UTC, starts a target whatever the role may do, and forgets what could not be started. On
AWS the role must trust Scheduler, for the group of the schedule, and must be allowed to start the target; what fails
for good goes to the schedule's queue, sent as that role. A flexible window counts from the time on: here it is due at once.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

import json
import logging
import threading
from datetime import datetime, timezone

import asynchronous
import clock
import pytz
import queues
import roles
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import eventbridge, lambda_svc, scheduler, stepfunctions

logger = logging.getLogger("ministack")
SERVICE = "scheduler.amazonaws.com"
NOT_ASSUMABLE = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
_ACTIONS = {"lambda": "lambda:InvokeFunction", "states": "states:StartExecution"}
_last = {}
_ticking = threading.Lock()


def _group_arn(region, account, group):
    return f"arn:aws:scheduler:{region}:{account}:schedule-group/{group}"


def next_time(schedule, after):
    """When a schedule is due next after a time, both in seconds since 1970; None if it never is."""
    expression = schedule["ScheduleExpression"]
    interval = eventbridge._parse_rate_seconds(expression)
    if interval is not None:
        return after + interval
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        return None
    zone = pytz.timezone(schedule.get("ScheduleExpressionTimezone") or "UTC")
    wall = datetime.fromtimestamp(after, tz=zone).replace(tzinfo=timezone.utc)
    while wall is not None:
        wall = eventbridge._cron_next_fire(fields, wall)
        if wall is None:
            return None
        local = wall.replace(tzinfo=None)
        try:
            found = zone.localize(local, is_dst=None)
        except pytz.NonExistentTimeError:
            continue  # clocks are put forward over it: that day it does not happen
        except pytz.AmbiguousTimeError:
            found = zone.localize(local, is_dst=True)  # they are put back: it happens once
        if found.timestamp() > after:
            return found.timestamp()
    return None


def _failed(schedule, target, code, message):
    """The queue gets what could not be started; tries that cannot help are not waited for."""
    logger.warning("Scheduler: %s could not start %s: %s: %s", schedule["Arn"], target["Arn"], code, message)
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue_arn:
        return
    attributes = {"ERROR_CODE": code, "ERROR_MESSAGE": message, "SCHEDULE_ARN": schedule["Arn"],
                  "TARGET_ARN": target["Arn"], "RETRY_ATTEMPTS": "0"}
    queues.send_as(target["RoleArn"], queue_arn, _input(schedule, target, 0), attributes)


def _input(schedule, target, due):
    text = target.get("Input") or "{}"
    values = {"scheduled-time": datetime.fromtimestamp(due, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
              "schedule-arn": schedule["Arn"], "execution-id": new_uuid(), "attempt-number": "1"}
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _start(schedule, account, region, due):
    target = schedule["Target"]
    arn, role = target["Arn"], target["RoleArn"]
    service = arn.split(":")[2]
    if not roles.trusts(role, SERVICE, account, _group_arn(region, account, schedule["GroupName"])):
        return _failed(schedule, target, "AWS.Scheduler.InternalServerError", NOT_ASSUMABLE)
    if not roles.allows(role, _ACTIONS.get(service, f"{service}:Unknown"), arn):
        message = f"User: {role} is not authorized to perform: {_ACTIONS.get(service)} on resource: {arn}"
        return _failed(schedule, target, "AccessDeniedException", message)
    payload = _input(schedule, target, due)
    if service == "states":
        stepfunctions._start_execution({"stateMachineArn": arn, "input": payload})
        return None
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function:
        return _failed(schedule, target, "ResourceNotFoundException", f"Function not found: {arn}")
    return asynchronous.invoke(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


def tick():
    """Starts what is due by the clock; a schedule that was missed more than once is started once."""
    with _ticking:
        now = clock.now()
        for (account, region, key), schedule in list(scheduler._schedules._data.items()):
            name = (account, region, key)
            due = next_time(schedule, _last.get(name, schedule["LastModificationDate"]))
            if due is None or due > now:
                continue
            _last[name] = now
            if schedule.get("State") != "ENABLED":
                continue
            with request_scope(account, region):
                try:
                    _start(schedule, account, region, due)
                except Exception:
                    logger.exception("Scheduler: %s", schedule["Arn"])


def _judged(handler):
    def judged(name, body):
        role = (body.get("Target") or {}).get("RoleArn", "")
        group = _group_arn(get_region(), get_account_id(), body.get("GroupName", "default"))
        if role and not roles.trusts(role, SERVICE, get_account_id(), group):
            return scheduler._error(400, "ValidationException", NOT_ASSUMABLE)
        answer = handler(name, body)
        if answer[0] == 200:
            # by this clock, which may be ahead of the one that the record has
            _last[get_account_id(), get_region(), f"{body.get('GroupName', 'default')}/{name}"] = clock.now()
        return answer

    return judged


def mend():
    scheduler._create_schedule = _judged(scheduler._create_schedule)
    scheduler._update_schedule = _judged(scheduler._update_schedule)
    scheduler._tick_schedules = tick
    clock.on_advance(tick)
