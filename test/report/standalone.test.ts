import { expect } from "chai";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { ocsfWriter, type OcsfFinding } from "../../report/formats/ocsf";
import { reviewPageWriter } from "../../report/inventory/reviewPage";
import { unitsWriter } from "../../report/inventory/units";
import { subjectOf } from "../../report/manifest";
import { notification } from "../../report/notification";
import { assessed, written } from "../support/assessedRows";
import { collected, passwordCells, rootCells, runOf, userCells } from "./factories";
import { openPage } from "./fakePage";
import { linesOf, makingOf, textOf } from "./inventory/inventory";
import { linesOf as pageLinesOf, pageOf } from "./pages";

const ACCOUNT = "999988887777";
const RUN = runOf(
  [[collected(ACCOUNT, "acme-prod", { ouPath: "" }), [rootCells(), userCells("anna", passwordCells(false, 3))]]],
  { organizationId: null, managementAccountId: null },
);
const { manifest } = RUN;

describe("the run of an account that is in no organization", () => {
  it("is the account's", () => {
    expect(subjectOf(manifest)).to.deep.equal({ kind: "account", id: ACCOUNT });
    expect(subjectOf({ ...manifest, organizationId: "o-exampleorg1" })).to.deep.equal({
      kind: "organization",
      id: "o-exampleorg1",
    });
  });

  it("has a page of the account, without organization and units, that works", async () => {
    const html = pageOf(RUN);
    expect(html)
      .to.contain(`<h1>Account ${ACCOUNT}</h1>`)
      .and.contain(`<title>Credential report ${ACCOUNT}, run`)
      .and.contain("No account is in an organizational unit.");
    expect(html).not.to.match(/Organization null|>null</);
    expect(pageLinesOf(html).tables.map(({ id, lines }) => [id, lines.length])).to.deep.equal([
      ["accounts", 1],
      ["units", 0],
    ]);
    const page = await openPage(html);
    expect(page.element("users-status").textContent).to.match(/of 2$/);
    expect(page.element("units-status").textContent).to.equal("No rows");
  });

  it("is announced as the account's", () => {
    const link = { what: "page", address: "https://console.example/page" } as const;
    const { subject, text } = notification({ manifest, manifestSha256: "b".repeat(64), controls: [], link });
    expect(subject).to.contain(`(${ACCOUNT})`);
    expect(text).to.contain(`of account ${ACCOUNT} is complete`);
  });

  it("is reviewed as the account's, and its totals are on one line without a unit", () => {
    const making = makingOf(RUN);
    expect(textOf(reviewPageWriter, making)).to.contain(`<p>Account ${ACCOUNT}, run`).and.not.contain("null");
    const lines = linesOf(unitsWriter, making);
    expect(lines.map(({ ou_path, accounts_listed }) => [ou_path, accounts_listed])).to.deep.equal([["", "1"]]);
  });

  it("has findings in OCSF that name no organization", () => {
    const { objects } = written<OcsfFinding>(
      ocsfWriter({ run: manifest, thresholds: DEFAULT_THRESHOLDS }),
      assessed(makingOf(RUN).rows),
    );
    expect(objects.length).to.be.greaterThan(0);
    for (const { cloud } of objects) {
      expect(cloud).not.to.have.property("org");
      expect(cloud.account).to.include({ uid: ACCOUNT, name: "acme-prod" });
    }
  });
});
