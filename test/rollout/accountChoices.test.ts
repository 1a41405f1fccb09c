import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../rollout/errors";
import { readOrganizationConfig } from "../../rollout/configuration/organizationConfig";
import {
  collectorAccountOf,
  isByStackSet,
  readSettings,
  stackSetCallAsOf,
  type RawConfig,
} from "../../rollout/configuration/settings";
import type { StackKind } from "../../rollout/configuration/configSchema";
import { copyProject } from "../support/projectCopy";

const ACCOUNT = "999988887777";
const BASE = {
  logArchiveAccountId: ACCOUNT,
  keyArn: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd`,
  bucketName: "evidence",
};
const read = (kind: StackKind, raw: RawConfig, accountId = ACCOUNT) =>
  readSettings(kind, kind, { ...BASE, ...raw }, { accountId, region: "eu-central-1" });
const problemsOf = (kind: StackKind, raw: RawConfig, accountId = ACCOUNT): string => {
  try {
    read(kind, raw, accountId);
    return "";
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigurationError);
    return (error as Error).message;
  }
};

describe("the account of the collector", () => {
  it("is the management account unless another is named", () => {
    const managementAccountId = "111122223333";
    expect(collectorAccountOf({ managementAccountId, collectorAccountId: "" })).to.equal(managementAccountId);
    expect(collectorAccountOf({ managementAccountId, collectorAccountId: ACCOUNT })).to.equal(ACCOUNT);
  });

  it("is the one that the management stack has to be deployed into", () => {
    const organization = { organizationId: "o-exampleorgid", managementAccountId: "111122223333" };
    expect(problemsOf("management", { ...organization, collectorAccountId: ACCOUNT })).to.equal("");
    expect(problemsOf("management", { ...organization, collectorAccountId: ACCOUNT }, "111122223333")).to.match(
      /collectorAccountId: is 999988887777, but the credentials of this stack work in account 111122223333/,
    );
    expect(problemsOf("management", organization)).to.match(
      /managementAccountId: is 111122223333, but the credentials/,
    );
  });

  it("does not take away the need of an organization's management account", () => {
    const raw = { organizationId: "o-exampleorgid", collectorAccountId: ACCOUNT };
    expect(problemsOf("management", raw)).to.contain("managementAccountId: is missing");
    expect(problemsOf("logarchive", raw)).to.equal("");
    expect(problemsOf("member", {})).to.contain("managementAccountId: is missing");
  });

  it("works on the StackSet as a delegated administrator where it is not the management account", () => {
    const organization = { organizationId: "o-exampleorgid", managementAccountId: "111122223333" };
    const delegated = read("management", { ...organization, collectorAccountId: ACCOUNT });
    expect(stackSetCallAsOf(delegated)).to.equal("DELEGATED_ADMIN");
    expect(stackSetCallAsOf(read("management", organization, "111122223333"))).to.equal("SELF");
  });
});

describe("organizationId none", () => {
  const alone = { organizationId: "none", collectorAccountId: ACCOUNT };

  it("has to be said: an id that is missing stays a missing id", () => {
    for (const kind of ["logarchive", "management"] as const) {
      expect(problemsOf(kind, alone)).to.equal("");
      expect(problemsOf(kind, { ...alone, organizationId: "" })).to.contain("organizationId: is missing");
      expect(problemsOf(kind, { ...alone, organizationId: "None" })).to.contain('"None" is not an organization id');
    }
    expect(problemsOf("security", { collectorAccountId: ACCOUNT })).to.equal("");
  });

  it("asks for no StackSet, which is the default elsewhere", () => {
    expect(isByStackSet(read("management", alone))).to.equal(false);
    expect(
      isByStackSet(read("management", { ...alone, organizationId: "o-exampleorgid", managementAccountId: ACCOUNT })),
    ).to.equal(true);
  });

  it("refuses what has no meaning in one account", () => {
    expect(problemsOf("management", { ...alone, include: ["Root/Workloads"] })).to.match(
      /include: chooses among accounts, and organizationId is none/,
    );
    expect(problemsOf("management", { ...alone, exclude: [ACCOUNT] })).to.match(/exclude: chooses among accounts/);
    expect(problemsOf("logarchive", { ...alone, managementAccountId: "111122223333" })).to.match(
      /managementAccountId: is 111122223333, and collectorAccountId 999988887777: .*no management account/,
    );
  });
});

describe("the files of the three stacks", () => {
  let folder: string;
  const files = (settings: Parameters<typeof copyProject>[2]) => {
    copyProject(folder, [], settings);
    return readOrganizationConfig(folder);
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "choices-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("have to name the same account of the collector, be it by leaving it away", () => {
    expect(() => files({ logarchive: ['collectorAccountId: "222233334444"'] })).to.throw(
      ConfigurationError,
      /collectorAccountId: is missing in Pulumi\.security\.yaml, and 222233334444 in Pulumi\.logarchive\.yaml/,
    );
  });

  it("may name the management account itself in one of them", () => {
    expect(
      files({ logarchive: ['collectorAccountId: "111122223333"'] }).management.settings.collectorAccountId,
    ).to.equal("");
  });
});
