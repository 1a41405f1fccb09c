"""State machines that run as their role, and executions that can be redriven.

MiniStack runs a machine with any role and never asks it, has no RedriveExecution, and knows no longest time of a run.
On AWS the role must trust Step Functions and must be allowed what the machine does; an execution that failed, timed out
or was stopped resumes at the state that it did not leave, with the input of that state.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import contextvars
import json
import logging
import random
import threading

import callers
from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, now_iso
from ministack.services import iam, stepfunctions as sfn

logger = logging.getLogger("ministack")

# The machine whose execution the thread works on: calls are made as its role.
_machine = contextvars.ContextVar("machine", default=None)
# How often the execution that the thread works on had been redriven when the thread began.
_attempt = contextvars.ContextVar("attempt", default=0)
_UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")
_THROTTLED = "TooManyRequestsException"


def _role(machine):
    account = machine["stateMachineArn"].split(":")[4]
    role = iam._roles.get_scoped(account, None, machine["roleArn"].rsplit("/", 1)[-1])
    return role if role and role["Arn"] == machine["roleArn"] else None


def _trusted(machine):
    """Whether Step Functions may take the machine's role for it."""
    role, arn = _role(machine), machine["stateMachineArn"]
    ctx = iam_evaluator.EvalContext(
        principal_arn="states.amazonaws.com", principal_type="Service", principal_account="", action="sts:AssumeRole",
        resource_arn=machine["roleArn"], region=get_region(), service_context={
            "aws:sourceaccount": arn.split(":")[4], "aws:sourcearn": arn,
            "aws:principalservicename": "states.amazonaws.com"})
    return role is not None and iam_evaluator.evaluate_resource_policy(
        role["AssumeRolePolicyDocument"], ctx, service="states.amazonaws.com").decision == "Allow"


def refusal(action, resource):
    """What AWS says when the role of the machine in hand may not do that, or None if it may."""
    machine = _machine.get()
    if machine is None:
        return None
    account, name = machine["stateMachineArn"].split(":")[4], machine["roleArn"].rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{machine['name']}"
    ctx = iam_evaluator.EvalContext(
        principal_arn=arn, principal_type="AssumedRole", principal_account=account, action=action,
        resource_arn=resource, region=get_region())
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    allowed = _trusted(machine) and iam_evaluator.evaluate(
        ctx, iam_evaluator._gather_role_policies(name, account), *limits).decision == "Allow"
    return None if allowed else f"User: {arn} is not authorized to perform: {action} on resource: {resource}"


def _mend_roles():
    """A machine is made, and changed, only with a role that trusts Step Functions; its tracing is kept."""
    create, update, describe = sfn._create_state_machine, sfn._update_state_machine, sfn._describe_state_machine

    def judged(data, arn, handler):
        role_arn = data.get("roleArn")
        if role_arn and not _trusted({"stateMachineArn": arn, "roleArn": role_arn}):
            message = ("Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
                       "to assume the provided role.")
            return error_response_json("AccessDeniedException", message, 400)
        answer = handler(data)
        if answer[0] == 200 and "tracingConfiguration" in data:
            sfn._state_machines[arn]["tracingConfiguration"] = data["tracingConfiguration"]
        return answer

    def create_state_machine(data):
        arn = f"arn:aws:states:{get_region()}:{get_account_id()}:stateMachine:{data.get('name', '')}"
        return judged(data, arn, create)

    def describe_state_machine(data):
        status, headers, body = describe(data)
        found = json.loads(body)
        return json_response({"tracingConfiguration": {"enabled": False}, **found}) if status == 200 else (
            status, headers, body)

    sfn._create_state_machine = create_state_machine
    sfn._update_state_machine = lambda data: judged(data, data.get("stateMachineArn", ""), update)
    sfn._describe_state_machine = describe_state_machine


def _mend_calls():
    """Functions are called as the machine's role, and their refusals have the names that AWS gives them."""
    call = sfn._call_lambda

    def call_lambda(reference, event):
        arn = reference if reference.startswith("arn:") else (
            f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{reference}")
        refused = refusal("lambda:InvokeFunction", arn)
        if refused:
            raise sfn._ExecutionError("Lambda.AWSLambdaException", refused)
        try:
            return call(reference, event)
        except sfn._ExecutionError as error:
            if error.error == "Lambda.Unknown" and f'"{_THROTTLED}"' in error.cause:
                raise sfn._ExecutionError(f"Lambda.{_THROTTLED}", json.loads(error.cause)["message"]) from None
            raise

    match = sfn._find_matching_retrier

    def matching_retrier(retriers, error, counts):
        # What is waited is the interval times a power of the rate: the longest delay and the jitter go into it here.
        retrier, index = match(retriers, error, counts)
        if retrier is None:
            return retrier, index
        delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        if retrier.get("JitterStrategy") == "FULL":
            delay = random.uniform(0, delay)
        return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1}, index

    sfn._call_lambda, sfn._find_matching_retrier = call_lambda, matching_retrier


def running(execution):
    """Whether an execution, and the one that it is a child of, still runs, and is not in a later attempt by now."""
    parent = sfn._executions.get(execution.get("parentArn") or execution["executionArn"])
    return (execution["status"] == "RUNNING" and parent is not None and parent["status"] == "RUNNING"
            and parent.get("redriveCount", 0) == _attempt.get())


def walk(states, name, data, execution, ctx):
    """Goes from state to state and notes each, so that the one that was not left is known afterwards; gives the output."""
    while name and running(execution):
        state = states.get(name)
        if not state:
            raise sfn._ExecutionError("States.Runtime", f"State '{name}' not found in definition")
        kind = state.get("Type")
        ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        sfn._add_event(execution, f"{kind}StateEntered",
                       {"stateEnteredEventDetails": {"name": name, "input": json.dumps(data)}})
        if kind == "Fail":
            raise sfn._ExecutionError(*sfn._fail_state_error(state, data, ctx))
        if kind == "Succeed":
            data, following = sfn._apply_output_path(state, sfn._apply_input_path(state, data, ctx), ctx), None
        elif kind in ("Task", "Parallel", "Map"):
            data, following = getattr(sfn, f"_execute_{kind.lower()}")(state, data, execution, ctx)
        elif kind in ("Pass", "Choice", "Wait"):
            data, following = getattr(sfn, f"_execute_{kind.lower()}")(state, data, ctx)
        else:
            raise sfn._ExecutionError("States.Runtime", f"Unknown state type: {kind}")
        sfn._add_event(execution, f"{kind}StateExited",
                       {"stateExitedEventDetails": {"name": name, "output": json.dumps(data)}})
        name = following
    return data


def left_at(execution):
    """The state that an execution entered last and did not leave, with its input; None if it never began."""
    for event in reversed(execution["events"]):
        entered = event.get("stateEnteredEventDetails")
        if entered:
            return entered["name"], json.loads(entered["input"])
    return None


def _run(arn):
    """One attempt of an execution, from its start or from where the attempt before ended."""
    execution = sfn._executions.get(arn)
    machine = execution and sfn._state_machines.get(execution["stateMachineArn"])
    if not machine:
        return
    attempt = execution.get("redriveCount", 0)
    _machine.set(machine)
    _attempt.set(attempt)
    definition = json.loads(machine["definition"])
    given = json.loads(execution["input"] or "{}")
    ctx = {"QueryLanguage": definition.get("QueryLanguage", "JSONPath"), "variables": {},
           "Execution": {"Id": arn, "Input": given, "Name": execution["name"], "StartTime": execution["startDate"],
                         "RedriveCount": attempt},
           "StateMachine": {"Id": machine["stateMachineArn"], "Name": machine["name"]}}
    name, data = left_at(execution) or (definition["StartAt"], given)

    def too_long():
        if running(execution):
            _end(execution, "TIMED_OUT", "States.Timeout", f"It took longer than {definition['TimeoutSeconds']} s")

    # A redrive begins with the whole time again.
    timer = threading.Timer(definition.get("TimeoutSeconds", 31_536_000), contextvars.copy_context().run, [too_long])
    timer.daemon = True
    timer.start()
    try:
        output = walk(definition["States"], name, data, execution, ctx)
        if running(execution):
            execution.update(status="SUCCEEDED", output=json.dumps(output), stopDate=now_iso())
            sfn._add_event(execution, "ExecutionSucceeded",
                           {"executionSucceededEventDetails": {"output": execution["output"]}})
            sfn._emit_execution_status_event(execution)
    except sfn._ExecutionError as error:
        _end(execution, "FAILED", error.error, error.cause)
    except Exception as error:  # whatever it is, the execution must end with it
        logger.exception("Step Functions: execution %s", arn)
        _end(execution, "FAILED", "States.Runtime", str(error))
    finally:
        timer.cancel()


def _end(execution, status, error, cause):
    """Ends an attempt without success, unless it was stopped before."""
    if not running(execution):
        return
    execution.update(status=status, error=error, cause=cause, stopDate=now_iso())
    kind = "ExecutionTimedOut" if status == "TIMED_OUT" else "ExecutionFailed"
    details = f"{kind[0].lower()}{kind[1:]}EventDetails"
    sfn._add_event(execution, kind, {details: {"error": error, "cause": cause}})
    sfn._emit_execution_status_event(execution)


def _redrive_execution(data):
    execution = sfn._executions.get(data.get("executionArn"))
    if execution is None or execution.get("parentArn"):
        return error_response_json("ExecutionDoesNotExist", f"Execution {data.get('executionArn')} not found", 400)
    if execution["status"] not in _UNSUCCESSFUL:
        message = f"Execution is {execution['status']} and cannot be redriven."
        return error_response_json("ExecutionNotRedrivable", message, 400)
    execution.update(status="RUNNING", redriveCount=execution.get("redriveCount", 0) + 1, redriveDate=now_iso(),
                     stopDate=None, error=None, cause=None)
    sfn._add_event(execution, "ExecutionRedriven",
                   {"executionRedrivenEventDetails": {"redriveCount": execution["redriveCount"]}})
    sfn._emit_execution_status_event(execution)
    threading.Thread(target=contextvars.copy_context().run, args=(_run, execution["executionArn"]),
                     daemon=True).start()
    return json_response({"redriveDate": execution["redriveDate"]})


def _mend_redrive():
    handle, describe = sfn.handle_request, sfn._describe_execution

    async def handle_request(method, path, headers, body, query):
        if headers.get("x-amz-target", "").split(".")[-1] == "RedriveExecution":
            return sfn._finalize_response(_redrive_execution(json.loads(body or "{}")))
        return await handle(method, path, headers, body, query)

    def describe_execution(data):
        status, headers, body = describe(data)
        if status != 200:
            return status, headers, body
        execution = sfn._executions[data["executionArn"]]
        can = execution["status"] in _UNSUCCESSFUL
        dated = {"redriveDate": execution["redriveDate"]} if execution.get("redriveDate") else {}
        return json_response({
            **json.loads(body), **dated, "redriveCount": execution.get("redriveCount", 0),
            "redriveStatus": "REDRIVABLE" if can else "NOT_REDRIVABLE",
            **({} if can else {"redriveStatusReason": f"Execution is {execution['status']} and cannot be redriven."})})

    sfn.handle_request, sfn._describe_execution, sfn._run_execution = handle_request, describe_execution, _run


def mend():
    """Puts role, redrive and the longest time in place."""
    _mend_roles()
    _mend_calls()
    _mend_redrive()
