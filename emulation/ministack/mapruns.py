"""Distributed maps: children that are executions of their own, started as the machine's role, and redriven.

MiniStack lets every child run to its end, whatever failed before, and begins all of them again. On AWS a map that has
more failures than it tolerates stops at once, and a redrive resumes the children that did not succeed, each at the state
that it did not leave.
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
"""

import contextvars
import copy
import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import machines
from ministack.core.responses import new_uuid, now_iso
from ministack.services import stepfunctions as sfn

_COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
           "failuresNotRedrivable", "pendingRedrive")
_OUTCOMES = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}


class _MapRun:
    """One map run: its children by the number of their item."""

    def __init__(self, state, effective, iterator, execution, ctx):
        self.state, self.effective, self.iterator = state, effective, iterator
        self.execution, self.ctx, self.lock = execution, ctx, threading.RLock()
        self.record = self._resumed() or self._begun()
        self.items = self.record["_items"]
        self.children = {child["itemIndex"]: child for child in list(sfn._executions.values())
                         if child.get("mapRunArn") == self.record["mapRunArn"]}

    def _resumed(self):
        found = [run for run in list(sfn._map_runs.values())
                 if run["executionArn"] == self.execution["executionArn"] and run["_state"] == self.ctx["State"]["Name"]
                 and run["status"] != "SUCCEEDED"]
        if found:
            found[-1].update(status="RUNNING", stopDate=None, redriveCount=found[-1]["redriveCount"] + 1,
                             redriveDate=now_iso())
        return found[-1] if found else None

    def _begun(self):
        reader = self.state.get("ItemReader")
        items = (sfn._read_map_items(reader, self.effective, self.ctx) if reader
                 else sfn._resolve_path_or_ctx(self.state.get("ItemsPath", "$"), self.effective, self.ctx))
        parts, label = self.execution["stateMachineArn"].split(":"), self.state.get("Label") or new_uuid()
        where, name = f"arn:aws:states:{parts[3]}:{parts[4]}", f"{parts[6]}/{label}"
        record = {
            "mapRunArn": f"{where}:mapRun:{name}:{new_uuid()}", "executionArn": self.execution["executionArn"],
            "status": "RUNNING", "startDate": now_iso(), "redriveCount": 0,
            "maxConcurrency": int(self.state.get("MaxConcurrency") or 0),
            "toleratedFailurePercentage": float(self.state.get("ToleratedFailurePercentage") or 0),
            "toleratedFailureCount": int(self.state.get("ToleratedFailureCount") or 0),
            "_stateMachineArn": f"{where}:stateMachine:{name}", "_executions": f"{where}:execution:{name}",
            "_state": self.ctx["State"]["Name"], "_items": items if isinstance(items, list) else [items],
        }
        sfn._map_runs[record["mapRunArn"]] = record
        return record

    def count(self):
        """Brings the counts that DescribeMapRun gives up to date."""
        counts = dict.fromkeys(_COUNTS, 0) | {"total": len(self.items)}
        with self.lock:
            states = [child["status"] for child in self.children.values()]
        for status in states:
            counts[_OUTCOMES.get(status, "running")] += 1
        counts["pending"] = len(self.items) - len(states)
        self.record["itemCounts"], self.record["executionCounts"] = dict(counts), counts

    def exceeded(self):
        """Whether more children failed than the map tolerates."""
        with self.lock:
            failed = sum(child["status"] in ("FAILED", "TIMED_OUT") for child in self.children.values())
        limits = [failed > self.record["toleratedFailureCount"]] if "ToleratedFailureCount" in self.state else []
        if "ToleratedFailurePercentage" in self.state:
            limits.append(failed * 100 > self.record["toleratedFailurePercentage"] * len(self.items))
        return failed > 0 and (any(limits) if limits else True)

    def _child(self, index, item_ctx):
        selector = self.state.get("ItemSelector") or self.state.get("Parameters")
        data = sfn._resolve_params_obj(selector, self.effective, item_ctx) if selector else self.items[index]
        name = new_uuid()
        return {
            "executionArn": f"{self.record['_executions']}:{name}", "stateMachineArn": self.record["_stateMachineArn"],
            "name": name, "status": "RUNNING", "startDate": now_iso(), "stopDate": None, "input": json.dumps(data),
            "inputDetails": {"included": True}, "output": None, "outputDetails": {"included": True},
            "mapRunArn": self.record["mapRunArn"], "parentArn": self.execution["executionArn"], "itemIndex": index,
            "events": [], "testCase": self.execution.get("testCase"), "mockAttempts": {},
        }

    def run(self, index):
        """Runs a child from its start, or from the state that it did not leave."""
        if self.exceeded() or self.execution["status"] != "RUNNING":
            return
        item_ctx = copy.deepcopy(self.ctx)
        item_ctx["Map"] = {"Item": {"Index": index, "Value": self.items[index]}}
        child = self.children.get(index)
        again = child is not None
        if not again:
            child = self._child(index, item_ctx)
        refused = (machines.refusal("states:RedriveExecution", child["executionArn"]) if again
                   else machines.refusal("states:StartExecution", self.execution["stateMachineArn"]))
        if refused:
            raise sfn._ExecutionError("States.Permissions", refused)
        if again:
            child.update(status="RUNNING", stopDate=None, error=None, cause=None, redriveDate=now_iso(),
                         redriveCount=child.get("redriveCount", 0) + 1)
        with self.lock:
            self.children[index] = child
        sfn._executions[child["executionArn"]] = child
        self._settle()
        at = machines.left_at(child) or (self.iterator.get("StartAt"), json.loads(child["input"]))
        item_ctx["Execution"] = {"Id": child["executionArn"], "Input": json.loads(child["input"]),
                                 "Name": child["name"], "StartTime": child["startDate"]}
        ended = {"status": "ABORTED"}
        try:
            output = machines.walk(self.iterator.get("States", {}), *at, child, item_ctx)
            if machines.running(child):
                ended = {"status": "SUCCEEDED", "output": json.dumps(output)}
        except Exception as error:  # whatever it is, the child must end with it
            known = error if isinstance(error, sfn._ExecutionError) else sfn._ExecutionError("States.Runtime", str(error))
            ended = {"status": "FAILED", "error": known.error, "cause": known.cause}
        if child["status"] == "RUNNING":
            child.update(ended, stopDate=now_iso())
        self._settle()

    def _settle(self):
        with self.lock:
            if self.exceeded():
                for child in self.children.values():
                    if child["status"] == "RUNNING":
                        child.update(status="ABORTED", stopDate=now_iso())
            self.count()

    def results(self):
        """Runs what did not succeed yet, and gives the outputs in the order of the items."""
        left = [index for index in range(len(self.items))
                if index not in self.children or self.children[index]["status"] != "SUCCEEDED"]
        for index in left:
            # what failed before counts as pending until it is tried again
            if index in self.children:
                self.children[index]["status"] = "ABORTED"
        self.count()
        workers = self.record["maxConcurrency"] or min(len(left), 64) or 1
        with ThreadPoolExecutor(max_workers=workers) as pool:
            tried = [pool.submit(contextvars.copy_context().run, self.run, index) for index in left]
            wait(tried)
        self.record["stopDate"] = now_iso()
        refused = next((attempt.exception() for attempt in tried if attempt.exception()), None)
        aborted = self.execution["status"] != "RUNNING"
        failed = refused is not None or self.exceeded() or aborted
        self.record["status"] = "ABORTED" if aborted else "FAILED" if failed else "SUCCEEDED"
        if refused is not None:
            raise refused
        if failed:
            raise sfn._ExecutionError("States.ExceedToleratedFailureThreshold",
                                      "The specified tolerated failure threshold was exceeded")
        return [json.loads(child["output"]) if child["output"] else None
                for child in (self.children[index] for index in range(len(self.items)))]


def _run_distributed_map(state, raw, effective, iterator, execution, ctx):
    results = _MapRun(state, effective, iterator, execution, ctx).results()
    output = sfn._apply_result_path(state, raw, sfn._apply_result_selector(state, results))
    return sfn._apply_output_path(state, output, ctx), sfn._next_or_end(state)


def mend():
    """Puts the map in place."""
    sfn._run_distributed_map = _run_distributed_map
