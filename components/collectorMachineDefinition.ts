/** What the definition of the state machine depends on. */
export interface MachineDefinitionInput {
  partition: string;
  /** The collector's function, which does every step. */
  functionArn: string;
  /** Longest invocation of the function in seconds. */
  timeoutSeconds: number;
  /** Batches that are collected at the same time. */
  batchConcurrency: number;
  /** Batches that may fail for good before the run does, in percent. */
  toleratedFailurePercent: number;
  /** Longest run in minutes. */
  runTimeoutMinutes: number;
}

/** A state of the Amazon States Language, as far as this definition uses it. */
export type State = { Type: string; Next?: string } & Record<string, unknown>;

/** A state machine in the Amazon States Language. */
export interface MachineDefinition {
  Comment: string;
  QueryLanguage: "JSONPath";
  StartAt: string;
  TimeoutSeconds: number;
  States: Record<string, State>;
}

/** Label of the Distributed Map: the ARNs of its children carry it, and policies name them by it. */
export const BATCHES_LABEL = "Batches";

/** Error of an execution that was refused because a run is going on. Nothing failed then, and there is nothing to redrive. */
export const REFUSED_ERROR = "RunInProgress";

/** Function calls that a batch gets; each account has its own, earlier end, so this is only for what nobody thought of. */
const MOST_ROUNDS = 200;

/**
 * The state machine that collects in batches: list, collect each batch in rounds until nothing of it is pending, finish.
 *
 * - Numbers of batches and counts are all that passes through it. What a step leaves for the next is in the bucket, which the
 *   function reads and writes and Step Functions never touches.
 * - Between rounds a batch waits without a function running.
 * - No error is caught: whatever fails leaves the execution at the state that failed, so that a redrive resumes there, and a failed
 *   map resumes the batches that did not succeed. A Catch would have a redrive resume behind it. Who has to hear of a failure is told
 *   by a rule on the execution's status.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
export function machineDefinition(input: MachineDefinitionInput): MachineDefinition {
  return {
    Comment: "Collects the IAM credential reports of an organization in batches",
    QueryLanguage: "JSONPath",
    StartAt: "List",
    TimeoutSeconds: input.runTimeoutMinutes * 60,
    States: {
      List: {
        ...step(input, { step: "list", "execution.$": "$$.Execution.Id" }),
        OutputPath: "$.Payload",
        Next: "Refused?",
      },
      "Refused?": {
        Type: "Choice",
        Choices: [{ Variable: "$.refused", IsPresent: true, Next: "Refused" }],
        Default: "Batches",
      },
      Refused: { Type: "Fail", Error: REFUSED_ERROR, CausePath: "$.refused.message" },
      Batches: {
        Type: "Map",
        Label: BATCHES_LABEL,
        ItemsPath: "$.batches",
        ItemSelector: {
          "runId.$": "$.runId",
          "batch.$": "$$.Map.Item.Value",
          "batches.$": "States.ArrayLength($.batches)",
          round: 1,
        },
        MaxConcurrency: input.batchConcurrency,
        ToleratedFailurePercentage: input.toleratedFailurePercent,
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "Collect",
          States: batchStates(input),
        },
        ResultPath: null,
        Next: "Finish",
      },
      Finish: {
        ...step(input, { step: "finish", "runId.$": "$.runId", "execution.$": "$$.Execution.Id" }),
        OutputPath: "$.Payload",
        End: true,
      },
    },
  };
}

/** One batch. What it leaves behind is nothing: the output of a map is the outputs of all its children, in 256 KiB at most. */
function batchStates(input: MachineDefinitionInput): Record<string, State> {
  const batch = { "runId.$": "$.runId", "batch.$": "$.batch", "batches.$": "$.batches" };
  return {
    Collect: {
      ...step(input, { step: "collect", ...batch }),
      ResultSelector: { "pending.$": "$.Payload.pending", "waitSeconds.$": "$.Payload.waitSeconds" },
      ResultPath: "$.answer",
      Next: "Pending?",
    },
    "Pending?": {
      Type: "Choice",
      Choices: [
        { Variable: "$.answer.pending", NumericEquals: 0, Next: "Collected" },
        { Variable: "$.round", NumericGreaterThanEquals: MOST_ROUNDS, Next: "Collected" },
      ],
      Default: "Wait",
    },
    Wait: { Type: "Wait", SecondsPath: "$.answer.waitSeconds", Next: "Next round" },
    "Next round": {
      Type: "Pass",
      Parameters: { ...batch, "round.$": "States.MathAdd($.round, 1)" },
      Next: "Collect",
    },
    Collected: { Type: "Succeed", OutputPath: null },
  };
}

function step({ partition, functionArn, timeoutSeconds }: MachineDefinitionInput, payload: object): State {
  return {
    Type: "Task",
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Parameters: { FunctionName: functionArn, Payload: payload },
    // Lambda ends the function before: this is for a call whose answer never comes
    TimeoutSeconds: timeoutSeconds + 60,
    Retry: RETRY,
  };
}

/**
 * What passes by itself: faults of Lambda, too many calls, and a function that died. Each step can be done again. What the function
 * itself says has gone wrong is final, since it has tried again where that helps.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
const RETRY = [
  {
    ErrorEquals: ["Lambda.TooManyRequestsException"],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: 20,
    JitterStrategy: "FULL",
  },
  {
    ErrorEquals: [
      "Lambda.ClientExecutionTimeoutException",
      "Lambda.ServiceException",
      "Lambda.AWSLambdaException",
      "Lambda.SdkClientException",
    ],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: 6,
    JitterStrategy: "FULL",
  },
  {
    ErrorEquals: [
      "Lambda.Unknown",
      "Runtime.ExitError",
      "Runtime.OutOfMemory",
      "Sandbox.Timedout",
      "Function.Timeout",
      "States.Timeout",
    ],
    IntervalSeconds: 5,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    MaxAttempts: 2,
    JitterStrategy: "FULL",
  },
];
