import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { CONFIG_SCHEMA, type ConfigKey } from "../../../rollout/configuration/configSchema";
import { ConfigurationError } from "../../../rollout/errors";
import { readOrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import {
  bucketNameOf,
  readSettings,
  reservedExecutionsOf,
  stackKind,
  type RawConfig,
} from "../../../rollout/configuration/settings";

const LOGARCHIVE = {
  organizationId: "o-exampleorgid",
  managementAccountId: "111122223333",
  logArchiveAccountId: "333344445555",
  keyArn: "arn:aws:kms:eu-central-1:222233334444:key/1234abcd",
};
const WHERE = { accountId: "333344445555", region: "eu-central-1" };

function problemsOf(raw: RawConfig, where = WHERE): string {
  try {
    readSettings("logarchive", "logarchive", raw, where);
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return "";
}

describe("readSettings", () => {
  it("gives every key its value or its default, whether it comes as text or as YAML made it", () => {
    const fromYaml = readSettings("logarchive", "logarchive", { ...LOGARCHIVE, retentionDays: 90 }, WHERE);
    const fromText = readSettings("logarchive", "logarchive", { ...LOGARCHIVE, retentionDays: "90" }, WHERE);
    expect(fromYaml).to.deep.equal(fromText);
    expect(fromYaml).to.include({ retentionDays: 90, protectEvidence: true, keyAlias: "iam-credential-reports" });
  });

  it("names every problem in one error, with the way to mend it", () => {
    const message = problemsOf({ ...LOGARCHIVE, organizationId: "", managementAccountId: "1234", bucketName: "A" });
    expect(message).to.contain("organizationId: is missing");
    expect(message).to.contain('managementAccountId: "1234" is not an account id of twelve digits');
    expect(message).to.contain('bucketName: "A" is no bucket name that S3 takes');
    expect(message).to.contain("pulumi config set --stack logarchive");
    expect(message).to.contain("nothing was deployed");
  });

  it("refuses a key in another Region than the bucket", () => {
    const message = problemsOf(LOGARCHIVE, { ...WHERE, region: "us-east-1" });
    expect(message).to.match(/keyArn: the key is in eu-central-1 and this bucket would be in us-east-1/);
  });

  it("refuses an account id that is not that of the credentials", () => {
    expect(problemsOf(LOGARCHIVE, { ...WHERE, accountId: "999988887777" })).to.contain(
      "the credentials of this stack work in account 999988887777",
    );
  });

  it("refuses a key that does not exist, and guesses what was meant", () => {
    expect(problemsOf({ ...LOGARCHIVE, organisationId: "x", bucket_name: "y" })).to.contain(
      "(did you mean bucketName?)",
    );
  });

  it("leaves alone what a stack does not read", () => {
    expect(readSettings("logarchive", "logarchive", { ...LOGARCHIVE, schedule: "never" }, WHERE)).to.be.an("object");
    expect(() =>
      readSettings(
        "management",
        "management",
        { ...LOGARCHIVE, schedule: "never" },
        { ...WHERE, accountId: "111122223333" },
      ),
    ).to.throw(/"never" is no schedule expression: must be rate/);
  });

  for (const [value, why] of [
    ["ab", "2 characters"],
    ["Has-Capitals", "lower-case"],
    ["-begins", "begin and end"],
    ["with.dots", "TLS"],
    ["xn--name", "prefix is reserved"],
    ["name-s3alias", "suffix is reserved"],
  ] as const) {
    it(`refuses the bucket name ${value}`, () => {
      expect(problemsOf({ ...LOGARCHIVE, bucketName: value })).to.contain(why);
    });
  }

  it("reads the accounts to collect from YAML and from text, and refuses a selector of no known form", () => {
    const management = (include: unknown): string[] =>
      readSettings("management", "management", { ...LOGARCHIVE, include }).include;
    const selectors = ["111122223333", "ou-ab12-11111111", "Root/Workloads", "tag:stage=prod", "tag:stage"];
    expect(management(selectors)).to.deep.equal(selectors);
    expect(management(JSON.stringify(selectors))).to.deep.equal(selectors);
    expect(management(undefined)).to.deep.equal([]);
    for (const wrong of ["1111", "tag:", ""]) {
      expect(() => management([wrong]), wrong).to.throw(ConfigurationError, /include: .*names no accounts/);
    }
  });

  it("refuses readers that are not roles", () => {
    expect(problemsOf({ ...LOGARCHIVE, readerRoleArns: '["arn:aws:iam::333344445555:user/eve"]' })).to.contain(
      "not the ARN of a role: arn:aws:iam::333344445555:user/eve",
    );
  });
});

/** What is wrong with settings of the management stack; nothing where they are taken. */
const management = (raw: RawConfig): string => {
  try {
    readSettings("management", "management", { ...LOGARCHIVE, ...raw }, { ...WHERE, accountId: "111122223333" });
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("the way of the member roles", () => {
  it("is stacks or a StackSet, with units by id", () => {
    const stackSetTargets = ["r-exam", "ou-exam-workloads"];
    for (const memberRoles of ["stacks", "stackset", "external"]) {
      expect(management({ memberRoles, stackSetTargets, stackSetCallAs: "DELEGATED_ADMIN" })).to.equal("");
    }
  });

  for (const [key, value, problem] of [
    ["memberRoles", "stackSets", "use stackset, stacks or external"],
    ["stackSetName", "1st", "is not a StackSet name"],
    ["stackSetTargets", ["r-exam", "Root/Workloads", "444455556666"], "(ou-…): Root/Workloads, 444455556666"],
    ["stackSetCallAs", "ADMIN", "one of SELF and DELEGATED_ADMIN"],
    ["stackSetTolerancePercent", 101, "101 is outside 0 to 100 percent"],
    ["events", "all", '"all" is not runs, findings or none'],
    ["eventBusName", "arn:aws:sns:eu-central-1:111122223333:x", "is not the name of an event bus"],
    ["stackSetConcurrentPercent", 0, "0 is outside 1 to 100 percent"],
  ] as const) {
    it(`refuses ${JSON.stringify(value)} as ${key}`, () => {
      expect(management({ [key]: value }))
        .to.contain(`${key}: `)
        .and.to.contain(problem);
    });
  }
});

describe("the delivery of reports", () => {
  it("takes e-mail addresses, and names those that are none or stand twice", () => {
    const alertEmails = ["security@example.com", "a.b+c@sub.example.co.uk"];
    expect(management({ deliverReports: true, alertEmails })).to.equal("");
    const wrong = ["security@example.com", "nobody", "a b@example.com", "x@y"];
    expect(management({ deliverReports: true, alertEmails: wrong })).to.contain(
      'no e-mail address, as in security@example.com: "nobody", "a b@example.com", "x@y"',
    );
    expect(management({ deliverReports: true, alertEmails: ["a@b.org", "a@b.org"] })).to.contain(
      "alertEmails: named more than once: a@b.org",
    );
  });

  it("is refused where one stack makes the collector deliver and the other does not let it read", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stack-files-"));
    try {
      for (const stack of ["security", "logarchive", "management"]) {
        const more = stack === "management" ? "  iam-credential-reports:deliverReports: true\n" : "";
        const file = `Pulumi.${stack}.yaml`;
        writeFileSync(path.join(folder, file), readFileSync(path.join(__dirname, "../../..", file), "utf8") + more);
      }
      expect(() => readOrganizationConfig(folder)).to.throw(
        ConfigurationError,
        /deliverReports: is false in Pulumi\.logarchive\.yaml and true in Pulumi\.management\.yaml/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is refused likewise where only one of both stacks tells which findings opened", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stack-files-"));
    const read = (events: Record<string, string>) => {
      for (const stack of ["security", "logarchive", "management"]) {
        const more = events[stack] ? `  iam-credential-reports:events: ${events[stack]}\n` : "";
        const file = `Pulumi.${stack}.yaml`;
        writeFileSync(path.join(folder, file), readFileSync(path.join(__dirname, "../../..", file), "utf8") + more);
      }
      return readOrganizationConfig(folder);
    };
    try {
      expect(() => read({ management: "findings" })).to.throw(
        ConfigurationError,
        /events: is runs in Pulumi\.logarchive\.yaml and findings in Pulumi\.management\.yaml/,
      );
      expect(read({ management: "none" }).management.settings.events).to.equal("none");
      expect(read({ management: "findings", logarchive: "findings" }).logarchive.settings.events).to.equal("findings");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("refuses addresses to which nothing would be sent", () => {
    const problem = /alertEmails: .*set alarms or deliverReports to true/;
    expect(management({ alarms: false, alertEmails: ["security@example.com"] })).to.match(problem);
    expect(management({ alertEmails: ["security@example.com"] })).to.equal("");
  });

  it("takes queues, and functions of the topic's account, and names what cannot be subscribed", () => {
    const queue = "arn:aws:sqs:eu-central-1:999988887777:pages";
    const page = "arn:aws:lambda:eu-central-1:111122223333:function:page";
    expect(management({ alertSubscriptions: [queue, page] })).to.equal("");
    const elsewhere = management({ alertSubscriptions: ["arn:aws:lambda:eu-central-1:999988887777:function:page"] });
    expect(elsewhere).to.contain("of account 999988887777 and the topic of 111122223333");
    expect(management({ alertSubscriptions: ["nobody", `${queue}.fifo`] })).to.match(/"nobody".*; ".*fifo"/);
    expect(management({ alertSubscriptions: [queue, queue] })).to.contain("named more than once");
    expect(management({ alertSubscriptions: ["arn:aws-cn:sqs:cn-north-1:999988887777:pages"] })).to.contain("arn:aws:");
    expect(management({ alarms: false, alertSubscriptions: [queue] })).to.contain("there is nothing to tell");
  });

  it("keeps the limits of alarms within what CloudWatch takes", () => {
    expect(management({ evidenceMaxAgeHours: 168, durationAlarmPercent: 100 })).to.equal("");
    expect(management({ evidenceMaxAgeHours: 169 })).to.contain("169 is outside 0 to 168 hours");
    expect(management({ durationAlarmPercent: 0 })).to.contain("0 is outside 1 to 100 percent");
  });
});

describe("the periods of the evidence", () => {
  const problems = (more: Record<string, unknown>): string => {
    try {
      readSettings("logarchive", "logarchive", { ...LOGARCHIVE, ...more }, WHERE);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("let no manifest expire before what it vouches for", () => {
    expect(problems({ retentionDays: 30, rawRetentionDays: 31 })).to.match(/rawRetentionDays: is 31.*manifests/);
    expect(problems({ retentionDays: 30, consolidatedRetentionDays: 60 })).to.match(/consolidatedRetentionDays: is 60/);
    expect(problems({ retentionDays: 30, rawRetentionDays: 30, consolidatedRetentionDays: 1 })).to.equal("");
    expect(problems({ retentionDays: 0, rawRetentionDays: 3650 })).to.equal("");
  });

  it("let nothing expire before its lock ends, and no lock be half said", () => {
    const lock = { objectLockMode: "compliance", objectLockDays: 60 };
    expect(problems({ ...lock, retentionDays: 30 })).to.match(/retentionDays: is 30, and objectLockDays is 60/);
    expect(problems({ ...lock, rawRetentionDays: 59 })).to.match(/rawRetentionDays: is 59/);
    expect(problems({ ...lock, retentionDays: 60, rawRetentionDays: 60 })).to.equal("");
    expect(problems({ ...lock, retentionDays: 0 })).to.equal("");
    expect(problems({ objectLockMode: "governance" })).to.match(/objectLockDays: is missing/);
    expect(problems({ objectLockDays: 30 })).to.match(/objectLockDays: .*objectLockMode is none/);
    expect(problems({ objectLockMode: "forever", objectLockDays: 1 })).to.match(/objectLockMode: "forever" is not/);
    expect(problems({ ...lock, existingBucketName: "evidence-of-ours" })).to.match(/objectLockMode: .*its owner's/);
  });
});

describe("the engine", () => {
  it("is one that there is, with numbers that AWS takes", () => {
    expect(management({ collectorEngine: "stepfunctions", batchSize: 2, batchConcurrency: 1000 })).to.equal("");
    expect(management({ collectorEngine: "fargate" })).to.contain("use lambda or stepfunctions");
    expect(management({ batchSize: 1 })).to.contain("1 is outside 2 to 1000 accounts");
    expect(management({ batchConcurrency: 0 })).to.contain("0 is outside 1 to 1000 batches");
    expect(management({ toleratedFailurePercent: 101 })).to.contain("101 is outside 0 to 100 percent");
    expect(management({ runTimeoutMinutes: 15 })).to.contain("15 is outside 20 to 1440 minutes");
  });

  it("is the same for the bucket and the collector", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stack-files-"));
    try {
      for (const stack of ["security", "logarchive", "management"]) {
        const more = stack === "management" ? "  iam-credential-reports:collectorEngine: stepfunctions\n" : "";
        const file = `Pulumi.${stack}.yaml`;
        writeFileSync(path.join(folder, file), readFileSync(path.join(__dirname, "../../..", file), "utf8") + more);
      }
      expect(() => readOrganizationConfig(folder)).to.throw(
        ConfigurationError,
        /collectorEngine: is lambda in Pulumi\.logarchive\.yaml and stepfunctions in Pulumi\.management\.yaml/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("by a state machine reserves an execution for each batch at the same time, and one more", () => {
    const settings = { collectorEngine: "stepfunctions", batchConcurrency: 7 };
    expect(reservedExecutionsOf(settings)).to.equal(8);
    expect(reservedExecutionsOf({ ...settings, collectorEngine: "lambda" })).to.equal(2);
  });
});

describe("the replica of the evidence", () => {
  const problems = (more: Record<string, unknown>): string => {
    try {
      readSettings("logarchive", "logarchive", { ...LOGARCHIVE, ...more }, WHERE);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("is in another Region of the same partition, of a bucket that is made, with a key there", () => {
    expect(problems({ replicaRegion: "eu-west-1" })).to.equal("");
    expect(problems({ replicaRegion: "eu-central-1" })).to.match(
      /replicaRegion: is eu-central-1, where the evidence is/,
    );
    expect(problems({ replicaRegion: "cn-north-1" })).to.match(/replicaRegion: is in the partition aws-cn/);
    expect(problems({ replicaRegion: "Ireland" })).to.match(/replicaRegion: "Ireland" is not a Region/);
    const own = { replicaRegion: "eu-west-1", existingBucketName: "evidence-of-ours" };
    expect(problems(own)).to.match(/replicaRegion: .*replicated by its owner/);
    const key = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
    expect(problems({ replicaRegion: "eu-west-1", replicaKeyArn: key })).to.match(/replicaKeyArn: .*name a key there/);
    const long = { replicaRegion: "eu-west-1", bucketName: "b".repeat(60), resultsBucketName: "results" };
    expect(problems(long)).to.match(/replicaBucketName: .*more than 63/);
  });
});

describe("bucketNameOf", () => {
  it("makes the name of account and Region, so that policies can name the bucket before it exists", () => {
    const settings = readSettings("logarchive", "logarchive", LOGARCHIVE, WHERE);
    expect(bucketNameOf(settings, "eu-central-1")).to.equal("iam-credential-reports-333344445555-eu-central-1");
    expect(bucketNameOf({ ...settings, bucketName: "mine" }, "eu-central-1")).to.equal("mine");
  });
});

describe("stackKind", () => {
  it("knows the central stacks, those of member accounts and that of the pipeline, and no other", () => {
    expect(["security", "logarchive", "management", "member-444455556666", "pipeline"].map(stackKind)).to.deep.equal([
      "security",
      "logarchive",
      "management",
      "member",
      "pipeline",
    ]);
    expect(stackKind("member-4444")).to.equal(undefined);
    expect(stackKind("dev")).to.equal(undefined);
  });
});

describe("Pulumi.yaml", () => {
  it("declares every configuration key with the type, default and description that the programs use", () => {
    const project = parse(readFileSync(path.join(__dirname, "../../../Pulumi.yaml"), "utf8")) as {
      config: Record<string, { type: string; default: unknown; description: string }>;
    };
    const declared = Object.fromEntries(
      Object.entries(project.config).map(([key, { type, default: value, description }]) => [
        key,
        { type, default: value, description },
      ]),
    );
    const known = Object.fromEntries(
      Object.entries(CONFIG_SCHEMA as Record<string, ConfigKey>).map(([key, { type, default: value, description }]) => [
        key,
        { type, default: value, description },
      ]),
    );
    expect(declared).to.deep.equal(known);
  });
});
