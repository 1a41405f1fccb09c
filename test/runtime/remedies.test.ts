import { expect } from "chai";

import type { CollectionStep } from "../../report/manifest";
import { remedyFor } from "../../runtime/remedies";

describe("remedyFor", () => {
  const cases: [CollectionStep, string, string, RegExp][] = [
    [
      "assumeRole",
      "AccessDenied",
      "not authorized to perform: sts:AssumeRole",
      /member role is missing .* trust policy/,
    ],
    ["assumeRole", "AccessDenied", "because no identity-based policy allows the action", /collector's own role/],
    ["assumeRole", "AccessDenied", "because no resource-based policy allows the action", /role exists/],
    ["fetch", "ECONNRESET", "socket hang up; no further try is left to the run", /Too many calls of this run/],
    ["assumeRole", "AccessDenied", "with an explicit deny in a service control policy", /service control policy/],
    ["generate", "AccessDenied", "with an explicit deny in a service control policy", /service control policy/],
    ["assumeRole", "AccessDenied", "with an explicit deny in a resource control policy", /resource control policy/],
    ["assumeRole", "RegionDisabledException", "STS is not activated", /activate it/],
    ["assumeRole", "ExpiredToken", "expired", /own credentials/],
    ["generate", "ExpiredToken", "expired", /session in the account/],
    ["generate", "AccessDenied", "", /iam:GenerateCredentialReport/],
    ["fetch", "AccessDenied", "", /iam:GetCredentialReport/],
    ["generate", "LimitExceededException", "", /capacity/],
    ["fetch", "Throttling", "", /throttled/],
    ["assumeRole", "RunDeadline", "", /longer function timeout/],
    ["generate", "ReportNeverCompleted", "", /AWS Support/],
    ["parse", "WrongAccount", "", /another account/],
    ["parse", "NotCsv", "", /raw\//],
    ["store", "AccessDenied", "not authorized to perform: kms:GenerateDataKey", /key policy/],
    ["store", "AccessDenied", "Access Denied", /bucket refuses/],
    ["store", "KMS.DisabledException", "key is disabled", /enable it/],
    ["store", "NoSuchBucket", "", /does not exist/],
    ["store", "ENOSPC", "no space left on device", /disk is full/],
    ["store", "EACCES", "permission denied", /folder cannot be written/],
    ["fetch", "ECONNRESET", "", /network/],
    ["fetch", "SomethingNew", "", /AWS documentation/],
  ];
  for (const [step, code, message, remedy] of cases) {
    it(`knows ${code} at ${step}${message && ` (${message})`}`, () => {
      expect(remedyFor(step, code, message)).to.match(remedy);
    });
  }
});
