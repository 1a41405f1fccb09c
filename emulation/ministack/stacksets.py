"""StackSets with service-managed permissions: MiniStack has none. Requests and answers; the work is in instances.py.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

import json

import callers
import delegation
from instances import Refusal, begin, check_units, deploy, instances_of, live, reconcile, remove, sets
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import cloudformation, iam, organizations
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.helpers import (_error, _esc, _extract_members, _extract_string_members, _p,
                                                       _page, _xml)


def _role_names(template_body):
    resources = json.loads(template_body).get("Resources", {}).values()
    return [r.get("Properties", {}).get("RoleName") for r in resources if r.get("Type") == "AWS::IAM::Role"]


def _target(params):
    units = _extract_string_members(params, "DeploymentTargets.OrganizationalUnitIds")
    if not units:
        raise Refusal("ValidationError", "OrganizationalUnitIds are required for a SERVICE_MANAGED stack set")
    accounts = _extract_string_members(params, "DeploymentTargets.Accounts")
    regions = _extract_string_members(params, "Regions")
    return units, regions, accounts, _p(params, "DeploymentTargets.AccountFilterType") or "NONE"


def _record(params):
    name = _p(params, "StackSetName").split(":")[0]
    record = sets.get(name)
    if record is None:
        raise Refusal("StackSetNotFoundException", f"StackSet {name} not found")
    return record


def _settings(params, record):
    template = _p(params, "TemplateBody") or record.get("TemplateBody", "")
    capabilities = _extract_string_members(params, "Capabilities")
    try:
        named = any(_role_names(template))
    except (ValueError, AttributeError) as error:
        raise Refusal("ValidationError", f"Template format error: {error}") from error
    if named and "CAPABILITY_NAMED_IAM" not in capabilities:
        raise Refusal("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]")
    return {"TemplateBody": template, "Description": _p(params, "Description"), "Capabilities": capabilities,
            "Tags": _extract_members(params, "Tags"),
            "AutoDeployment": _p(params, "AutoDeployment.Enabled") == "true",
            "RetainStacks": _p(params, "AutoDeployment.RetainStacksOnAccountRemoval") == "true",
            "ManagedExecution": _p(params, "ManagedExecution.Active") == "true"}


def create_stack_set(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html"""
    name, account_id = _p(params, "StackSetName"), get_account_id()
    if _p(params, "PermissionModel") != "SERVICE_MANAGED":
        raise Refusal("ValidationError", "the emulator has StackSets with PermissionModel SERVICE_MANAGED only")
    if name in sets:
        raise Refusal("NameAlreadyExistsException", f"The name {name} is already in use")
    set_id = f"{name}:{new_uuid()}"
    sets[name] = {"Name": name, "Id": set_id, "Management": account_id, "Targets": {}, "Instances": {},
                   "Arn": f"arn:aws:cloudformation:{get_region()}:{account_id}:stackset/{set_id}", "Operations": [],
                   **_settings(params, {})}
    return f"<StackSetId>{set_id}</StackSetId>"


def create_stack_instances(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html"""
    record, (units, regions, accounts, mode) = _record(params), _target(params)
    check_units(record["Management"], units)
    for unit in units:
        record["Targets"][unit] = sorted({*record["Targets"].get(unit, []), *regions})
    return _operation(begin(record, "CREATE", params, lambda: (
        instances_of(record, units, regions, accounts, mode), lambda instance: deploy(record, instance))))


def update_stack_instances(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackInstances.html"""
    record, (units, regions, accounts, mode) = _record(params), _target(params)
    return _operation(begin(record, "UPDATE", params, lambda: (
        instances_of(record, units, regions, accounts, mode), lambda instance: deploy(record, instance))))


def update_stack_set(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackSet.html"""
    record = _record(params)
    record |= _settings(params, record)
    return _operation(begin(record, "UPDATE", params, lambda: (
        list(record["Instances"].values()), lambda instance: deploy(record, instance))))


def delete_stack_instances(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStackInstances.html"""
    record, (units, regions, accounts, mode) = _record(params), _target(params)
    for unit in units if not accounts else []:
        record["Targets"].pop(unit, None)

    def chosen():
        wanted = {i["Account"] for i in instances_of(record, units, regions, accounts, mode)}
        return [i for i in record["Instances"].values() if i["Account"] in wanted and i["Region"] in regions], remove

    return _operation(begin(record, "DELETE", params, chosen))


def delete_stack_set(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStackSet.html"""
    record = _record(params)
    if any(operation["Id"] in live for operation in record["Operations"]):
        raise Refusal("OperationInProgressException", "Another operation on this StackSet is in progress")
    if record["Instances"]:
        raise Refusal("StackSetNotEmptyException", "StackSet is not empty")
    sets.pop(record["Name"])
    return ""


def _operation(operation_id):
    return f"<OperationId>{operation_id}</OperationId>"


def describe_stack_set(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackSet.html"""
    record = _record(params)
    tags = "".join(f"<member><Key>{_esc(tag['Key'])}</Key><Value>{_esc(tag['Value'])}</Value></member>"
                   for tag in record["Tags"])
    return (
        f"<StackSet><StackSetName>{record['Name']}</StackSetName><StackSetId>{record['Id']}</StackSetId>"
        f"<StackSetARN>{record['Arn']}</StackSetARN><Status>ACTIVE</Status>"
        f"<Description>{_esc(record['Description'])}</Description>"
        f"<TemplateBody>{_esc(record['TemplateBody'])}</TemplateBody><PermissionModel>SERVICE_MANAGED</PermissionModel>"
        f"<Capabilities>{_members(record['Capabilities'])}</Capabilities><Tags>{tags}</Tags>"
        f"<OrganizationalUnitIds>{_members(record['Targets'])}</OrganizationalUnitIds>"
        f"<Regions>{_members(sorted({r for regions in record['Targets'].values() for r in regions}))}</Regions>"
        f"<AutoDeployment><Enabled>{_bool(record['AutoDeployment'])}</Enabled><RetainStacksOnAccountRemoval>"
        f"{_bool(record['RetainStacks'])}</RetainStacksOnAccountRemoval></AutoDeployment>"
        f"<ManagedExecution><Active>{_bool(record['ManagedExecution'])}</Active></ManagedExecution></StackSet>")


def _members(values):
    return "".join(f"<member>{_esc(value)}</member>" for value in values)


def _bool(value):
    return "true" if value else "false"


def _status(operation):
    """What an emulator that was stopped in the middle left is stopped too."""
    running = operation["Status"] in ("RUNNING", "QUEUED") and operation["Id"] not in live
    return "STOPPED" if running else operation["Status"]


def _summary(operation):
    end = f"<EndTimestamp>{operation['EndTimestamp']}</EndTimestamp>" if "EndTimestamp" in operation else ""
    return (f"<OperationId>{operation['Id']}</OperationId><Action>{operation['Action']}</Action>"
            f"<Status>{_status(operation)}</Status><CreationTimestamp>{operation['CreationTimestamp']}"
            f"</CreationTimestamp>{end}<StatusDetails><FailedStackInstancesCount>{operation['Failures']}"
            f"</FailedStackInstancesCount></StatusDetails>")


def describe_stack_set_operation(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackSetOperation.html"""
    record, wanted = _record(params), _p(params, "OperationId")
    for operation in record["Operations"]:
        if operation["Id"] == wanted:
            set_id = f"<StackSetId>{record['Id']}</StackSetId>"
            return f"<StackSetOperation>{set_id}{_summary(operation)}</StackSetOperation>"
    raise Refusal("OperationNotFoundException", f"Operation {wanted} not found")


def _listed(items, params, action, size=100):
    page, token, refused = _page(items, params, action, size)
    if refused:
        raise Refusal("ValidationError", "Invalid NextToken")
    return f"<Summaries>{''.join(f'<member>{item}</member>' for item in page)}</Summaries>{token}"


def list_stack_set_operations(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackSetOperations.html"""
    return _listed([_summary(operation) for operation in reversed(_record(params)["Operations"])], params,
                   "ListStackSetOperations")


def list_stack_instances(params):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html"""
    record = _record(params)
    wanted = _p(params, "Filters.member.1.Values") if _p(params, "Filters.member.1.Name") == "DETAILED_STATUS" else ""
    return _listed([
        f"<StackSetId>{record['Id']}</StackSetId><Region>{i['Region']}</Region><Account>{i['Account']}</Account>"
        f"<StackId>{i['StackId']}</StackId><Status>{i['Status']}</Status>"
        f"<StatusReason>{_esc(i['StatusReason'])}</StatusReason><StackInstanceStatus><DetailedStatus>"
        f"{i['DetailedStatus']}</DetailedStatus></StackInstanceStatus><OrganizationalUnitId>"
        f"{i['OrganizationalUnitId']}</OrganizationalUnitId><LastOperationId>{i['LastOperationId']}</LastOperationId>"
        for i in record["Instances"].values() if not wanted or i["DetailedStatus"] == wanted],
        params, "ListStackInstances")


_ACTIONS = {function.__name__.title().replace("_", ""): function for function in (
    create_stack_set, create_stack_instances, update_stack_instances, update_stack_set, delete_stack_instances,
    delete_stack_set, describe_stack_set, describe_stack_set_operation, list_stack_set_operations,
    list_stack_instances)}


def _management(params):
    """The account that the sets are in: the management account, for itself and for a delegated administrator."""
    caller = get_account_id()
    management = callers.management_account(caller)
    as_delegate = _p(params, "CallAs") == "DELEGATED_ADMIN"
    delegated = caller != management and delegation.STACK_SETS in delegation.services_of(management, caller)
    if management is None or not (delegated if as_delegate else caller == management):
        raise Refusal("ValidationError", "You must be the management account or delegated admin account of an "
                                         "organization before operating a SERVICE_MANAGED stack set")
    if not delegation.has_access(management, delegation.STACK_SETS):
        raise Refusal("ValidationError", "You must enable organizations access to operate a service managed stack set")
    return management


def _handler(action, function):
    def handle(params):
        try:
            with request_scope(_management(params), get_region()):
                result = function(params)
            return _xml(200, f"{action}Response", f"<{action}Result>{result}</{action}Result>")
        except Refusal as refusal:
            return _error(*refusal.args)

    return handle


def _refuse_existing_roles():
    """CloudFormation makes no role of a name that is taken; MiniStack would write over it."""
    entry = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    create = entry["create"]

    def checked(logical_id, props, stack_name):
        name = props.get("RoleName")
        if name in iam._roles:
            raise ValueError(f"Resource of type 'AWS::IAM::Role' with identifier '{name}' already exists.")
        return create(logical_id, props, stack_name)

    entry["create"] = checked


def mend():
    """Puts StackSets in place, their state among what is saved, and automatic deployment."""
    for action, function in _ACTIONS.items():
        cloudformation._ACTION_HANDLERS[action] = _handler(action, function)
    cloudformation._PERSISTED_STORES += ((lambda: sets, "stack_sets"),)
    _refuse_existing_roles()
    handle = organizations.handle_request

    async def handle_request(method, path, headers, body, query):
        answer = await handle(method, path, headers, body, query)
        operation = (headers.get("x-amz-target") or "").split(".")[-1]
        if answer[0] == 200 and operation in ("CreateAccount", "MoveAccount", "RemoveAccountFromOrganization"):
            reconcile()
        return answer

    organizations.handle_request = handle_request
