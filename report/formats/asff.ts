import type { Assessment } from "../assessment";
import { isoTime } from "../cells";
import type { Control, Result, Thresholds } from "../controls";
import type { ControlException } from "../exceptions";
import { findingLines } from "./findingLines";
import * as text from "./findingText";
import type { Manifest } from "../manifest";
import { remediationOf } from "./remediation";
import type { RowWriter } from "../rowWriter";
import type { CredentialRow } from "../rows";

/**
 * Findings in AWS Security Finding Format, one a line, as BatchImportFindings of Security Hub takes them.
 *
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
 */

/** What findings say beside the rows. */
export interface AsffOptions {
  run: Pick<Manifest, "runId" | "finishedAt">;
  /** Those that the rows were held against. */
  thresholds: Thresholds;
  /** Region of the Security Hub into which they are imported. */
  region: string;
  /**
   * The account that imports all of them, twelve digits: Security Hub takes findings of a custom integration only from the account
   * that they name as theirs. Without it, each finding is of the account that it is about, which must import it itself.
   */
  importAccountId?: string;
  /** Also writes what passes or does not apply, so that an import closes what was fixed. */
  passes?: boolean;
}

type Label = "INFORMATIONAL" | "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";

/** Partitions that the format knows. */
const PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b"] as const;
type Partition = (typeof PARTITIONS)[number];

interface Classification {
  Severity: { Label: Label; Original: string };
  Types: string[];
}

/** One finding: the part of `AwsSecurityFinding` that this project fills. */
export interface AsffFinding extends Classification {
  SchemaVersion: "2018-10-08";
  Id: string;
  ProductArn: string;
  ProductName: string;
  GeneratorId: string;
  AwsAccountId: string;
  CreatedAt: string;
  UpdatedAt: string;
  LastObservedAt: string;
  Title: string;
  Description: string;
  Remediation: { Recommendation: { Text: string; Url: string } };
  ProductFields: Record<string, string>;
  Resources: AsffResource[];
  Compliance: { Status: ComplianceStatus; SecurityControlId?: string; RelatedRequirements?: string[] };
  RecordState: "ACTIVE" | "ARCHIVED";
  Workflow?: { Status: "SUPPRESSED" };
  Note?: { Text: string; UpdatedBy: string; UpdatedAt: string };
  /** Security Hub takes these over from a provider; the members of the same name above are the customer's after the first import. */
  FindingProviderFields: Classification;
}

/** The user, or the account for its root user. */
export interface AsffResource {
  Type: "AwsIamUser" | "AwsAccount";
  Id: string;
  Partition?: Partition;
  Details?: { AwsIamUser: { UserName: string; Path?: string; CreateDate?: string } };
}

type ComplianceStatus = "PASSED" | "WARNING" | "FAILED" | "NOT_AVAILABLE";

/** `WARNING` is AWS's word for a check that lacks information, `NOT_AVAILABLE` for one that does not apply. */
const STATUS: Record<Result, ComplianceStatus> = {
  fail: "FAILED",
  notDecidable: "WARNING",
  pass: "PASSED",
  notApplicable: "NOT_AVAILABLE",
};

const LABEL: Record<Control["severity"], Label> = { critical: "CRITICAL", high: "HIGH", medium: "MEDIUM", low: "LOW" };

const CHECKS = "Software and Configuration Checks";

/**
 * Writes JSON Lines: a finding for each subject that fails a control or cannot be decided, in the order of the rows and of the
 * controls.
 */
export function asffWriter(options: AsffOptions): RowWriter {
  return findingLines(options.passes, (row, assessment) => asffFinding(row, assessment, options));
}

/** One assessment as a finding. */
export function asffFinding(row: CredentialRow, assessment: Assessment, options: AsffOptions): AsffFinding {
  const { control, result, exception } = assessment;
  const arn = text.readArn(row.arn);
  const partition = arn?.partition ?? partitionOf(options.region);
  const account = options.importAccountId ?? row.accountId;
  const observed = Number.isNaN(row.generatedAt) ? options.run.finishedAt : isoTime(row.generatedAt);
  const remediation = remediationOf(control);
  const classification = classify(control, result);
  return {
    SchemaVersion: "2018-10-08",
    Id: text.limited(text.findingId(row, control), 512),
    ProductArn: `arn:${partition}:securityhub:${options.region}:${account}:product/${account}/default`,
    ProductName: text.PRODUCT,
    GeneratorId: `${text.PRODUCT}/${control.id}`,
    AwsAccountId: account,
    ...classification,
    CreatedAt: observed,
    UpdatedAt: options.run.finishedAt > observed ? options.run.finishedAt : observed,
    LastObservedAt: observed,
    Title: text.titleOf(assessment),
    Description: text.limited(text.descriptionOf(row, assessment, options.thresholds), 1024),
    Remediation: { Recommendation: { Text: remediation.text, Url: remediation.url } },
    ProductFields: productFields(row, control, options.run.runId),
    Resources: [resourceOf(row, partition, arn?.path)],
    Compliance: complianceOf(control, result),
    RecordState: result === "notApplicable" ? "ARCHIVED" : "ACTIVE",
    ...(exception ? suppressed(exception, options.run.finishedAt) : {}),
    FindingProviderFields: classification,
  };
}

/** Only what fails is as grave as its control; what could not be decided found nothing. */
function classify({ severity, cis }: Control, result: Result): Classification {
  const isCis = Object.keys(cis).length > 0;
  return {
    Severity: { Label: result === "fail" ? LABEL[severity] : "INFORMATIONAL", Original: severity },
    Types: [
      isCis
        ? `${CHECKS}/Industry and Regulatory Standards/${text.CIS_BENCHMARK}`
        : `${CHECKS}/AWS Security Best Practices`,
    ],
  };
}

function complianceOf(control: Control, result: Result): AsffFinding["Compliance"] {
  const requirements = text.requirementsOf(control);
  return {
    Status: STATUS[result],
    ...(control.securityHub === null ? {} : { SecurityControlId: control.securityHub }),
    ...(requirements.length === 0 ? {} : { RelatedRequirements: requirements }),
  };
}

/** At most 50 of at most 2,048 characters. The format takes no blank values: what is blank is left out, an empty cell said to be so. */
function productFields(row: CredentialRow, control: Control, runId: string): Record<string, string> {
  const facts: [string, string][] = [
    ["control", control.id],
    ["run_id", runId],
    ["account_id", row.accountId],
    ["account_name", row.accountName],
    ["ou_path", row.ouPath],
  ];
  const cells = text
    .provingCells(row, control)
    .map(([column, cell]): [string, string] => [`cell/${column}`, isBlank(cell) ? "(empty)" : cell]);
  return Object.fromEntries(
    [...facts, ...cells]
      .filter(([, value]) => !isBlank(value))
      .map(([name, value]) => [`${text.PRODUCT}/${name}`, text.limited(value, 2048)]),
  );
}

function resourceOf(row: CredentialRow, partition: string, path?: string | null): AsffResource {
  const known = PARTITIONS.find((name) => name === partition);
  const where = known === undefined ? {} : { Partition: known };
  if (row.isRoot || isBlank(row.user)) return { Type: "AwsAccount", Id: `AWS::::Account:${row.accountId}`, ...where };
  return {
    Type: "AwsIamUser",
    Id: isBlank(row.arn) ? `${row.accountId}/${row.user}` : row.arn,
    ...where,
    Details: {
      AwsIamUser: {
        UserName: row.user,
        ...(path === null || path === undefined ? {} : { Path: path }),
        ...(row.created.kind === "date" ? { CreateDate: isoTime(row.created.at) } : {}),
      },
    },
  };
}

function suppressed({ expires, reason }: ControlException, at: string): Pick<AsffFinding, "Workflow" | "Note"> {
  return {
    Workflow: { Status: "SUPPRESSED" },
    Note: { Text: text.limited(`Excepted until ${expires}: ${reason}`, 512), UpdatedBy: text.PRODUCT, UpdatedAt: at },
  };
}

/** The format wants a character that is no white space in every text. */
const isBlank = (value: string): boolean => value.trim() === "";

/** For a row whose ARN says nothing. */
function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
