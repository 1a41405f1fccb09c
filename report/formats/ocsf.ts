import type { Assessment } from "../assessment";
import { needsEyes, type Control, type Result, type Thresholds } from "../controls";
import { findingLines } from "./findingLines";
import * as text from "./findingText";
import type { Manifest } from "../manifest";
import { remediationOf } from "./remediation";
import type { RowWriter } from "../rowWriter";
import type { CredentialRow } from "../rows";

/**
 * Findings as events of the Open Cybersecurity Schema Framework: Compliance Finding (class 2003) with the profile `cloud`, one a line.
 *
 * @see https://schema.ocsf.io/1.6.0/classes/compliance_finding
 */

/** The version of the schema that Security Hub reads; later ones of 1.x take the same events. */
export const OCSF_VERSION = "1.6.0";

/** What events say beside the rows. */
export interface OcsfOptions {
  run: Pick<Manifest, "runId" | "finishedAt" | "organizationId">;
  /** Those that the rows were held against. */
  thresholds: Thresholds;
  /** Also writes what passes or does not apply, as closed findings. */
  passes?: boolean;
}

/** A number of the schema and what it stands for. */
type Named = readonly [id: number, caption: string];

const CREATE: Named = [1, "Create"];
const CLOSE: Named = [3, "Close"];
const SUPPRESSED: Named = [3, "Suppressed"];
const INFORMATIONAL: Named = [1, "Informational"];

const SEVERITY: Record<Control["severity"], Named> = {
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"],
};

/** What somebody has to do about the finding. */
const STATUS: Record<Result, Named> = {
  fail: [1, "New"],
  notDecidable: [1, "New"],
  pass: [4, "Resolved"],
  notApplicable: [5, "Archived"],
};

/** What the check says; `Warning` is the schema's word for one that lacks information. */
const COMPLIANCE: Record<Result, Named> = {
  fail: [3, "Fail"],
  notDecidable: [2, "Warning"],
  pass: [1, "Pass"],
  notApplicable: [99, "Not Applicable"],
};

const CATEGORY: Named = [2, "Findings"];
const CLASS: Named = [2003, "Compliance Finding"];
const AWS_ACCOUNT: Named = [10, "AWS Account"];

/** One Compliance Finding: the part of the class that this project fills. Times are in milliseconds since 1970. */
export interface OcsfFinding {
  activity_id: number;
  activity_name: string;
  category_uid: number;
  category_name: string;
  class_uid: number;
  class_name: string;
  type_uid: number;
  type_name: string;
  time: number;
  severity_id: number;
  severity: string;
  status_id: number;
  status: string;
  message: string;
  /** Why, until when, the finding is accepted. */
  comment?: string;
  metadata: {
    version: string;
    profiles: string[];
    uid: string;
    event_code: string;
    product: { name: string; vendor_name: string };
  };
  finding_info: {
    uid: string;
    title: string;
    desc: string;
    last_seen_time: number;
    modified_time: number;
    data_sources: string[];
  };
  compliance: {
    control: string;
    desc: string;
    standards: string[];
    requirements: string[];
    status_id: number;
    status: string;
    status_details: string[];
  };
  resources: {
    uid: string;
    name: string;
    type: string;
    cloud_partition?: string;
    created_time?: number;
    owner: { account: Account };
  }[];
  cloud: {
    provider: "AWS";
    account: Account;
    org?: { uid: string; ou_name?: string };
  };
  remediation: { desc: string; references: string[] };
  unmapped: { run_id: string; report_generated_time: string; cells: Record<string, string> };
}

interface Account {
  uid: string;
  name?: string;
  type_id: number;
  type: string;
}

/**
 * Writes JSON Lines: an event for each subject that fails a control or cannot be decided, in the order of the rows and of the
 * controls.
 */
export function ocsfWriter(options: OcsfOptions): RowWriter {
  return findingLines(options.passes, (row, assessment) => ocsfFinding(row, assessment, options));
}

/** One assessment as an event. */
export function ocsfFinding(row: CredentialRow, assessment: Assessment, { run, thresholds }: OcsfOptions): OcsfFinding {
  const { control, result, exception } = assessment;
  const activity = needsEyes(result) ? CREATE : CLOSE;
  const severity = result === "fail" ? SEVERITY[control.severity] : INFORMATIONAL;
  const status = exception ? SUPPRESSED : STATUS[result];
  const modified = Date.parse(run.finishedAt);
  const observed = Number.isNaN(row.generatedAt) ? modified : row.generatedAt;
  const account = accountOf(row);
  const uid = text.findingId(row, control);
  const description = text.descriptionOf(row, assessment, thresholds);
  const remediation = remediationOf(control);
  return {
    activity_id: activity[0],
    activity_name: activity[1],
    category_uid: CATEGORY[0],
    category_name: CATEGORY[1],
    class_uid: CLASS[0],
    class_name: CLASS[1],
    type_uid: CLASS[0] * 100 + activity[0],
    type_name: `${CLASS[1]}: ${activity[1]}`,
    time: observed,
    severity_id: severity[0],
    severity: severity[1],
    status_id: status[0],
    status: status[1],
    message: description,
    ...(exception ? { comment: `Excepted until ${exception.expires}: ${exception.reason}` } : {}),
    metadata: {
      version: OCSF_VERSION,
      profiles: ["cloud"],
      uid: `${run.runId}/${uid}`,
      event_code: control.id,
      product: { name: text.PRODUCT, vendor_name: text.PRODUCT },
    },
    finding_info: {
      uid,
      title: text.titleOf(assessment),
      desc: description,
      last_seen_time: observed,
      modified_time: Math.max(modified, observed),
      data_sources: ["IAM credential report"],
    },
    compliance: complianceOf(control, result, text.becauseOf(control, result, thresholds)),
    resources: [resourceOf(row, account)],
    cloud: {
      provider: "AWS",
      account,
      ...(run.organizationId === null
        ? {}
        : { org: { uid: run.organizationId, ...(row.ouPath === "" ? {} : { ou_name: row.ouPath }) } }),
    },
    remediation: { desc: remediation.text, references: [remediation.url] },
    unmapped: {
      run_id: run.runId,
      report_generated_time: row.reportGeneratedTime,
      cells: Object.fromEntries(text.provingCells(row, control)),
    },
  };
}

function complianceOf(control: Control, result: Result, because: string): OcsfFinding["compliance"] {
  const requirements = text.requirementsOf(control);
  const { securityHub } = control;
  return {
    control: control.id,
    desc: control.title,
    standards: [...(requirements.length === 0 ? [] : [text.CIS_BENCHMARK]), ...(securityHub === null ? [] : [HUB])],
    requirements: [...requirements, ...(securityHub === null ? [] : [`${HUB}/${securityHub}`])],
    status_id: COMPLIANCE[result][0],
    status: COMPLIANCE[result][1],
    status_details: [because],
  };
}

const HUB = "AWS Security Hub";

function resourceOf(row: CredentialRow, account: Account): OcsfFinding["resources"][number] {
  const partition = text.readArn(row.arn)?.partition;
  return {
    uid: row.arn === "" ? `${row.accountId}/${row.user}` : row.arn,
    name: row.user,
    type: row.isRoot ? "AWS::::Account" : "AWS::IAM::User",
    ...(partition === undefined ? {} : { cloud_partition: partition }),
    ...(row.created.kind === "date" ? { created_time: row.created.at } : {}),
    owner: { account },
  };
}

function accountOf({ accountId, accountName }: CredentialRow): Account {
  return {
    uid: accountId,
    ...(accountName === "" ? {} : { name: accountName }),
    type_id: AWS_ACCOUNT[0],
    type: AWS_ACCOUNT[1],
  };
}
