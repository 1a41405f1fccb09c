import { BATCHES_LABEL, REFUSED_ERROR } from "./collectorMachineDefinition";
import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What the policies of the state machine depend on. */
export interface MachinePolicyInput {
  partition: string;
  region: string;
  /** Account of the state machine. */
  accountId: string;
  machineName: string;
}

/** ARN of a state machine. */
export function stateMachineArn({ partition, region, accountId, machineName }: MachinePolicyInput): string {
  return `arn:${partition}:states:${region}:${accountId}:stateMachine:${machineName}`;
}

/**
 * Who may assume the machine's role: Step Functions, for this one machine and for the children of its map, which are executions of a
 * machine whose name has the map's label behind it.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
 */
export function machineTrustPolicy(input: MachinePolicyInput): PolicyDocument {
  const machine = stateMachineArn(input);
  return policyDocument({
    Sid: "ThisMachineOnly",
    Effect: "Allow",
    Principal: { Service: "states.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": input.accountId },
      ArnLike: { "aws:SourceArn": [machine, `${machine}/${BATCHES_LABEL}`] },
    },
  });
}

/**
 * What the machine may do: call the one function, and start, follow, stop and redrive its own batches. Delivery of logs and traces
 * knows no resources, and is allowed only where they are on.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
 */
export function machinePolicy(
  input: MachinePolicyInput & { functionArn: string; logging: boolean; tracing: boolean },
): PolicyDocument {
  const { partition, region, accountId, machineName } = input;
  const executions = `arn:${partition}:states:${region}:${accountId}:execution:${machineName}`;
  const batches = `${executions}/${BATCHES_LABEL}:*`;
  return policyDocument(
    { Sid: "CallTheCollector", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: input.functionArn },
    { Sid: "StartBatches", Effect: "Allow", Action: "states:StartExecution", Resource: stateMachineArn(input) },
    {
      Sid: "FollowBatches",
      Effect: "Allow",
      Action: ["states:DescribeExecution", "states:StopExecution"],
      Resource: [`${executions}:*`, batches],
    },
    { Sid: "RedriveBatches", Effect: "Allow", Action: "states:RedriveExecution", Resource: batches },
    input.logging
      ? {
          Sid: "DeliverLogs",
          Effect: "Allow",
          Action: [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
          ],
          Resource: "*",
        }
      : undefined,
    input.tracing
      ? {
          Sid: "SendTraces",
          Effect: "Allow",
          Action: [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
          ],
          Resource: "*",
        }
      : undefined,
  );
}

/**
 * Which events say that a run failed: executions of the machine that ended without success. Its batches are executions of another
 * machine. One that was refused because a run is going on has said so already.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function failedRunPattern(machineArn: string): object {
  return {
    source: ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    detail: {
      stateMachineArn: [machineArn],
      status: ["ABORTED", "FAILED", "TIMED_OUT"],
      error: [{ "anything-but": [REFUSED_ERROR] }, null],
    },
  };
}
