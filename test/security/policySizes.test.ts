import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { documentSizes } from "../../rollout/configuration/policySizes";
import { readSettings } from "../../rollout/configuration/settings";
import { largest, longestRole, problemsWith, UNBOUNDED, usualRole } from "../support/largestConfiguration";
import { PROJECT } from "../support/commandLine";
import { measured } from "../support/policySizes";
import type { Registered } from "../support/pulumiMocks";
import { ACCOUNTS, CONFIGURATION_NAMES } from "../support/renderedConfigurations";
import { render } from "../support/renderedPolicies";

/** Longest names that AWS takes, by type of resource and argument; the API's reference of each service has them. */
const LONGEST_NAMES: Record<string, [argument: string, characters: number]> = {
  "aws:iam/role:Role": ["name", 64],
  "aws:iam/rolePolicy:RolePolicy": ["name", 128],
  "aws:kms/alias:Alias": ["name", 256],
  "aws:s3/bucket:Bucket": ["bucket", 63],
  "aws:sns/topic:Topic": ["name", 256],
  "aws:sqs/queue:Queue": ["name", 80],
  "aws:lambda/function:Function": ["name", 64],
  "aws:scheduler/schedule:Schedule": ["name", 64],
  "aws:scheduler/scheduleGroup:ScheduleGroup": ["name", 64],
  "aws:sfn/stateMachine:StateMachine": ["name", 80],
  "aws:cloudwatch/eventRule:EventRule": ["name", 64],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name", 255],
  "aws:cloudwatch/dashboard:Dashboard": ["dashboardName", 255],
  "aws:cloudwatch/logGroup:LogGroup": ["name", 512],
  "aws:cloudwatch/queryDefinition:QueryDefinition": ["name", 255],
  "aws:athena/workgroup:Workgroup": ["name", 128],
  "aws:athena/namedQuery:NamedQuery": ["name", 128],
  "aws:glue/catalogDatabase:CatalogDatabase": ["name", 255],
  "aws:codepipeline/pipeline:Pipeline": ["name", 100],
  "aws:codebuild/project:Project": ["name", 150],
  "aws-native:cloudformation:StackSet": ["stackSetName", 128],
};

describe("documents of the stacks", function () {
  // every stack of every configuration is rendered
  this.timeout(120_000);

  for (const name of CONFIGURATION_NAMES) {
    it(`are no longer than AWS takes, all inline policies of a role together: ${name}`, async () => {
      for (const { document, size, limit, unit } of measured(await render(name))) {
        expect(size, `${document}, in ${unit}`).to.be.at.most(limit);
      }
    });

    it(`are as long as the reader of the configuration says: ${name}`, async () => {
      const rendered = await render(name);
      const sizes = measured(rendered).map(({ size }) => size);
      const { config, accounts, place } = rendered.configuration;
      for (const { stack, outputs } of rendered.stacks) {
        const keys = stack === "logarchive" ? (rendered.stacks[0]?.outputs ?? {}) : {};
        const raw = { ...config, ...pick(keys, "keyArn", "replicaKeyArn") };
        const provider = { accountId: accounts[stack], region: place.region };
        const settings = readSettings(stack, stack, raw, provider);
        for (const { document, size } of documentSizes(stack, settings, provider)) {
          expect(sizes, `${stack}: ${document} of ${size}; outputs ${Object.keys(outputs).join()}`).to.include(size);
        }
      }
    });
  }

  it("nearly fill what AWS takes in the largest configuration, which is no larger than it could be", async () => {
    const documents = measured(await render("largest"));
    const fullest = (limit: number): number =>
      Math.max(...documents.filter((document) => document.limit === limit).map(({ size }) => size)) / limit;
    expect(fullest(2048)).to.equal(1);
    expect(fullest(10_240)).to.be.above(0.95);
    // of the longest ARNs that there are, the next would be too much
    expect(fullest(20_480)).to.be.above(0.9);
  });
});

/** Documents of the table in docs/security.md, by the first words of their row. */
const TABLE: Record<string, string> = {
  "policy of the bucket": "logarchive: policy of the s3 resource report-bucket",
  "policy of the replica's bucket": "logarchive: policy of the s3 resource report-replica",
  "policy of the bucket for query results": "logarchive: policy of the s3 resource analysis-results",
  "policy of the pipeline's bucket": "pipeline: policy of the s3 resource pipeline",
  "policy of the key": "security: policy of the kms resource report-key",
  "policy of the signing key": "security: policy of the kms resource signing-key",
  "policy of the replica's key": "security: policy of the kms resource replica-key",
  "policy of the key of the alerts": "management: policy of the kms resource alerts",
  "policy of the alerts topic": "management: policy of the sns resource alerts",
  "policy of the dead-letter queue": "management: policy of the sqs resource collector",
  "inline policies of the collector role": "management: inline policies of the role collector",
  "inline policies of the deploy role": "pipeline: inline policies of the role pipeline-deploy",
  "inline policies of the preview role": "pipeline: inline policies of the role pipeline-preview",
  "inline policies of the role for streams": "management: inline policies of the role alerts",
  "inline policies of the pipeline role": "pipeline: inline policies of the role pipeline",
  "inline policies of the replication role": "logarchive: inline policies of the role report-replica",
  "inline policies of the state machine role": "management: inline policies of the role machine",
  "inline policies of the schedule role": "management: inline policies of the role schedule",
  "inline policies of the member role": "member: inline policies of the role member-role",
  "trust of the member role": "member: trust of the role member-role",
  "analyst's policy, where it is attached as a managed one": "logarchive: printed analystPolicy",
  "template of the StackSet": "management: template of member-roles",
};

describe("the table of sizes in the security page", function () {
  this.timeout(120_000);

  it("has the limit of each document, and its sizes within a tenth", async () => {
    const [, section = ""] = readFileSync(join(PROJECT, "docs/security.md"), "utf8").split("## Size of policies\n");
    const rows = section.split("\n").filter((line) => /^\| [a-z]/.test(line) && !line.startsWith("| document"));
    const cells = new Map(rows.map((row) => row.slice(2).split(" | ")).map(([first = "", ...rest]) => [first, rest]));
    const configurations = ["default", "everything on", "largest"] as const;
    const sizes = [];
    for (const name of configurations) sizes.push(new Map(measured(await render(name)).map((d) => [d.document, d])));
    for (const [words, document] of Object.entries(TABLE)) {
      const [limit, ...told] = cells.get(words) ?? [];
      expect(limit, words).to.equal(
        `${thousands(sizes[2]?.get(document)?.limit ?? 0)} ${sizes[2]?.get(document)?.unit}`,
      );
      for (const [index, name] of configurations.entries()) {
        const size = sizes[index]?.get(document)?.size;
        const said = Number(told[index]?.replace(",", "").replace("–", "0"));
        expect(said, `${words}, ${name}: it is ${size}`).to.be.closeTo(size ?? 0, (size ?? 0) / 10);
      }
    }
  });
});

function thousands(number: number): string {
  return number.toLocaleString("en-US");
}

describe("a configuration whose documents would be longer than AWS takes", () => {
  const SAYS: Record<keyof typeof UNBOUNDED, RegExp> = {
    readerRoleArns:
      /readerRoleArns: makes the policy of the bucket \d+ bytes long, and AWS takes 20480: name fewer roles/,
    alertSubscriptions:
      /alertSubscriptions: makes the policy of the role for streams \d+ characters .* takes 10240: name/,
    deployRoleArns:
      /deployRoleArns: makes the policy of the deploy role \d+ characters long, and AWS takes 10240: name/,
    externalId: /externalId: makes the trust policy of member roles 2049 characters long, and AWS takes 2048: shorten/,
  };

  for (const [key, valueOf] of Object.entries(UNBOUNDED) as [keyof typeof UNBOUNDED, (size: number) => string][]) {
    it(`is refused with the key, the limit and the remedy: ${key}`, () => {
      const most = largest(key, valueOf);
      expect(problemsWith({ [key]: valueOf(most) })).to.equal("");
      expect(problemsWith({ [key]: valueOf(most + 1) })).to.match(SAYS[key]);
    });
  }

  it("is refused for tags that make the StackSet's template too long, which count in bytes", () => {
    const tags = (letter: string): string =>
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`${n}`.padEnd(128, letter), letter.repeat(256)])),
      );
    expect(problemsWith({ tags: tags("a") })).to.equal("");
    expect(problemsWith({ tags: tags("審") })).to.match(
      /tags: makes the template of the StackSet \d+ bytes long, and AWS takes 51200: set fewer tags/,
    );
    expect(problemsWith({ tags: tags("審"), memberRoles: "external" })).to.equal("");
  });

  it("is refused for policies of keys, the signing key's and the replica's among them", () => {
    const readers = (count: number, of: typeof longestRole): string =>
      JSON.stringify(Array.from({ length: count }, (_, index) => of(ACCOUNTS.logarchive, index)));
    const said = problemsWith({ readerRoleArns: readers(60, longestRole) });
    for (const document of ["key", "signing key", "replica's key"]) {
      expect(said).to.contain(`the policy of the ${document} `).and.contain("bytes long, and AWS takes 32768");
    }
    expect(said)
      .to.contain("the policy of the bucket for query results")
      .and.contain("the policy of the replica's bucket");
    expect(problemsWith({ readerRoleArns: readers(30, usualRole) })).to.equal("");
  });

  it("is refused for the trust of GitHub's roles, and for a repository that no connection could have", () => {
    const config = { deliverBy: "github", connectionArn: "", passphraseSecretArn: "", accessTokenSecretArn: "" };
    const repository = `${"a".repeat(1000)}/${"b".repeat(1000)}`;
    expect(problemsWith({ ...config, approvalEmails: "[]", repository })).to.match(
      /repository: makes the trust policy of the role of environment preview \d+ characters long, and AWS takes 2048/,
    );
  });
});

describe("names of the stacks' resources", function () {
  this.timeout(120_000);

  it("are no longer than AWS takes where every name that is configured is as long as it may be", async () => {
    const { stacks } = await render("largest");
    const named = stacks.flatMap(({ resources }) => resources).filter(({ type }) => type in LONGEST_NAMES);
    expect(new Set(named.map(({ type }) => type))).to.deep.equal(new Set(Object.keys(LONGEST_NAMES)));
    for (const resource of named) {
      const [argument, characters] = LONGEST_NAMES[resource.type] ?? ["", 0];
      expect(nameOf(resource, argument).length, `${resource.type} ${resource.name}`).to.be.within(1, characters);
    }
  });

  it("are refused where the alias of the signing key would be too long", () => {
    expect(problemsWith({ keyAlias: "k".repeat(243) })).to.contain(
      "keyAlias: has 243 characters, and signManifests makes a second alias of it with -signing, for which it may have 242",
    );
    expect(problemsWith({ keyAlias: "k".repeat(250), signManifests: "false" })).to.equal("");
  });
});

function nameOf({ inputs }: Registered, argument: string): string {
  return inputs[argument] as string;
}

function pick(values: Record<string, string>, ...keys: string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}
