import { expect } from "chai";
import { mockPulumi, only, settled, valueOf } from "../support/pulumiMocks";
import * as pulumi from "@pulumi/pulumi";

describe("the example of a program that uses the components", () => {
  it("makes key, bucket and collector, as the company of the example wants them", async () => {
    const registered = mockPulumi({ accountId: "111122223333" });
    pulumi.runtime.setConfig("iam-credential-reports:organizationId", "o-exampleorgid");
    const example = await import("../../docs/examples/components/index.js");
    expect(await valueOf(example.evidence)).to.equal("audit-evidence-111122223333-eu-central-1");
    expect(await valueOf(example.functionName)).to.equal("audit-collector");
    await settled();
    expect(only(registered, "aws:kms/key:Key")).to.deep.include({
      description: "Evidence of the audit team",
      tags: { team: "audit" },
    });
    expect(only(registered, "aws:s3/bucket:Bucket")["tags"]).to.deep.equal({ team: "audit", classification: "secret" });
    expect(only(registered, "aws:cloudwatch/logGroup:LogGroup")["retentionInDays"]).to.equal(90);
    expect(only(registered, "aws:lambda/function:Function")["architectures"]).to.deep.equal(["x86_64"]);
  });
});
