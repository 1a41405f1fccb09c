"""Whom Lambda serves and whose role it takes.

MiniStack runs a function with any role, and lets every rule invoke any function of its account. On AWS the role must
trust Lambda, and the function must let the rule in.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

import logging

import roles
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc

logger = logging.getLogger("ministack")
NOT_ASSUMABLE = "The role defined for the function cannot be assumed by Lambda."


def _service_context(service, action, resource, account, source):
    # aws:PrincipalAccount and the like describe IAM callers; a service is known by what it acts for.
    return iam_evaluator.EvalContext(
        principal_arn=service, principal_type="Service", principal_account="", action=action, resource_arn=resource,
        region=get_region(), service_context={"aws:sourceaccount": account, "aws:sourcearn": source,
                                              "aws:principalservicename": service})


def _may_take(role_arn, account, function_arn):
    return roles.trusts(role_arn, "lambda.amazonaws.com", account, function_arn)


def _mend_role():
    credentials, create = lambda_runtime.execution_credentials, lambda_svc._create_function

    def execution_credentials(config):
        account = config["FunctionArn"].split(":")[4]
        if not _may_take(config.get("Role", ""), account, config["FunctionArn"]):
            raise RuntimeError(NOT_ASSUMABLE)
        return credentials(config)

    def create_function(data, *args, **kwargs):
        arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{data.get('FunctionName', '')}"
        if not _may_take(data.get("Role", ""), get_account_id(), arn):
            return lambda_svc.error_response_json("InvalidParameterValueException", NOT_ASSUMABLE, 400)
        return create(data, *args, **kwargs)

    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = execution_credentials
    lambda_svc._create_function = create_function


def _mend_rules():
    invoke = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        arn = target.get("Arn", "")
        rule_arn = rule.get("Arn", "")
        from_rule = ":lambda:" in arn and ":events:" in rule_arn
        policy = lambda_svc.function_policy_for_arn(arn) if from_rule else None
        if policy is not None:
            ctx = _service_context("events.amazonaws.com", "lambda:InvokeFunction", arn, get_account_id(), rule_arn)
            allowed = iam_evaluator.evaluate_resource_policy(policy[0], ctx, service="events.amazonaws.com")
            if allowed.decision != "Allow":
                logger.warning("EventBridge: rule %s may not invoke %s", rule_arn, arn)
                return None
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def mend():
    """Puts both refusals in place."""
    _mend_role()
    _mend_rules()
