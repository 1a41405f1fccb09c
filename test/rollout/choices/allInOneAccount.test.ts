import { expect } from "chai";
import type { PolicyDocument } from "../../../components/policyDocument";
import { runProgram } from "../../../rollout/programs";
import { mockPulumi, only, settled, type Registered } from "../../support/pulumiMocks";

const ACCOUNT = "111122223333";
const COLLECTOR = `arn:aws:iam::${ACCOUNT}:role/iam-credential-reports-collector`;
const SHARED = { logArchiveAccountId: ACCOUNT, analysis: "false" };
const CHOICES: Record<string, Record<string, string>> = {
  "of an organization": { organizationId: "o-exampleorgid", managementAccountId: ACCOUNT, memberRoles: "stacks" },
  "of no organization": { organizationId: "none", collectorAccountId: ACCOUNT },
};

async function deployed(stack: string, choice: Record<string, string>): Promise<Registered[]> {
  const keyArn = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd`;
  const given = stack === "security" ? {} : { keyArn, ...(stack === "management" && { bucketName: "evidence" }) };
  const registered = mockPulumi({ accountId: ACCOUNT }, { stack, config: { ...SHARED, ...choice, ...given } });
  await runProgram(stack);
  await settled();
  return registered;
}

for (const [what, choice] of Object.entries(CHOICES)) {
  describe(`key, bucket and collector in one account ${what}`, () => {
    const policyOf = async (stack: string, type: string): Promise<PolicyDocument> =>
      JSON.parse(String(only(await deployed(stack, choice), type)["policy"])) as PolicyDocument;

    it("let the account administer the key, and none of its roles but the collector's use it", async () => {
      const { Statement: statements } = await policyOf("security", "aws:kms/key:Key");
      expect(statements.map(({ Sid }) => Sid)).to.deep.equal(["AdministerKey", "CollectorEncryptsThroughS3"]);
      const [administer, use] = statements;
      expect([administer?.Action].flat().filter((action) => /Decrypt|Encrypt|DataKey|CreateGrant/.test(action ?? "")))
        .to.be.empty;
      expect(use?.Condition?.["ArnEquals"]).to.deep.equal({ "aws:PrincipalArn": [COLLECTOR] });
    });

    it("let no role of the account but the collector's write, and nobody delete", async () => {
      const { Statement: statements } = await policyOf("logarchive", "aws:s3/bucketPolicy:BucketPolicy");
      const denials = statements.filter(({ Effect }) => Effect === "Deny").map(({ Sid }) => Sid);
      expect(denials).to.include.members(["DenyWritesByOthers", "DenyDeletes", "DenyOverwrites"]);
      for (const { Sid, Condition } of statements.filter(({ Effect }) => Effect === "Allow")) {
        expect(Condition?.["ArnEquals"], Sid).to.deep.equal({ "aws:PrincipalArn": COLLECTOR });
      }
    });

    it("make nothing of one name twice", async () => {
      const names: string[] = [];
      for (const stack of ["security", "logarchive", "management"]) {
        for (const { type, inputs } of await deployed(stack, choice)) {
          const name = inputs["bucket"] ?? inputs["name"];
          if (/:(Role|Bucket|Alias|Function|LogGroup|EventRule)$/.test(type)) names.push(`${type} ${String(name)}`);
        }
      }
      expect(names).to.have.length(7);
      expect(new Set(names).size).to.equal(names.length);
    });
  });
}
