import { limited } from "../../report/formats/findingText";

/** What AWS said, as its plug-in for the engine passes it on, without numbers of requests and names of source files. */
export interface AwsMessage {
  /** What was called, as policies name it: `s3:CreateBucket`. */
  action: string;
  /** The error's code, as in `BucketAlreadyExists`. */
  code: string;
  /** AWS's own words; empty where it gave none. */
  message: string;
}

/** Prefixes of IAM actions where they are not the service's name in small letters. */
const PREFIXES: Record<string, string> = {
  "CloudWatch Logs": "logs",
  EventBridge: "events",
  "CloudWatch Events": "events",
  Organizations: "organizations",
};

/**
 * The form of the SDK for Go, by which the AWS plug-in talks to AWS: `operation error S3: CreateBucket, https response error StatusCode: 409,
 * RequestID: …, HostID: …, BucketAlreadyExists: …`.
 */
const OPERATION_ERROR =
  /operation error ([\w -]+): (\w+),(?: exceeded maximum number of attempts, \d+,)?(?: https? response error StatusCode: \d+,)?(?: RequestID: [^,]*,)?(?: HostID: [^,]*,)? (?:api error )?([A-Z][\w.]*)(?:: ?([^\n]*)|$)/;
/** The older form: `BucketAlreadyExists: …\n\tstatus code: 409, request id: …`; it does not say what was called. */
const STATUS_CODE = /([A-Z]\w+): ([^\n]*?),?\s+status code: \d+, request id:/;
/** The form of this project's stand-in: `S3 CreateBucket: BucketAlreadyExists (HTTP 409): …`. */
const STAND_IN = /(?:^|: )([\w ]+) (\w+): ([A-Za-z][\w.]*) \(HTTP \d+\): ?([^\n]*)/;

/** Characters that are looked at: of a message that a service made longer, the rest says nothing more, and looking takes time by its square. */
const MOST_CHARACTERS = 16_000;

/** The error of AWS in a message, or undefined where there is none. */
export function awsMessageIn(whole: string): AwsMessage | undefined {
  const text = limited(whole, MOST_CHARACTERS);
  const match = OPERATION_ERROR.exec(text) ?? STAND_IN.exec(text);
  if (match) {
    const [, service = "", operation = "", code = "", message = ""] = match;
    const prefix = PREFIXES[service.trim()] ?? service.replace(/[ -]/g, "").toLowerCase();
    return { action: `${prefix}:${operation}`, code, message: withoutNoise(message) };
  }
  const [, code, message = ""] = STATUS_CODE.exec(text) ?? [];
  return code === undefined ? undefined : { action: "", code, message: withoutNoise(message) };
}

/** A message without what helps nobody who deploys: source files of the plug-in, counts of errors, numbers of requests, its version. */
export function withoutNoise(text: string): string {
  return limited(text, MOST_CHARACTERS)
    .replace(/(^|\s)(?:[\w-]+\/)*[\w-]+\.go:\d+: (?:sdk\.[\w.]+: )?/g, "$1")
    .replace(/^\s*\d+ errors? occurred:\s*/, "")
    .replace(/^\s*\* /gm, "")
    .replace(/,? (?:RequestID|HostID): [^,\s]*/g, "")
    .replace(/,?\s+status code: \d+, request id: [\w-]+(?:, host id: \S+)?/g, "")
    .replace(/,? https? response error StatusCode: \d+/g, "")
    .replace(/:? ?provider=aws@[\w.-]+/g, "")
    .replace(/\s*Make sure you have:[\s\S]*$/, "")
    .replace(/\n\s*There are a number of possible causes of this[\s\S]*?(?=\nError:|$)/, "")
    .replace(/:\s*$/, "")
    .trim();
}
