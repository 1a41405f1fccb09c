import type { Manifest } from "../manifest";
import { counted, dateTime, escape, grouped } from "./text";

/** What no credential report shows; on every page, so that silence is not read as absence. */
const NOT_SHOWN = [
  "SSH keys, and service-specific credentials: Git credentials for CodeCommit, API keys for Bedrock and CloudWatch Logs.",
  "More than two access keys of a user, and the ids of the keys.",
  "What anyone may do: policies, groups and roles.",
  "People who sign in through IAM Identity Center or another identity provider. They are not IAM users.",
  "Whether an MFA device is hardware or virtual. The report says only that there is one.",
  "Uses of a password before 20 October 2014 and of an access key before 22 April 2015: “never” includes them.",
  "Anything after the report was generated.",
];

/** The limits of the evidence. */
export function limitsSection(): string {
  return `<section id="limits" aria-labelledby="limits-title">
<h2 id="limits-title">What a credential report cannot show</h2>
<p>A credential report lists the IAM users of one account and the state of their passwords, access keys, signing certificates and MFA. It does not show:</p>
<ul class="plain">${NOT_SHOWN.map((text) => `<li>${text}</li>`).join("")}</ul>
</section>`;
}

/** Where the page comes from, and how to check it. */
export interface Provenance {
  manifest: Manifest;
  /** Lower-case hexadecimal SHA-256 of the manifest's bytes. */
  manifestSha256?: string | undefined;
  /** Column names of the consolidated CSV. */
  columns?: readonly string[] | undefined;
  /** Where the consolidated CSV is, as in `s3://bucket/key`. */
  location: string;
}

/** The objects behind the page, with their hashes. */
export function provenanceSection({ manifest, manifestSha256, columns, location }: Provenance): string {
  const facts: [string, string][] = [
    ["Run", code(manifest.runId)],
    ["Organization", orNone(manifest.organizationId)],
    ["Management account", orNone(manifest.managementAccountId)],
    ["Started, finished", `${dateTime(manifest.startedAt)}, ${dateTime(manifest.finishedAt)}`],
    [
      "Consolidated CSV",
      `${code(location)}<br>${counted(manifest.rows, "row")}, ${counted(manifest.consolidated.bytes, "byte")}`,
    ],
    ["Its SHA-256", code(manifest.consolidated.sha256)],
  ];
  if (manifestSha256 !== undefined) facts.push(["SHA-256 of the manifest", code(manifestSha256)]);
  facts.push([
    "Previous run",
    manifest.previous === null
      ? "none: the first run of this bucket"
      : `${code(manifest.previous.runId)}<br>manifest ${code(manifest.previous.sha256)}`,
  ]);
  if (columns !== undefined) {
    facts.push([`Columns (${grouped(columns.length)})`, columns.map(escape).join(", ")]);
  }
  return `<section id="provenance" aria-labelledby="provenance-title">
<h2 id="provenance-title">Provenance</h2>
<p>Every result and every row on this page is computed from the run's manifest and its consolidated CSV. The comparison and the trend are computed from
earlier runs, exceptions are those of the list that the page was made with. The same files give the same page, byte for byte if
made with the same version of the program and of Node.</p>
<dl class="provenance">${facts.map(([term, value]) => `<div><dt>${escape(term)}</dt><dd>${value}</dd></div>`).join("\n")}</dl>
</section>`;
}

function orNone(text: string | null): string {
  return text === null ? "none: one account by itself" : code(text);
}

function code(text: string): string {
  return `<code>${escape(text)}</code>`;
}
