import { partOf, textsOf, UNKNOWN, type Known } from "../knownValues";
import { fits, said, settingsOf } from "../resources";
import type { ResourceRule, StackRule } from "../rule";

/** A function neither starves others nor is starved. */
export const reservedConcurrency: ResourceRule = {
  name: "lambda-reserved-concurrency",
  description: "Lambda functions have reserved concurrency (AWS Config rule lambda-concurrency-check)",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  level: "mandatory",
  severity: "low",
  kinds: ["lambda:Function"],
  check: ({ values }) => {
    const reserved = values["reservedConcurrentExecutions"];
    if (reserved === UNKNOWN || (typeof reserved === "number" && reserved >= 0)) return [];
    return [
      {
        message: `reservedConcurrentExecutions is ${said(reserved)}`,
        remedy:
          "Set reservedConcurrentExecutions to what the function needs at most; 1 where it must not run twice at once",
      },
    ];
  },
};

/** What failed is kept. */
export const failureDestination: StackRule = {
  name: "lambda-failure-destination",
  description: "Lambda functions keep the events that they failed on (AWS Config rule lambda-dlq-check)",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
  level: "mandatory",
  severity: "medium",
  checkStack: (stack) =>
    stack
      .filter(({ kind }) => kind === "lambda:Function")
      .filter((fn) => !hasPlace(partOf(fn.values["deadLetterConfig"])["targetArn"]))
      .filter(
        (fn) =>
          !settingsOf(stack, "lambda:FunctionEventInvokeConfig", "functionName", fn).some(({ values }) =>
            hasPlace(partOf(partOf(values["destinationConfig"])["onFailure"])["destination"]),
          ),
      )
      .map((resource) => ({
        resource,
        message: "events that it failed on are lost",
        remedy:
          "Add a FunctionEventInvokeConfig with destinationConfig.onFailure, or deadLetterConfig: a queue or a topic",
      })),
};

const hasPlace = (value: Known): boolean => value === UNKNOWN || textsOf(value).some((text) => text !== "");

/** Names of variables that hold a secret. */
const SECRET_NAMES = /pass(word|wd|phrase)|secret|token|credential|private_?key|api_?key|access_?key/i;
/** Names of variables that say where a secret is. */
const POINTER_NAMES = /(_?(arn|name|id|path|parameter|uri|url|endpoint|region|ttl|seconds|alias))$/i;
/** Values that are a secret whatever the variable is called: an access key of AWS, a private key, a token of GitHub or Pulumi. */
const SECRET_VALUES =
  /\b(AKIA|ASIA)[A-Z2-7]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_\w{36,}|\bpul-[0-9a-f]{40}/;
/** Values that say where a secret is. */
const POINTER_VALUES = /^(arn:|\/|https:\/\/|\{\{resolve:)/;

/** The environment of a function can be read by whoever may read its configuration. */
export const environmentSecrets: ResourceRule<{ allowNames: string[] }> = {
  name: "lambda-environment-secrets",
  description:
    "The environment of Lambda functions has no secrets in plain text (AWS Lambda developer guide, Securing Lambda environment variables)",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
  level: "mandatory",
  severity: "high",
  kinds: ["lambda:Function"],
  settings: {
    allowNames: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Names of variables that only look as if they held a secret; * stands for any text.",
    },
  },
  check: ({ values }, { allowNames }) =>
    Object.entries(partOf(partOf(values["environment"])["variables"]))
      .filter(([name, value]) => typeof value === "string" && value !== "" && holdsSecret(name, value))
      .filter(([name]) => !allowNames.some((pattern) => fits(name, pattern)))
      .map(([name]) => ({
        // the value stays out of the message, which goes to logs
        message: `the variable ${name} holds a secret, or looks like it`,
        remedy:
          "Keep it in Secrets Manager or as a SecureString of Parameter Store, and give the function its ARN or name",
      })),
};

function holdsSecret(name: string, value: string): boolean {
  if (SECRET_VALUES.test(value)) return true;
  return SECRET_NAMES.test(name) && !POINTER_NAMES.test(name) && !POINTER_VALUES.test(value);
}
