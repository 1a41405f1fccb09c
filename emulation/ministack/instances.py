"""The work of StackSets: which accounts a set is for, and its operations on them.

Each instance is a stack of its own in its account, which MiniStack's CloudFormation makes, so the roles are there and
a role that is there already makes its account fail. One operation of a set runs at a time, the others wait, as with
managed execution.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

import asyncio
import math

from ministack.core.responses import AccountRegionScopedDict, new_uuid, now_iso, request_scope
from ministack.services import cloudformation, organizations
from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _p

sets = AccountRegionScopedDict()  # name -> record, in the account and Region that the set was made in
_turns = {}  # id of a set -> the operation before has ended
live = set()  # operations that this process works on


class Refusal(Exception):
    """An answer of CloudFormation that is an error: its code and message."""


def _accounts(management):
    return {member: record for (owner, member), record in list(organizations._accounts._data.items())
            if owner == management}


def _units_above(management, account):
    """Root and units that an account is in, nearest first."""
    steps, parent = [], account["_ParentId"]
    while parent:
        steps.append(parent)
        parent = (organizations._ous.get_scoped(management, None, parent) or {}).get("_ParentId")
    return steps


def _targeted(management, units):
    """Accounts under the units, with the nearest unit of each; never the management account."""
    found = {}
    for account_id, account in sorted(_accounts(management).items()):
        above = _units_above(management, account)
        if account_id != management and any(unit in above for unit in units):
            found[account_id] = above[0]
    return found


def check_units(management, units):
    known = {key[-1] for store in (organizations._ous, organizations._roots) for key in store._data}
    for unit in units:
        if unit not in known:
            raise Refusal("ValidationError", f"Organizational unit {unit} does not exist")


def _percentage(params, name, count, lowest):
    """A bound given as a count or as a percentage of all, rounded down."""
    given = _p(params, f"OperationPreferences.{name}Count")
    if given:
        return max(lowest, int(given))
    return max(lowest, math.floor(int(_p(params, f"OperationPreferences.{name}Percentage") or 0) * count / 100))


async def _until_done(account_id, region, name):
    """The stack when nothing is going on with it any more."""
    while True:
        # first of all the task that the handler has just made gets to begin
        await asyncio.sleep(0.01)
        stack = cloudformation._stacks.get_scoped(account_id, region, name)
        if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack


def _reason(account_id, region, stack):
    """Why a stack failed: the first resource that did, in the words of StackSets."""
    for event in reversed(cloudformation._stack_events.get_scoped(account_id, region, stack["StackId"]) or []):
        if event["ResourceStatus"].endswith("_FAILED") and event["ResourceType"] != "AWS::CloudFormation::Stack":
            return (f"ResourceLogicalId:{event['LogicalResourceId']}, ResourceType:{event['ResourceType']}, "
                    f"ResourceStatusReason:{event.get('ResourceStatusReason', '')}")
    return stack.get("StackStatusReason") or stack["StackStatus"]


async def deploy(record, instance):
    """Makes or updates the stack of an instance; answers why it failed, or None."""
    account_id, region, name = instance["Account"], instance["Region"], instance["StackName"]
    params = {"StackName": [name], "TemplateBody": [record["TemplateBody"]]}
    params |= {f"Capabilities.member.{n + 1}": [value] for n, value in enumerate(record["Capabilities"])}
    for n, tag in enumerate(record["Tags"]):
        params |= {f"Tags.member.{n + 1}.Key": [tag["Key"]], f"Tags.member.{n + 1}.Value": [tag["Value"]]}
    with request_scope(account_id, region):
        stack = cloudformation._stacks.get_scoped(account_id, region, name)
        exists = stack and stack["StackStatus"] not in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE", "CREATE_FAILED")
        status, _, body = (handlers._update_stack if exists else handlers._create_stack)(params)
        if status != 200:
            text = body.decode()
            return None if "No updates are to be performed" in text else text
        stack = await _until_done(account_id, region, name)
    instance["StackId"] = stack["StackId"]
    done = stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return None if done else _reason(account_id, region, stack)


async def remove(instance):
    """Deletes the stack of an instance; answers why it failed, or None."""
    account_id, region, name = instance["Account"], instance["Region"], instance["StackName"]
    with request_scope(account_id, region):
        handlers._delete_stack({"StackName": [name]})
        stack = await _until_done(account_id, region, name)
    gone = stack is None or stack["StackStatus"] == "DELETE_COMPLETE"
    return None if gone else _reason(account_id, region, stack)


async def _work(record, operation, instance, act):
    """One account of an operation."""
    if operation["Failures"] > operation["Tolerance"]:
        detail, why = "CANCELLED", "Cancelled since failure tolerance has exceeded"
    elif _accounts(record["Management"]).get(instance["Account"], {}).get("Status") == "SUSPENDED":
        detail, why = "SKIPPED_SUSPENDED_ACCOUNT", "The account is suspended"
    else:
        why = await act(instance)
        detail = "FAILED" if why else "SUCCEEDED"
        operation["Failures"] += 1 if why else 0
    instance |= {"Status": "CURRENT" if detail == "SUCCEEDED" else "OUTDATED", "DetailedStatus": detail,
                 "StatusReason": why or "", "LastOperationId": operation["Id"]}


async def _run(record, operation, params, chosen, before):
    """An operation, after the one before it: `chosen` gives the instances when its turn comes."""
    try:
        await before.wait()
        operation["Status"] = "RUNNING"
        instances, act = chosen()
        operation["Tolerance"] = _percentage(params, "FailureTolerance", len(instances), 0)
        places = asyncio.Semaphore(_percentage(params, "MaxConcurrent", len(instances), 1))

        async def one(instance):
            async with places:
                await _work(record, operation, instance, act)
            if operation["Action"] == "DELETE" and instance["DetailedStatus"] != "FAILED":
                record["Instances"].pop(f"{instance['Account']}/{instance['Region']}", None)

        await asyncio.gather(*map(one, instances))
        operation["Status"] = "FAILED" if operation["Failures"] > operation["Tolerance"] else "SUCCEEDED"
    finally:
        operation["EndTimestamp"] = now_iso()
        live.discard(operation["Id"])
        _turns[record["Id"]][operation["Id"]].set()


def begin(record, action, params, chosen):
    """Queues an operation and answers its id."""
    operation = {"Id": _p(params, "OperationId") or new_uuid(), "Action": action, "Status": "QUEUED",
                 "CreationTimestamp": now_iso(), "Failures": 0, "Tolerance": 0}
    turns = _turns.setdefault(record["Id"], {})
    if operation["Id"] in turns:
        raise Refusal("OperationIdAlreadyExistsException", f"Operation {operation['Id']} exists already")
    before = list(turns.values())[-1] if turns else asyncio.Event()
    if not turns:
        before.set()
    turns[operation["Id"]] = asyncio.Event()
    record["Operations"].append(operation)
    live.add(operation["Id"])
    asyncio.get_event_loop().create_task(_run(record, operation, params, chosen, before))
    return operation["Id"]


def instances_of(record, units, regions, accounts, mode):
    """Instances of the accounts under the units, those that are missing among them."""
    found = []
    for account_id, unit in _targeted(record["Management"], units).items():
        listed = account_id in accounts
        if accounts and listed != (mode == "INTERSECTION") and mode in ("INTERSECTION", "DIFFERENCE"):
            continue
        for region in regions:
            found.append(record["Instances"].setdefault(f"{account_id}/{region}", {
                "Account": account_id, "Region": region, "OrganizationalUnitId": unit, "Status": "OUTDATED",
                "DetailedStatus": "PENDING", "StatusReason": "", "StackId": "", "LastOperationId": "",
                "StackName": f"StackSet-{record['Name']}-{new_uuid()}"}))
    return found


def reconcile():
    """Automatic deployment: after a change of the organization, each set has the accounts of its units."""
    for (account_id, region, _), record in list(sets._data.items()):
        if not record["AutoDeployment"]:
            continue
        wanted = _targeted(record["Management"], record["Targets"])
        regions = sorted({r for regions in record["Targets"].values() for r in regions})
        joined = [a for a in wanted if any(f"{a}/{r}" not in record["Instances"] for r in regions)]
        left = [i for i in record["Instances"].values() if i["Account"] not in wanted]
        every = {"OperationPreferences.FailureTolerancePercentage": ["100"],
                 "OperationPreferences.MaxConcurrentPercentage": ["100"]}
        with request_scope(account_id, region):
            if joined:
                begin(record, "CREATE", every, lambda record=record, regions=regions, joined=joined: (
                    instances_of(record, list(record["Targets"]), regions, joined, "INTERSECTION"),
                    lambda instance: deploy(record, instance)))
            if left:
                begin(record, "DELETE", every, lambda record=record, left=left: (left, (
                    _forget if record["RetainStacks"] else remove)))


async def _forget(_instance):
    return None
