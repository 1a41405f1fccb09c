import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { POLICIES } from "../../policy/pack";
import { PROJECT } from "../support/commandLine";

describe("docs/policy.md", () => {
  const page = readFileSync(path.join(PROJECT, "docs/policy.md"), "utf8");
  const rows = page.split("\n").filter((line) => /^\| `[a-z0-9-]+` \| .* \| .* \| .*\|$/.test(line));

  it("has every rule of the pack, in its order", () => {
    expect(rows.map((row) => row.split("`")[1])).to.deep.equal(POLICIES.map(({ name }) => name));
  });

  it("has the control or page that each rule names, and its settings with their defaults", () => {
    POLICIES.forEach(({ name, description, configSchema }, index) => {
      const row = rows[index] ?? "";
      for (const [control] of description.matchAll(/\b(KMS|S3|IAM|CloudWatch|SNS|SQS)\.\d+/g)) {
        expect(row, name).to.contain(control);
      }
      const { except, ...settings } = configSchema?.properties ?? {};
      expect(except?.default, name).to.deep.equal([]);
      expect(row.split("|")[4]?.match(/`(\w+)`/g)?.length ?? 0, name).to.be.at.least(Object.keys(settings).length);
      for (const [setting, { default: value }] of Object.entries(settings)) {
        const simple = typeof value === "number" || typeof value === "boolean";
        expect(row, name).to.contain(simple ? `\`${setting}\` ${String(value)}` : `\`${setting}\``);
      }
    });
  });
});
