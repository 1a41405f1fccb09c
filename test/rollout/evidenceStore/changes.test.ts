import path from "node:path";
import { expect } from "chai";
import { explanation, deployedStore, storeChanges, storeResources } from "../../../rollout/evidenceStore/changes";
import { readOrganizationConfig, type OrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import { resourcesOf, without } from "../../../rollout/engine/stackState";
import { logarchiveState, resourceOf, securityState, stackState } from "../../support/stackStates";

const states = { security: securityState(), logarchive: logarchiveState() };

describe("the store of the evidence and a changed configuration", () => {
  const config = (change: (config: OrganizationConfig) => void = () => undefined): OrganizationConfig => {
    const read = readOrganizationConfig(path.join(__dirname, "../../.."));
    change(read);
    return read;
  };
  const changed = (change: (config: OrganizationConfig) => void): string[] =>
    storeChanges(states, config(change)).map(({ what, setting, from, to }) => `${what}: ${setting}: ${from} → ${to}`);

  it("finds nothing where names, Regions and accounts are as deployed, or nothing is deployed", () => {
    expect(changed(() => undefined)).to.deep.equal([]);
    expect(
      storeChanges(
        {},
        config((c) => (c.bucketName = "another")),
      ),
    ).to.deep.equal([]);
  });

  it("finds another replica, or none in the place of one, and takes of it only what is in the other Region", () => {
    const at = { outputs: { region: "eu-west-1", bucket: "iam-credential-reports-333344445555-eu-central-1-replica" } };
    const replicaKey = resourceOf("security", "ReplicaKey", "aws:kms/key:Key", "replica-key", at);
    const bucket = resourceOf("logarchive", "ReportReplica", "aws:s3/bucket:Bucket", "report-replica", at);
    const role = resourceOf("logarchive", "ReportReplica", "aws:iam/role:Role", "report-replica");
    const replicated = {
      security: stackState("security", [...resourcesOf(securityState()), replicaKey]),
      logarchive: stackState("logarchive", [...resourcesOf(logarchiveState()), bucket, role]),
    };
    const to = (replicaRegion: string) => {
      const changes = storeChanges(
        replicated,
        config((c) => (c.security.settings.replicaRegion = c.logarchive.settings.replicaRegion = replicaRegion)),
      );
      return { changes, gone: storeResources(replicated, changes) };
    };
    expect(to("eu-west-1").changes).to.deep.equal([]);
    for (const region of ["", "eu-north-1"]) {
      const { changes, gone } = to(region);
      expect(changes.map(({ stack, what, setting }) => [stack, what, setting])).to.deep.equal([
        ["security", "replica", "replicaRegion"],
        ["logarchive", "replica", "replicaRegion"],
      ]);
      expect([...gone.security]).to.include(replicaKey.urn);
      expect([...gone.logarchive])
        .to.include(bucket.urn)
        .and.not.include(role.urn);
      expect([...gone.security, ...gone.logarchive].some((urn) => /Report(Key|Bucket)\$/.test(urn))).to.equal(false);
      expect(explanation(changes, deployedStore(replicated)).join("\n")).to.match(/stays in AWS as it is/);
    }
  });

  it("finds another name of the bucket", () => {
    expect(changed((c) => (c.bucketName = "another"))).to.deep.equal([
      "bucket: bucketName: iam-credential-reports-333344445555-eu-central-1 → another",
    ]);
  });

  it("finds another Region of each, which a provider takes for its own without a word", () => {
    const found = changed((c) => {
      c.security.file.region = c.logarchive.file.region = "eu-west-1";
    });
    expect(found).to.deep.equal([
      "key: aws:region: eu-central-1 → eu-west-1",
      "bucket: aws:region: eu-central-1 → eu-west-1",
    ]);
  });

  it("finds a key or a bucket of one's own in the place of one that was made, even if it is the same", () => {
    const keyArn = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
    const found = changed((c) => {
      c.security.settings.existingKeyArn = keyArn;
      c.logarchive.settings.existingBucketName = c.bucketName = "mine";
    });
    expect(found).to.deep.equal([
      `key: existingKeyArn: ${keyArn} → ${keyArn}`,
      "bucket: existingBucketName: iam-credential-reports-333344445555-eu-central-1 → mine",
    ]);
  });

  it("finds another account, by the accounts that a stack is held to or the role that leads there", () => {
    const found = changed((c) => {
      c.security.file.accountId = undefined;
      c.security.file.assumeRoles = [{ roleArn: "arn:aws:iam::999988887777:role/deploy" }];
      c.logarchive.file.accountId = "999988887777";
    });
    expect(found).to.deep.equal([
      "key: account: 222233334444 → 999988887777",
      "bucket: account: 333344445555 → 999988887777",
    ]);
  });

  it("finds a key or bucket of one's own in place of the stacks', and if it is the very one that they would delete", () => {
    const { keyArn = "", bucketName = "" } = deployedStore(states);
    for (const [key, bucket] of [
      [keyArn, bucketName],
      ["arn:aws:kms:eu-central-1:999988887777:key/other", "other"],
    ] as const) {
      const found = changed((c) => {
        c.security.settings.existingKeyArn = key;
        c.logarchive.settings.existingBucketName = c.bucketName = bucket;
      });
      expect(found).to.deep.equal([
        `key: existingKeyArn: ${keyArn} → ${key}`,
        `bucket: existingBucketName: ${bucketName} → ${bucket}`,
      ]);
    }
  });

  it("says what changes from what to what, what holds the evidence now, and what becomes of it", () => {
    const changes = storeChanges(
      states,
      config((c) => (c.bucketName = "another")),
    );
    const text = explanation(changes, deployedStore(states)).join("\n");
    expect(text)
      .to.contain(
        "bucketName of stack logarchive changes from iam-credential-reports-333344445555-eu-central-1 to another",
      )
      .and.contain("arn:aws:kms:eu-central-1:222233334444:key/1234abcd")
      .and.contain("stays in AWS as it is");
  });

  describe("what leaves the stacks", () => {
    const leaving = (change: (config: OrganizationConfig) => void): string[] => {
      const { security, logarchive } = storeResources(states, storeChanges(states, config(change)));
      return [...security, ...logarchive].map((urn) =>
        urn
          .split("::")
          .slice(2)
          .join("::")
          .replace(/^.*[$]/, ""),
      );
    };
    const STORE = [
      "aws:kms/key:Key::report-key",
      "aws:s3/bucket:Bucket::report-bucket",
      "aws:s3/bucketPolicy:BucketPolicy::report-bucket",
    ];

    it("is the whole store, so that old evidence stays readable by its own key; the alias turns to the new one", () => {
      expect(leaving((c) => (c.bucketName = "another"))).to.deep.equal(STORE);
    });

    it("is the alias too where the key moves to another Region", () => {
      expect(leaving((c) => (c.security.file.region = "eu-west-1"))).to.have.members([
        ...STORE,
        "aws:kms/alias:Alias::report-key",
      ]);
    });

    it("is all of a stack that moves to another account, but its provider", () => {
      expect(leaving((c) => (c.logarchive.file.accountId = "999988887777"))).to.include.members([
        "aws:glue/catalogTable:CatalogTable::analysis-findings",
        "aws:s3/bucket:Bucket::analysis-results",
      ]);
    });
  });
});

describe("without", () => {
  it("forgets resources, and every mention of them by those that stay", () => {
    const state = logarchiveState();
    const bucket = resourcesOf(state).filter(({ urn }) => urn.includes("ReportBucket$"));
    const after = without(state, new Set(bucket.map(({ urn }) => urn)));
    expect(JSON.stringify(after)).not.to.contain("ReportBucket$");
    expect(resourcesOf(after)).to.have.length(resourcesOf(state).length - 2);
    const table = resourcesOf(after).find(({ type }) => type.includes("catalogTable"));
    expect(table?.dependencies).to.have.length(1);
    expect(table?.propertyDependencies).to.deep.equal({ storageDescriptor: [], name: [] });
    expect(after.deployment["manifest"]).to.deep.equal(state.deployment["manifest"]);
  });
});
