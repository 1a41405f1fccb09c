import { GetObjectLockConfigurationCommand } from "@aws-sdk/client-s3";
import { errorCode } from "../../runtime/errors";
import { objectLockOf } from "../configuration/retentionProblems";
import { lockMeaning } from "../evidenceStore/objectLock";
import { refused } from "./awsErrors";
import { ok, unknown, type Check } from "./check";
import type { DoctorFacts } from "./facts";

/** What locks the evidence, in plain words: as configured, or as found on a bucket of one's own. */
export const OBJECT_LOCK_CHECK: Check<DoctorFacts> = {
  id: "object-lock",
  what: "Object Lock of the evidence",
  look: async (facts) => {
    const { settings } = (await facts.config()).logarchive;
    const lock = objectLockOf(settings);
    if (lock) return ok(`${lock.mode} mode. ${lockMeaning(lock)}`);
    const { existingBucketName: Bucket, logArchiveAccountId: owner } = settings;
    if (Bucket === "") return ok("none: whoever changes the bucket's policy, which is logged, may delete");
    const { s3 } = await facts.account("logarchive");
    try {
      const found = await s3.send(new GetObjectLockConfigurationCommand({ Bucket, ExpectedBucketOwner: owner }));
      const { Mode, Days, Years } = found.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
      if (Mode === undefined)
        return ok(`${Bucket} has Object Lock and no default retention: nothing that is put is locked`);
      const days = Days ?? (Years ?? 0) * 365;
      return ok(`${Bucket}: ${lockMeaning({ mode: Mode === "COMPLIANCE" ? "compliance" : "governance", days })}`);
    } catch (error) {
      if (errorCode(error) === "ObjectLockConfigurationNotFoundError") return ok(`${Bucket} has none`);
      return unknown(`${Bucket}: ${refused("s3:GetBucketObjectLockConfiguration", error)}`);
    }
  },
};
