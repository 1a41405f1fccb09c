import { UNKNOWN } from "../knownValues";
import { said } from "../resources";
import type { ResourceRule } from "../rule";

/** Keys that KMS can rotate: symmetric ones whose material is its own. https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
const ROTATABLE = [undefined, "SYMMETRIC_DEFAULT"];

/** Keys rotate by themselves. */
export const keyRotation: ResourceRule = {
  name: "kms-key-rotation",
  description: "KMS keys that encrypt rotate by themselves (Security Hub KMS.4, CIS AWS Foundations 3.6)",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
  level: "mandatory",
  severity: "medium",
  kinds: ["kms:Key"],
  check: ({ values }) => {
    const spec = values["customerMasterKeySpec"] ?? undefined;
    const rotation = values["enableKeyRotation"];
    if (!ROTATABLE.some((each) => each === spec) || (values["keyUsage"] ?? "ENCRYPT_DECRYPT") !== "ENCRYPT_DECRYPT")
      return [];
    if (values["customKeyStoreId"] || rotation === true || rotation === UNKNOWN) return [];
    return [{ message: `enableKeyRotation is ${said(rotation)}`, remedy: "Set enableKeyRotation: true on the key" }];
  },
};

/** Keys are not gone before somebody could notice. */
export const deletionWindow: ResourceRule<{ minimumDays: number; minimumDaysIfProtected: number }> = {
  name: "kms-deletion-window",
  description:
    "A KMS key whose deletion is scheduled stays long enough for somebody to notice (AWS KMS developer guide, Delete a KMS key)",
  url: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
  level: "mandatory",
  severity: "medium",
  kinds: ["kms:Key"],
  settings: {
    minimumDays: {
      type: "integer",
      minimum: 7,
      maximum: 30,
      default: 7,
      description: "Days that any key waits at least.",
    },
    minimumDaysIfProtected: {
      type: "integer",
      minimum: 7,
      maximum: 30,
      default: 30,
      description:
        "Days that a key waits at least which Pulumi protects from deletion, as one does whose loss would be that of evidence.",
    },
  },
  check: ({ values, protect }, { minimumDays, minimumDaysIfProtected }) => {
    // without it AWS waits 30 days
    const days = values["deletionWindowInDays"] ?? 30;
    const least = protect ? Math.max(minimumDays, minimumDaysIfProtected) : minimumDays;
    if (typeof days !== "number" || days >= least) return [];
    return [
      {
        message: `deletionWindowInDays is ${days}, and at least ${least} are asked for${protect ? " of a protected key" : ""}`,
        remedy: `Set deletionWindowInDays: ${least} on the key`,
      },
    ];
  },
};
