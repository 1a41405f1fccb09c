import { EVENT_NAMES, EVENT_SOURCE } from "../report/events/eventTypes";
import type { PolicyStatement } from "./policyDocument";

/** ARN of a bus of EventBridge: that of this name in the account and Region of the provider, or the very one that is given by its ARN. */
export function eventBusArn(
  where: { partition: string; region: string; accountId: string },
  nameOrArn: string,
): string {
  if (nameOrArn.startsWith("arn:")) return nameOrArn;
  return `arn:${where.partition}:events:${where.region}:${where.accountId}:event-bus/${nameOrArn}`;
}

/**
 * Lets the collector send its own events, and no others, to one bus. Both keys have several values, those of all entries of a request, so
 * all have to be its own; where a request had none, "all" would be true.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-cross-account-custom-bus-source.html
 */
export function eventStatement(busArn: string): PolicyStatement {
  return {
    Sid: "SendEvents",
    Effect: "Allow",
    Action: "events:PutEvents",
    Resource: busArn,
    Condition: {
      "ForAllValues:StringEquals": { "events:source": EVENT_SOURCE, "events:detail-type": [...EVENT_NAMES] },
      Null: { "events:source": "false", "events:detail-type": "false" },
    },
  };
}

/** Lets a function send its traces. Neither action knows resources. */
export const TRACING_STATEMENT: PolicyStatement = {
  Sid: "Trace",
  Effect: "Allow",
  Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  Resource: "*",
};
