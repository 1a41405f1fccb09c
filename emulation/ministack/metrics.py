"""Metrics that AWS makes by itself: of log lines in embedded metric format, of functions, executions and queues.

MiniStack knows no embedded metrics, counts no errors of asynchronous invocations, counts a throttled one twice and as an
invocation, and has nothing of Step Functions and SQS. All metrics here are of the emulated time.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import json
import logging
import numbers
import time

import clock
from ministack.core import lambda_runtime
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc, sqs, stepfunctions

logger = logging.getLogger("ministack")
_ENDS = {"SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut",
         "ABORTED": "ExecutionsAborted"}
_MOST_VALUES = 100
# What a function wrote is in the pipe when it answers. MiniStack stops reading after 5 ms of quiet, and so loses lines
# where the machine is busy, metrics among them.
_QUIET = {"first_line_wait": 0.2, "idle_confirm": 0.1, "hard_cap": 2.0}
_recorded = []


def on_recorded(what):
    """Has `what()` called after metrics came, as whoever they came for."""
    _recorded.append(what)


def _announce():
    for what in _recorded:
        what()


def record(namespace, name, value, unit="None", dimensions=None, at=None):
    """Adds one value of a metric, at a moment of the emulated time; by default now."""
    dimensions = dict(dimensions or {})
    bucket = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
    bucket.append({"Timestamp": clock.now() if at is None else at, "Value": float(value), "Unit": unit,
                   "Dimensions": dimensions})


def _values(root, name):
    value = root.get(name)
    values = value if isinstance(value, list) else [value]
    usable = all(isinstance(one, numbers.Real) and not isinstance(one, bool) for one in values)
    return values if usable and len(values) <= _MOST_VALUES else []


def embedded(line):
    """The metrics in one log line, as (namespace, name, value, unit, dimensions, time of the machine)."""
    start = line.find("{")
    try:
        root = json.loads(line[start:]) if start >= 0 and '"_aws"' in line else {}
    except ValueError:
        return
    metadata = root.get("_aws")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("Timestamp"), numbers.Real):
        return
    for directive in metadata.get("CloudWatchMetrics") or []:
        for names in directive.get("Dimensions") or []:
            dimensions = {name: root.get(name) for name in names}
            if not all(isinstance(value, str) for value in dimensions.values()):
                continue
            for metric in directive.get("Metrics") or []:
                for value in _values(root, metric.get("Name")):
                    yield (directive["Namespace"], metric["Name"], value, metric.get("Unit", "None"), dimensions,
                           metadata["Timestamp"] / 1000)


def _mend_output():
    drain = lambda_runtime.Worker._drain_stderr_bounded
    lambda_runtime.Worker._drain_stderr_bounded = lambda worker, **waits: drain(worker, **{**waits, **_QUIET})


def _mend_logs():
    append = cloudwatch_logs._append_log_events

    def append_log_events(stream, events):
        append(stream, events)
        ahead = clock.now() - time.time()
        found = [metric for event in events for metric in embedded(event["message"])]
        for namespace, name, value, unit, dimensions, at in found:
            record(namespace, name, value, unit, dimensions, at + ahead)
        if found:
            _announce()

    cloudwatch_logs._append_log_events = append_log_events


def _mend_put():
    store = cloudwatch._store_datum

    def store_datum(namespace, name, dims, ts, *more):
        store(namespace, name, dims, ts + clock.now() - time.time(), *more)

    cloudwatch._store_datum = store_datum


def _mend_functions():
    dispatch = lambda_svc._execute_function_dispatch

    def execute(func, config, event, request_id, started):
        dimensions = {"FunctionName": config.get("FunctionName", "")}
        began, start = clock.now(), time.monotonic()
        failed = True
        try:
            result = dispatch(func, config, event, request_id, started)
            failed = bool(result.get("error"))
            return result
        finally:
            # Lambda's metrics stand at the time when the invocation began.
            for name, value, unit in (("Invocations", 1, "Count"), ("Errors", int(failed), "Count"),
                                      ("Throttles", 0, "Count"),
                                      ("Duration", (time.monotonic() - start) * 1000, "Milliseconds")):
                record("AWS/Lambda", name, value, unit, dimensions, began)
            _announce()

    def emit(function_name, duration_ms, error, throttle):
        # Called where an invocation is refused, and once more where its answer is made.
        if throttle and duration_ms == 0:
            record("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function_name})
            _announce()

    lambda_svc._execute_function_dispatch = execute
    lambda_svc._emit_lambda_metrics = emit


def _mend_machines():
    emit = stepfunctions._emit_execution_status_event

    def emit_execution_status_event(execution):
        emit(execution)
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        status = execution["status"]
        if status == "RUNNING":
            record("AWS/States", "ExecutionsStarted", 1, "Count", dimensions)
        elif status in _ENDS:
            record("AWS/States", _ENDS[status], 1, "Count", dimensions)
            began, ended = (cloudwatch._parse_ts(execution.get(key)) for key in ("startDate", "stopDate"))
            if began is not None and ended is not None:
                record("AWS/States", "ExecutionTime", (ended - began) * 1000, "Milliseconds", dimensions)
        _announce()

    stepfunctions._emit_execution_status_event = emit_execution_status_event


def sample_queues():
    """The messages that wait in each queue of the account and Region, as SQS says every minute."""
    for url, queue in sqs._queues.items():
        now = time.time()
        waiting = sum(1 for message in list(queue["messages"]) if message.get("visible_at", 0) <= now)
        record("AWS/SQS", "ApproximateNumberOfMessagesVisible", waiting, "Count",
               {"QueueName": queue.get("name") or url.rsplit("/", 1)[-1]})


def mend():
    """Puts the metrics of logs, functions and machines in place, and the time of those that are put."""
    _mend_put()
    _mend_output()
    _mend_logs()
    _mend_functions()
    _mend_machines()
