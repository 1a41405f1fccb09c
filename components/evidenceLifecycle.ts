import type * as aws from "@pulumi/aws";
import type { RetentionDays } from "../report/retention";
import { KIND_TAG, type TaggedKind } from "../runtime/evidenceTags";

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

/** Folders of what is made of the raw reports. */
const CONSOLIDATED = ["credentials/", "credentials_typed/", "findings/"];

/**
 * The life cycle of the evidence. Abandoned uploads go after a week; objects, and their old versions, after the days of their kind, or never
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
