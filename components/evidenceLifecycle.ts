import type * as aws from "@pulumi/aws";
import type { RetentionDays } from "../report/retention";
import { KIND_TAG, type TaggedKind } from "../runtime/evidenceTags";

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

/** Days that work objects are kept. */
const WORK_DAYS = 30;

/** Folders of what is made of the raw reports. */
const CONSOLIDATED = ["credentials/", "credentials_typed/", "findings/"];

/**
 * The life cycle of the evidence. Abandoned uploads go after a week, what the steps of a run leave for each other after a month; objects, and their old versions, after the days of their kind, or never
 * where those are 0. Raw reports and the page stand beside the manifest, which has to outlive them, so they are told by their tag.
 *
 * Where rules overlap, S3 goes by the one that expires first.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
 */
export function lifecycleRules({ raw, consolidated, other }: RetentionDays): Rule[] {
  const earlier = (days: number): boolean => days > 0 && days !== other;
  const ofRuns = (kind: TaggedKind): Rule["filter"] => ({ and: { prefix: "runs/", tags: { [KIND_TAG]: kind } } });
  const rules: Rule[] = [
    {
      id: "abandoned-uploads",
      status: "Enabled",
      filter: { prefix: "" },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    },
  ];
  // Work objects help to redrive a run, which Step Functions offers for 14 days. Without any, the rule does nothing.
  rules.push(expiring("work", { prefix: "work/" }, WORK_DAYS));
  if (other > 0) rules.push(expiring("retention", { prefix: "" }, other));
  if (earlier(raw)) rules.push(expiring("raw-reports", ofRuns("raw"), raw));
  if (earlier(consolidated)) {
    for (const prefix of CONSOLIDATED)
      rules.push(expiring(`consolidated-${prefix.slice(0, -1)}`, { prefix }, consolidated));
    rules.push(expiring("consolidated-page", ofRuns("page"), consolidated));
  }
  return rules;
}

function expiring(id: string, filter: Rule["filter"], days: number): Rule {
  return {
    id,
    status: "Enabled",
    filter,
    expiration: { days },
    noncurrentVersionExpiration: { noncurrentDays: days },
  };
}
