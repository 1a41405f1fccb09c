import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What a schedule starts: a function or a state machine. */
export interface ScheduleTarget {
  arn: string;
  kind: "function" | "stateMachine";
}

const ACTIONS = { function: "lambda:InvokeFunction", stateMachine: "states:StartExecution" } as const;

/**
 * Who may assume the role of a schedule: EventBridge Scheduler, for the schedules of one group of the same account. The condition cannot
 * name a schedule: what Scheduler names as its source is always the group.
 *
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
export function scheduleTrustPolicy(input: { accountId: string; groupArn: string }): PolicyDocument {
  return policyDocument({
    Sid: "SchedulerOnly",
    Effect: "Allow",
    Principal: { Service: "scheduler.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": input.accountId, "aws:SourceArn": input.groupArn } },
  });
}

/** What a schedule may do: start its one target, and leave in its one queue, where there is one, what could not be started. */
export function schedulePolicy(input: { target: ScheduleTarget; deadLetterQueueArn?: string }): PolicyDocument {
  const { target, deadLetterQueueArn } = input;
  return policyDocument(
    { Sid: "StartCollection", Effect: "Allow", Action: ACTIONS[target.kind], Resource: target.arn },
    deadLetterQueueArn === undefined
      ? undefined
      : { Sid: "KeepWhatFailed", Effect: "Allow", Action: "sqs:SendMessage", Resource: deadLetterQueueArn },
  );
}
