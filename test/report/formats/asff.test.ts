import type { AwsSecurityFinding, BatchImportFindingsCommandInput } from "@aws-sdk/client-securityhub";
import { expect } from "chai";
import { asffWriter, type AsffFinding, type AsffOptions } from "../../../report/formats/asff";
import { DEFAULT_THRESHOLDS, needsEyes } from "../../../report/controls";
import { assessed, countBy, countOf, hostileRows, rowsOf, rowsOfEveryKind, written } from "../../support/assessedRows";
import { holdAgainst } from "../../support/publishedSchemas";
import { FINISHED, GENERATED, keyCells, passwordCells, rootCells, RUN_ID, userCells, type Cells } from "../factories";

const OPTIONS: AsffOptions = {
  run: { runId: RUN_ID, finishedAt: FINISHED },
  thresholds: DEFAULT_THRESHOLDS,
  region: "eu-central-1",
};

const ANNA = userCells("anna", {
  ...passwordCells(false, 3),
  arn: "arn:aws:iam::111122223333:user/people/anna",
  user_creation_time: "2024-02-01T09:00:00+00:00",
});
const EXCEPTION = {
  accountId: "111122223333",
  user: "anna",
  control: "console-mfa",
  reason: "leaves in March",
  expires: "2027-03-31",
};

const findings = (options: Partial<AsffOptions>, ...args: Parameters<typeof assessed>): AsffFinding[] =>
  written<AsffFinding>(asffWriter({ ...OPTIONS, ...options }), assessed(...args)).objects;

/** The finding of one line and control. */
function finding(control: string, cells: Cells, options: Partial<AsffOptions> = {}): AsffFinding {
  const found = findings(options, rowsOf(cells)).filter(({ GeneratorId }) => GeneratorId.endsWith(`/${control}`));
  const [one] = found;
  if (!one || found.length > 1) throw new Error(`${found.length} findings of ${control}`);
  return one;
}

const controlOf = ({ GeneratorId }: AsffFinding): string => GeneratorId.split("/")[1] ?? "";

describe("the AWS Security Finding Format", () => {
  it("is that of the SDK", () => {
    const mine = findings({}, rowsOf(ANNA));
    // It is the compiler that checks here.
    const theirs: AwsSecurityFinding[] = mine;
    const request: BatchImportFindingsCommandInput = { Findings: mine };
    expect(request.Findings).to.equal(theirs);
  });

  it("is that of the service model, whatever the rows hold", async () => {
    const rows = [...rowsOfEveryKind(), ...hostileRows()];
    const exceptions = rows.map((row) => ({
      accountId: row.accountId,
      user: row.user,
      control: row.isRoot ? "root-use" : "user-mfa",
      reason: "because ".repeat(100),
      expires: "2027-03-31",
    }));
    const { text, objects } = written<AsffFinding>(
      asffWriter({ ...OPTIONS, passes: true }),
      assessed(rows, exceptions),
    );
    expect(countBy(objects.map(({ Compliance }) => Compliance.Status))).to.have.all.keys(
      ...["PASSED", "FAILED", "WARNING", "NOT_AVAILABLE"],
    );
    expect(objects.some(({ Workflow }) => Workflow?.Status === "SUPPRESSED")).to.equal(true);
    const { problems, checked } = await holdAgainst({ schema: "asff" }, text);
    expect(problems).to.deep.equal([]);
    expect(checked).to.be.above(10 * objects.length);
  });

  it("is refused by the service model where it is wrong", async () => {
    const good = finding("console-mfa", ANNA);
    const wrong: unknown[] = [
      { ...good, Title: "x".repeat(257) },
      { ...good, Severity: { Label: "GRAVE" } },
      { ...good, AwsAccountId: "1" },
      { ...good, UpdatedAt: "yesterday" },
      { ...good, ProductFields: { "": "x" } },
      { ...good, ProductFields: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, "x"])) },
      { ...good, Colour: "red" },
      { ...good, Resources: undefined },
    ];
    const { problems } = await holdAgainst({ schema: "asff" }, wrong.map((one) => `${JSON.stringify(one)}\n`).join(""));
    expect(problems.map((problem) => problem.split(":")[0])).to.deep.equal(wrong.map((_, n) => `line ${n + 1}`));
  });

  it("is small enough to be imported", () => {
    for (const one of findings({ passes: true }, [...rowsOfEveryKind(2), ...hostileRows()])) {
      expect(Buffer.byteLength(JSON.stringify(one))).to.be.below(240_000);
    }
  });
});

describe("a finding in AWS Security Finding Format", () => {
  it("says who fails what, where, why, and what to do", () => {
    expect(finding("console-mfa", ANNA)).to.deep.equal({
      SchemaVersion: "2018-10-08",
      Id: "iam-credential-reports/111122223333/console-mfa/user/anna/2024-02-01T09:00:00Z",
      ProductArn: "arn:aws:securityhub:eu-central-1:111122223333:product/111122223333/default",
      ProductName: "iam-credential-reports",
      GeneratorId: "iam-credential-reports/console-mfa",
      AwsAccountId: "111122223333",
      Severity: { Label: "MEDIUM", Original: "medium" },
      Types: ["Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"],
      CreatedAt: GENERATED,
      UpdatedAt: FINISHED,
      LastObservedAt: GENERATED,
      Title: "Not met: Users with a console password have MFA",
      Description: "Account 111122223333 (Management), user anna: has a console password and no MFA.",
      Remediation: {
        Recommendation: {
          Text: "Register an MFA device for the user, or take the console password away: people sign in through IAM Identity Center.",
          Url: "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-5",
        },
      },
      ProductFields: {
        "iam-credential-reports/control": "console-mfa",
        "iam-credential-reports/run_id": RUN_ID,
        "iam-credential-reports/account_id": "111122223333",
        "iam-credential-reports/account_name": "Management",
        "iam-credential-reports/ou_path": "Root",
        "iam-credential-reports/cell/password_enabled": "true",
        "iam-credential-reports/cell/mfa_active": "false",
      },
      Resources: [
        {
          Type: "AwsIamUser",
          Id: "arn:aws:iam::111122223333:user/people/anna",
          Partition: "aws",
          Details: { AwsIamUser: { UserName: "anna", Path: "/people/", CreateDate: "2024-02-01T09:00:00Z" } },
        },
      ],
      Compliance: {
        Status: "FAILED",
        SecurityControlId: "IAM.5",
        RelatedRequirements: [
          "CIS AWS Foundations Benchmark v1.4.0/1.10",
          "CIS AWS Foundations Benchmark v1.5.0/1.10",
          "CIS AWS Foundations Benchmark v3.0.0/1.10",
          "CIS AWS Foundations Benchmark v5.0.0/1.9",
          "CIS AWS Foundations Benchmark v6.0.0/2.9",
          "CIS AWS Foundations Benchmark v7.0.0/2.10",
        ],
      },
      RecordState: "ACTIVE",
      FindingProviderFields: {
        Severity: { Label: "MEDIUM", Original: "medium" },
        Types: ["Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"],
      },
    });
  });

  it("is about the account where it is about root", () => {
    expect(finding("root-mfa", rootCells({ mfa_active: "false" }))).to.deep.include({
      Id: "iam-credential-reports/111122223333/root-mfa/root",
      Severity: { Label: "CRITICAL", Original: "critical" },
      Resources: [{ Type: "AwsAccount", Id: "AWS::::Account:111122223333", Partition: "aws" }],
    });
  });

  it("warns of what cannot be decided, without alarm", () => {
    const { Compliance, Severity, Title } = finding("root-hardware-mfa", rootCells());
    expect([Compliance.Status, Severity.Label, Title]).to.deep.equal([
      ...["WARNING", "INFORMATIONAL", "Cannot be decided: Root has hardware MFA"],
    ]);
  });

  it("names no standard for a control that only Security Hub has", () => {
    const { Compliance, Types } = finding("user-mfa", ANNA);
    expect(Compliance).to.deep.equal({ Status: "FAILED", SecurityControlId: "IAM.19" });
    expect(Types).to.deep.equal(["Software and Configuration Checks/AWS Security Best Practices"]);
  });

  it("is of the importing account where one imports for all", () => {
    expect(finding("console-mfa", ANNA, { importAccountId: "999988887777" })).to.deep.include({
      ProductArn: "arn:aws:securityhub:eu-central-1:999988887777:product/999988887777/default",
      AwsAccountId: "999988887777",
    });
  });

  it("has the partition of the user's ARN, and of the Region where that says nothing", () => {
    const partition = (arn: string, region: string) => {
      const { ProductArn, Resources } = finding("console-mfa", { ...ANNA, arn }, { region });
      return [ProductArn.split(":")[1], Resources[0]?.Partition];
    };
    expect(partition("arn:aws-cn:iam::111122223333:user/anna", "cn-north-1")).to.deep.equal(["aws-cn", "aws-cn"]);
    expect(partition("arn:aws-eusc:iam::111122223333:user/anna", "eusc-de-east-1")).to.deep.equal([
      ...["aws-eusc", undefined],
    ]);
    expect(partition("", "us-gov-west-1")).to.deep.equal(["aws-us-gov", "aws-us-gov"]);
    expect(partition("", "cn-north-1")).to.deep.equal(["aws-cn", "aws-cn"]);
    expect(partition("", "eu-central-1")).to.deep.equal(["aws", "aws"]);
  });

  it("is suppressed with the reason where it is excepted, and only there", () => {
    const [first, ...others] = findings({}, rowsOf(ANNA), [EXCEPTION]).sort((a, b) => a.Id.localeCompare(b.Id));
    expect(first).to.deep.include({
      Compliance: finding("console-mfa", ANNA).Compliance,
      Workflow: { Status: "SUPPRESSED" },
      Note: {
        Text: "Excepted until 2027-03-31: leaves in March",
        UpdatedBy: "iam-credential-reports",
        UpdatedAt: FINISHED,
      },
    });
    expect(others).not.to.be.empty;
    for (const other of others) expect(other).not.to.have.any.keys("Workflow", "Note");
  });
});

describe("the writer of AWS Security Finding Format", () => {
  const rows = assessed([...rowsOfEveryKind(), ...hostileRows()]);

  it("writes one finding for each subject that fails or cannot be decided, each with its own id", () => {
    const { objects } = written<AsffFinding>(asffWriter(OPTIONS), rows);
    expect(countBy(objects.map(controlOf))).to.deep.equal(countOf(rows, ({ result }) => needsEyes(result)));
    expect(new Set(objects.map(({ Id }) => Id)).size).to.equal(objects.length);
  });

  it("writes one for every subject of every control if asked for passes, and archives what does not apply", () => {
    const { objects } = written<AsffFinding>(asffWriter({ ...OPTIONS, passes: true }), rows);
    expect(countBy(objects.map(controlOf))).to.deep.equal(countOf(rows, () => true));
    for (const { Compliance, RecordState } of objects) {
      expect(RecordState).to.equal(Compliance.Status === "NOT_AVAILABLE" ? "ARCHIVED" : "ACTIVE");
    }
  });

  it("names a finding alike in every run, so that an import brings it up to date", () => {
    const later = { ...ANNA, run_id: "20261121T021400Z-000000", report_generated_time: "2026-11-21T02:00:00Z" };
    const run = { runId: "20261121T021400Z-000000", finishedAt: "2026-11-21T02:18:42Z" };
    const [before, after] = [finding("console-mfa", ANNA), finding("console-mfa", later, { run })];
    expect([after.Id, after.ProductArn]).to.deep.equal([before.Id, before.ProductArn]);
    expect(after.UpdatedAt > before.UpdatedAt).to.equal(true);
  });

  it("brings it up to date even where AWS gave the same report again", () => {
    const run = { runId: "20261120T041400Z-000000", finishedAt: "2026-11-20T04:18:42Z" };
    expect(finding("console-mfa", ANNA, { run }).UpdatedAt).to.equal(run.finishedAt);
  });

  it("takes the time of the run for a report that does not say when it was made", () => {
    const [row] = rowsOf(ANNA);
    if (!row) throw new Error("no row");
    const [one] = findings({}, [{ ...row, reportGeneratedTime: "", generatedAt: NaN }]);
    expect([one?.CreatedAt, one?.UpdatedAt]).to.deep.equal([FINISHED, FINISHED]);
  });

  it("tells a user that was made again from the one before, by creation time", () => {
    const again = { ...ANNA, user_creation_time: "2026-10-01T09:00:00+00:00" };
    expect(finding("console-mfa", again).Id).not.to.equal(finding("console-mfa", ANNA).Id);
  });

  it("leaves out blank facts and says where a cell is empty, since the format has no blank values", () => {
    const { ProductFields } = finding("console-mfa", { ...ANNA, ou_path: "", mfa_active: "" });
    expect(ProductFields).not.to.have.property("iam-credential-reports/ou_path");
    expect(ProductFields["iam-credential-reports/cell/mfa_active"]).to.equal("(empty)");
  });

  it("keeps nothing: what it writes of a row depends on that row alone", () => {
    const together = written(asffWriter(OPTIONS), rows).text;
    const apart = rows.map((row) => written(asffWriter(OPTIONS), [row]).text).join("");
    expect(together === apart).to.equal(true);
  });

  it("writes nothing for a run in which everybody passes", () => {
    const user = userCells("robot", { mfa_active: "true", ...keyCells(1, { age: 10, used: 1 }) });
    expect(written(asffWriter(OPTIONS), assessed(rowsOf(user))).text).to.equal("");
  });
});
