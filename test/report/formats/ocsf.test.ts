import { expect } from "chai";
import { DEFAULT_THRESHOLDS, needsEyes } from "../../../report/controls";
import { OCSF_VERSION, ocsfWriter, type OcsfFinding, type OcsfOptions } from "../../../report/formats/ocsf";
import { assessed, countBy, countOf, hostileRows, rowsOf, rowsOfEveryKind, written } from "../../support/assessedRows";
import { holdAgainst } from "../../support/publishedSchemas";
import { FINISHED, GENERATED, passwordCells, rootCells, RUN_ID, userCells, type Cells } from "../factories";

const OPTIONS: OcsfOptions = {
  run: { runId: RUN_ID, finishedAt: FINISHED, organizationId: "o-exampleorg1" },
  thresholds: DEFAULT_THRESHOLDS,
};

const ANNA = userCells("anna", { ...passwordCells(false, 3), user_creation_time: "2024-02-01T09:00:00+00:00" });
const EXCEPTION = {
  accountId: "111122223333",
  user: "anna",
  control: "console-mfa",
  reason: "leaves in March",
  expires: "2027-03-31",
};

const findings = (options: Partial<OcsfOptions>, ...args: Parameters<typeof assessed>): OcsfFinding[] =>
  written<OcsfFinding>(ocsfWriter({ ...OPTIONS, ...options }), assessed(...args)).objects;

const controlOf = ({ metadata }: OcsfFinding): string => metadata.event_code;

/** The event of one line and control. */
function finding(control: string, cells: Cells, options: Partial<OcsfOptions> = {}): OcsfFinding {
  const found = findings(options, rowsOf(cells)).filter((event) => controlOf(event) === control);
  const [one] = found;
  if (!one || found.length > 1) throw new Error(`${found.length} findings of ${control}`);
  return one;
}

describe("the OCSF Compliance Finding", () => {
  it("is that of the published schema, whatever the rows hold, in its own version and those after it", async () => {
    const rows = [...rowsOfEveryKind(10), ...hostileRows()];
    const exceptions = rows.map((row) => ({
      accountId: row.accountId,
      user: row.user,
      control: row.isRoot ? "root-use" : "user-mfa",
      reason: "because",
      expires: "2027-03-31",
    }));
    const { text, objects } = written<OcsfFinding>(
      ocsfWriter({ ...OPTIONS, passes: true }),
      assessed(rows, exceptions),
    );
    expect(countBy(objects.map(({ compliance }) => compliance.status))).to.have.all.keys(
      ...["Pass", "Fail", "Warning", "Not Applicable"],
    );
    expect(countBy(objects.map(({ status }) => status))).to.have.all.keys(
      ...["New", "Suppressed", "Resolved", "Archived"],
    );
    expect(objects.every(({ metadata }) => metadata.version === OCSF_VERSION)).to.equal(true);
    const versions = [OCSF_VERSION, "1.7.0", "1.8.0"];
    const { problems, checked } = await holdAgainst({ schema: "ocsf", versions }, text);
    expect(problems).to.deep.equal([]);
    expect(checked).to.equal(versions.length * objects.length);
  });

  it("is refused by the published schema where it is wrong", async () => {
    const good = finding("console-mfa", ANNA);
    const wrong: unknown[] = [
      { ...good, class_uid: 2003, severity_id: 7 },
      { ...good, time: "now" },
      { ...good, cloud: {} },
      { ...good, finding_info: { title: "x" } },
      { ...good, type_uid: 200399999 },
      { ...good, colour: "red" },
      { ...good, compliance: { ...good.compliance, status_id: 4 } },
      { ...good, resources: [{ type: "AWS::IAM::User" }] },
      { ...good, severity: "Grave" },
      { ...good, compliance: { ...good.compliance, status: "Pass" } },
    ];
    const lines = wrong.map((one) => `${JSON.stringify(one)}\n`).join("");
    const { problems } = await holdAgainst({ schema: "ocsf", versions: [OCSF_VERSION] }, lines);
    expect([...new Set(problems.map((problem) => problem.split(":")[0]))]).to.deep.equal(
      wrong.map((_, n) => `${OCSF_VERSION}, line ${n + 1}`),
    );
  });
});

describe("a Compliance Finding", () => {
  it("says who fails what, where, why, and what to do", () => {
    const account = { uid: "111122223333", name: "Management", type_id: 10, type: "AWS Account" };
    const because = "Account 111122223333 (Management), user anna: has a console password and no MFA.";
    expect(finding("console-mfa", ANNA)).to.deep.equal({
      activity_id: 1,
      activity_name: "Create",
      category_uid: 2,
      category_name: "Findings",
      class_uid: 2003,
      class_name: "Compliance Finding",
      type_uid: 200301,
      type_name: "Compliance Finding: Create",
      time: Date.parse(GENERATED),
      severity_id: 3,
      severity: "Medium",
      status_id: 1,
      status: "New",
      message: because,
      metadata: {
        version: "1.6.0",
        profiles: ["cloud"],
        uid: `${RUN_ID}/iam-credential-reports/111122223333/console-mfa/user/anna/2024-02-01T09:00:00Z`,
        event_code: "console-mfa",
        product: { name: "iam-credential-reports", vendor_name: "iam-credential-reports" },
      },
      finding_info: {
        uid: "iam-credential-reports/111122223333/console-mfa/user/anna/2024-02-01T09:00:00Z",
        title: "Not met: Users with a console password have MFA",
        desc: because,
        last_seen_time: Date.parse(GENERATED),
        modified_time: Date.parse(FINISHED),
        data_sources: ["IAM credential report"],
      },
      compliance: {
        control: "console-mfa",
        desc: "Users with a console password have MFA",
        standards: ["CIS AWS Foundations Benchmark", "AWS Security Hub"],
        requirements: [
          "CIS AWS Foundations Benchmark v1.4.0/1.10",
          "CIS AWS Foundations Benchmark v1.5.0/1.10",
          "CIS AWS Foundations Benchmark v3.0.0/1.10",
          "CIS AWS Foundations Benchmark v5.0.0/1.9",
          "CIS AWS Foundations Benchmark v6.0.0/2.9",
          "CIS AWS Foundations Benchmark v7.0.0/2.10",
          "AWS Security Hub/IAM.5",
        ],
        status_id: 3,
        status: "Fail",
        status_details: ["has a console password and no MFA"],
      },
      resources: [
        {
          uid: "arn:aws:iam::111122223333:user/anna",
          name: "anna",
          type: "AWS::IAM::User",
          cloud_partition: "aws",
          created_time: Date.parse("2024-02-01T09:00:00Z"),
          owner: { account },
        },
      ],
      cloud: { provider: "AWS", account, org: { uid: "o-exampleorg1", ou_name: "Root" } },
      remediation: {
        desc: "Register an MFA device for the user, or take the console password away: people sign in through IAM Identity Center.",
        references: ["https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-5"],
      },
      unmapped: {
        run_id: RUN_ID,
        report_generated_time: GENERATED,
        cells: { password_enabled: "true", mfa_active: "false" },
      },
    });
  });

  it("is about the account where it is about root", () => {
    const [resource] = finding("root-mfa", rootCells({ mfa_active: "false" })).resources;
    expect(resource).to.include({ uid: "arn:aws:iam::111122223333:root", type: "AWS::::Account" });
  });

  it("warns of what cannot be decided, without alarm", () => {
    const { compliance, severity, status_id } = finding("root-hardware-mfa", rootCells());
    expect([compliance.status, severity, status_id]).to.deep.equal(["Warning", "Informational", 1]);
    expect(compliance.status_details).to.deep.equal([
      "a credential report says whether root has MFA, not of which kind",
    ]);
  });

  it("is suppressed with the reason where it is excepted, and only there", () => {
    const events = findings({}, rowsOf(ANNA), [EXCEPTION]);
    expect(events.length).to.be.above(1);
    for (const event of events) {
      const excepted = controlOf(event) === "console-mfa";
      expect(event.status, controlOf(event)).to.equal(excepted ? "Suppressed" : "New");
      expect(event.comment).to.equal(excepted ? "Excepted until 2027-03-31: leaves in March" : undefined);
      expect(event.compliance.status_id).not.to.equal(1);
    }
  });

  it("takes the time of the run for a report that does not say when it was made", () => {
    const [row] = rowsOf(ANNA);
    if (!row) throw new Error("no row");
    const [one] = findings({}, [{ ...row, reportGeneratedTime: "", generatedAt: NaN }]);
    expect([one?.time, one?.finding_info.last_seen_time]).to.deep.equal([Date.parse(FINISHED), Date.parse(FINISHED)]);
  });

  it("leaves out the names that nobody gave", () => {
    const { cloud } = finding("console-mfa", { ...ANNA, account_name: "", ou_path: "" });
    expect(cloud.account).not.to.have.property("name");
    expect(cloud.org).to.deep.equal({ uid: "o-exampleorg1" });
  });
});

describe("the writer of Compliance Findings", () => {
  const rows = assessed([...rowsOfEveryKind(), ...hostileRows()]);

  it("writes one event for each subject that fails or cannot be decided, each with its own id", () => {
    const { objects } = written<OcsfFinding>(ocsfWriter(OPTIONS), rows);
    expect(countBy(objects.map(controlOf))).to.deep.equal(countOf(rows, ({ result }) => needsEyes(result)));
    expect(new Set(objects.map(({ finding_info }) => finding_info.uid)).size).to.equal(objects.length);
  });

  it("writes one for every subject of every control if asked for passes, and closes what passes", () => {
    const { objects } = written<OcsfFinding>(ocsfWriter({ ...OPTIONS, passes: true }), rows);
    expect(countBy(objects.map(controlOf))).to.deep.equal(countOf(rows, () => true));
    for (const { activity_name, compliance } of objects) {
      expect(activity_name).to.equal(["Fail", "Warning"].includes(compliance.status) ? "Create" : "Close");
    }
  });

  it("names a finding alike in every run, and each event of it otherwise", () => {
    const run = { ...OPTIONS.run, runId: "20261121T021400Z-000000", finishedAt: "2026-11-21T02:18:42Z" };
    const [before, after] = [finding("console-mfa", ANNA), finding("console-mfa", ANNA, { run })];
    expect(after.finding_info.uid).to.equal(before.finding_info.uid);
    expect(after.metadata.uid).not.to.equal(before.metadata.uid);
    expect(after.finding_info.modified_time).to.equal(Date.parse(run.finishedAt));
  });

  it("tells a user that was made again from the one before, by creation time", () => {
    const again = { ...ANNA, user_creation_time: "2026-10-01T09:00:00+00:00" };
    expect(finding("console-mfa", again).finding_info.uid).not.to.equal(finding("console-mfa", ANNA).finding_info.uid);
  });

  it("keeps nothing: what it writes of a row depends on that row alone", () => {
    const together = written(ocsfWriter(OPTIONS), rows).text;
    const apart = rows.map((row) => written(ocsfWriter(OPTIONS), [row]).text).join("");
    expect(together === apart).to.equal(true);
  });
});
