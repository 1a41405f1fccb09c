"""Alarms, judged as CloudWatch judges them.

MiniStack looks at no dimensions, knows neither missing data nor the number of data points that have to breach, judges
when a metric is put and at no other time, and tells a topic without asking whether it may.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import json
import logging
import threading
import time

import clock
import metrics
import topics
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import cloudwatch, sns

logger = logging.getLogger("ministack")
HOUR, DAY, WEEK = 3600, 86400, 604800
MINUTE = 60
# CloudWatch looks at more periods than an alarm names, so that one that is late does not count as missing; its guide
# shows two more.
_MORE_PERIODS = 2
_BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_one_at_a_time = threading.RLock()
_judged_until = clock.now()


def _over_days(alarm):
    return alarm["Period"] * alarm["EvaluationPeriods"] > DAY


def _data_points(alarm, at):
    """What the periods before `at` hold, newest first; periods without data are left out."""
    dimensions = {one["Name"]: one["Value"] for one in alarm.get("Dimensions") or []}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    points = [p for p in cloudwatch._metrics.get(key) or [] if not alarm.get("Unit") or p["Unit"] == alarm["Unit"]]
    period, statistic = alarm["Period"], alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    found = []
    for index in range(alarm["EvaluationPeriods"] + _MORE_PERIODS):
        end = at - index * period
        inside = [p for p in points if end - period < p["Timestamp"] <= end]
        if inside:
            found.append(cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside))
    return found


def state_of(values, breaches, periods, needed, missing, before):
    """The state of an alarm.

    `values` are the data points that there are, newest first; as many as lack to `periods` are missing, and only those
    are filled in.
    """
    considered = values[:periods]
    lacking = periods - len(considered)
    breaching = sum(1 for value in considered if breaches(value))
    if missing == "breaching":
        return "ALARM" if breaching + lacking >= needed else "OK"
    if missing == "notBreaching":
        return "ALARM" if breaching >= needed else "OK"
    if not considered:
        return before if missing == "ignore" else "INSUFFICIENT_DATA"
    if breaching >= needed:
        return "ALARM"
    if breaching < len(considered):
        return "OK"
    # Some data points breach and none does not, but they are too few.
    return before if missing == "ignore" else "ALARM"


def _judge(alarm, at):
    if not alarm.get("MetricName") or alarm.get("ComparisonOperator") not in _BREACHES:
        return
    if _over_days(alarm):
        # Judged once an hour, on what came until the full hour.
        at -= at % HOUR
    breach, threshold = _BREACHES[alarm["ComparisonOperator"]], alarm["Threshold"]
    values, periods = _data_points(alarm, at), alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    before = alarm["StateValue"]
    after = state_of(values, lambda value: breach(value, threshold), periods, needed, alarm["TreatMissingData"], before)
    if after == before:
        return
    have = f"{min(len(values), periods)} of {periods} data points"
    reason = f"Threshold Crossed: {have} [{', '.join(f'{v:g}' for v in values[:5])}], {threshold:g} is the threshold"
    alarm.update(StateValue=after, StateReason=reason, StateUpdatedTimestamp=int(at))
    cloudwatch._record_history(alarm["AlarmName"], before, after, reason)
    _tell(alarm, before, after, reason, at)
    cloudwatch._evaluate_parent_alarms(alarm)


def _tell(alarm, before, after, reason, at):
    """Publishes a change to the topics of the alarm, where their policies and keys let CloudWatch."""
    if not alarm.get("ActionsEnabled", True):
        return
    message = json.dumps({
        "AlarmName": alarm["AlarmName"], "AlarmDescription": alarm.get("AlarmDescription", ""),
        "AWSAccountId": get_account_id(), "NewStateValue": after, "NewStateReason": reason,
        "StateChangeTime": cloudwatch._ts_iso(at), "Region": get_region(), "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before, "Trigger": {key: alarm.get(key) for key in (
            "MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm",
            "ComparisonOperator", "Threshold", "TreatMissingData", "Dimensions")}})
    for topic_arn in alarm.get(_ACTIONS[after]) or []:
        refused = topics.service_refusal("cloudwatch.amazonaws.com", topic_arn, alarm["AlarmArn"])
        if refused:
            logger.warning("CloudWatch: alarm %s may not publish to %s: %s", alarm["AlarmName"], topic_arn, refused)
        else:
            sns._fanout(topic_arn, new_uuid(), message, f'{after}: "{alarm["AlarmName"]}" in {get_region()}'[:100])


def judge_all():
    """Judges every alarm of the account and Region."""
    with _one_at_a_time:
        for alarm in cloudwatch._alarms.values():
            _judge(alarm, clock.now())


def _scopes():
    return sorted({(account, region) for account, region, _ in list(cloudwatch._alarms._data)})


def catch_up():
    """Judges all alarms of all accounts, minute by minute, from the last time until now."""
    global _judged_until
    with _one_at_a_time:
        now = clock.now()
        last, _judged_until = _judged_until, now
        for account, region in _scopes():
            with request_scope(account, region):
                metrics.sample_queues()
                at = last - last % MINUTE + MINUTE
                while at < now:
                    for alarm in cloudwatch._alarms.values():
                        if not _over_days(alarm) or at % HOUR == 0:
                            _judge(alarm, at)
                    at += MINUTE
                judge_all()


def _keep_judging():
    while True:
        time.sleep(MINUTE)
        try:
            catch_up()
        except Exception:  # the clock of the alarms must not stop for one of them
            logger.exception("CloudWatch: alarms could not be judged")


def _refusal(asked):
    """Why CloudWatch would not take an alarm, or None."""
    period, periods = int(asked.get("Period") or 60), int(asked.get("EvaluationPeriods") or 1)
    if period not in (10, 20, 30) and period % MINUTE:
        return f"Period {period} is not 10, 20, 30 or a multiple of 60"
    if period * periods > (DAY if period < HOUR else WEEK):
        return "Metrics cannot be checked across more than a day, or a week for periods of an hour or longer"
    if int(asked.get("DatapointsToAlarm") or 1) > periods:
        return "DatapointsToAlarm cannot be greater than EvaluationPeriods"
    if len(asked.get("AlarmDescription") or "") > 1024 or not 1 <= len(asked.get("AlarmName") or "") <= 255:
        return "AlarmName or AlarmDescription is too long"
    return None


def _mend_put():
    put = cloudwatch._put_metric_alarm

    def put_metric_alarm(params, asked, is_cbor, is_json=False):
        problem = _refusal(asked) if is_json or is_cbor else None
        if problem:
            return cloudwatch._error("ValidationError", problem, 400, use_json=is_json, use_cbor=is_cbor)
        return put(params, asked, is_cbor, is_json)

    cloudwatch._put_metric_alarm = put_metric_alarm


def mend():
    """Puts the judgement in place: as metrics come, as alarms change, and as time goes."""
    cloudwatch._evaluate_alarm = lambda alarm: judge_all()
    cloudwatch._evaluate_all_alarms = judge_all
    metrics.on_recorded(judge_all)
    clock.on_advance(catch_up)
    _mend_put()
    threading.Thread(target=_keep_judging, daemon=True).start()
