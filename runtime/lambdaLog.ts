import { Logger } from "@aws-lambda-powertools/logger";

import type { Log } from "./log";

/** What the lines of an invocation say of it. */
export interface LoggedInvocation {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
}

/** Of the process, because it knows whether an invocation is the first. */
const logger = new Logger({ serviceName: "iam-credential-reports", logLevel: "INFO" });

/**
 * The log of the deployed collector: each event is one line of JSON, as AWS Lambda Powertools writes it. Beside what the event says, it
 * has `level`, `timestamp`, `service`, `cold_start`, `function_name`, `function_request_id` and the like, and `execution`, the ARN of
 * the state machine's execution where one calls.
 *
 * https://docs.powertools.aws.dev/lambda/typescript/latest/features/logger/
 */
export function lambdaLog(invocation: LoggedInvocation, event: unknown): Log {
  logger.resetKeys();
  // Whether the start was cold it finds out for itself.
  logger.addContext({ ...invocation, coldStart: false });
  const { execution } = (event ?? {}) as { execution?: unknown };
  if (typeof execution === "string") logger.appendKeys({ execution });
  return ({ level, message, ...fields }) => logger[level](message, fields);
}
