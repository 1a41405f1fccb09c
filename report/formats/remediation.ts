import type { Control } from "../controls";

/** What to do about a subject that fails a control. */
export interface Remediation {
  /** In words, at most 512 characters: the most that Security Hub takes. */
  text: string;
  /** The page of AWS's documentation that shows how. */
  url: string;
}

const SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html";
const IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide";

const hub = (id: string): string => `${SECURITY_HUB}#${id.toLowerCase().replace(".", "-")}`;

const REMEDIATIONS: ReadonlyMap<string, Remediation> = new Map(
  Object.entries({
    "root-access-key": {
      text: "Delete root's access keys, or remove the root credentials of member accounts centrally; let roles do what they were used for.",
      url: hub("IAM.4"),
    },
    "root-mfa": {
      text: "Register an MFA device for root, or remove the root credentials of member accounts centrally.",
      url: hub("IAM.9"),
    },
    "root-mfa-or-no-password": {
      text: "Remove the root credentials of member accounts centrally; where root must keep a password, register an MFA device for it.",
      url: `${IAM}/id_root-enable-root-access.html`,
    },
    "root-hardware-mfa": {
      text: "Look at root's MFA devices: a credential report does not say of which kind they are. Register a hardware device, or remove the root credentials of member accounts centrally.",
      url: hub("IAM.6"),
    },
    "root-use": {
      text: "Find out from CloudTrail what root was used for, and let a role do it: only few tasks need root.",
      url: `${IAM}/root-user-best-practices.html`,
    },
    "console-mfa": {
      text: "Register an MFA device for the user, or take the console password away: people sign in through IAM Identity Center.",
      url: hub("IAM.5"),
    },
    "user-mfa": {
      text: "Register an MFA device for the user; replace a user that only a program uses by a role.",
      url: hub("IAM.19"),
    },
    "initial-access-key": {
      text: "Delete the access key that was never used; make one only when the user needs it.",
      url: `${IAM}/id_credentials_access-keys.html`,
    },
    "unused-credentials": {
      text: "Take the unused password away and deactivate the unused access keys; delete them when nobody misses them.",
      url: hub("IAM.22"),
    },
    "dormant-credentials": {
      text: "Delete the unused password and access keys, or the whole user if nothing else is in use.",
      url: hub("IAM.8"),
    },
    "single-access-key": {
      text: "Move what uses the older access key to the newer one, deactivate the older one, then delete it.",
      url: `${IAM}/id_credentials_access-keys.html`,
    },
    "access-key-rotation": {
      text: "Make a second access key, move what uses the old one to it, deactivate the old one, then delete it; better still, replace it by a role.",
      url: hub("IAM.3"),
    },
  }),
);

/**
 * What to do about a subject that fails a control.
 *
 * @throws {RangeError} for a control that is not of the table.
 */
export function remediationOf({ id }: Pick<Control, "id">): Remediation {
  const remediation = REMEDIATIONS.get(id);
  if (!remediation) throw new RangeError(`there is no remediation for the control ${id}`);
  return remediation;
}
