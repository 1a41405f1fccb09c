"""Saved queries of CloudWatch Logs Insights, which MiniStack can run but not keep."""

import json

from ministack.core.responses import AccountRegionScopedDict, error_response_json, json_response, new_uuid
from ministack.services import cloudwatch_logs

saved = AccountRegionScopedDict()


def _put(data):
    if not data.get("name") or not data.get("queryString"):
        return error_response_json("InvalidParameterException", "name and queryString are required", 400)
    query_id = data.get("queryDefinitionId") or new_uuid()
    if data.get("queryDefinitionId") and query_id not in saved:
        return error_response_json("ResourceNotFoundException", f"There is no query {query_id}", 400)
    saved[query_id] = {"queryDefinitionId": query_id, "name": data["name"], "queryString": data["queryString"],
                       "logGroupNames": data.get("logGroupNames") or []}
    return json_response({"queryDefinitionId": query_id})


def _describe(data):
    prefix = data.get("queryDefinitionNamePrefix") or ""
    return json_response({"queryDefinitions": [one for one in saved.values() if one["name"].startswith(prefix)]})


def _delete(data):
    if saved.pop(data.get("queryDefinitionId"), None) is None:
        return error_response_json("ResourceNotFoundException", "There is no such query", 400)
    return json_response({"success": True})


_ACTIONS = {"PutQueryDefinition": _put, "DescribeQueryDefinitions": _describe, "DeleteQueryDefinition": _delete}


def mend():
    """Puts the three calls in place, and the queries among what is saved."""
    handle, get_state, restore = (cloudwatch_logs.handle_request, cloudwatch_logs.get_state,
                                  cloudwatch_logs._restore_state)

    async def handle_request(method, path, headers, body, query):
        handler = _ACTIONS.get((headers.get("x-amz-target") or "").split(".")[-1])
        if handler:
            return handler(json.loads(body or b"{}"))
        return await handle(method, path, headers, body, query)

    def restore_state(data):
        saved.update((data or {}).pop("query_definitions", {}))
        restore(data)

    cloudwatch_logs.handle_request = handle_request
    cloudwatch_logs.get_state = lambda: {**get_state(), "query_definitions": saved}
    cloudwatch_logs._restore_state = restore_state
