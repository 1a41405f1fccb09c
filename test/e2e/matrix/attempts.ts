import { COLLECTOR_ATTEMPTS } from "./collector";
import { EVIDENCE_ATTEMPTS } from "./evidence";
import { KEY_ATTEMPTS } from "./keys";
import type { Attempt } from "./world";

/** Every action of the matrix that is tried in the emulator, by asset and action. */
export const ATTEMPTS: Record<string, Record<string, Attempt>> = {
  ...COLLECTOR_ATTEMPTS,
  ...EVIDENCE_ATTEMPTS,
  ...KEY_ATTEMPTS,
};

/** What no client can ask, or nothing in the emulator answers; the policies alone judge it. */
export const NOT_IN_EMULATOR: Record<string, string> = {
  "Roles: assume the role of alerts for streams":
    "the emulator has no streams of Data Firehose, so the role is not made",
  "Roles: assume a role of that name in another organization":
    "test/emulation/authorization.test.ts tries the condition, with roles of its own",
  "Evidence: put evidence into somebody else's bucket of that name":
    "a name belongs to one bucket, and here that is the evidence's",
  "Messages: publish an alert by a rule of EventBridge": "what differs from another publisher is the service",
  "Messages: import findings into a member's Security Hub": "the emulator has no Security Hub",
  "Messages: import findings into that of the collector's account": "the emulator has no Security Hub",
  "Evidence: replicate objects into the bucket": "S3 alone asks for it, on its own behalf",
  "Evidence: replicate deletions into the bucket": "S3 alone asks for it, on its own behalf",
  "Evidence: read a version to replicate it": "S3 alone asks for it, on its own behalf",
  "Replica: replicate objects into it": "S3 alone asks for it, on its own behalf",
  "Replica: replicate deletions into it": "S3 alone asks for it, on its own behalf",
  "Query results: replicate an answer into it": "S3 alone asks for it, on its own behalf",
  "Key of the alerts: encrypt a message through SNS":
    "SNS asks for it when something is published, which is a row of its own",
  "Key of the evidence: encrypt for another bucket":
    "nobody of the matrix may put into another bucket that S3 would encrypt",
  "Key of the evidence: decrypt for another bucket": "nobody can have put an object there with this key",
};

/** Columns that no client can call as. */
export const NOT_CALLERS: Record<string, string> = {
  "service, here": "a service of AWS is no caller of its own",
  "service, elsewhere": "a service of AWS is no caller of its own",
};
