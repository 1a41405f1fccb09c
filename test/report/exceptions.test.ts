import { expect } from "chai";
import fc from "fast-check";
import { assess, Tally, type Assessment } from "../../report/assessment";
import { readCredentialRows } from "../../report/consolidatedReader";
import { CONTROLS, controlNamed, DEFAULT_THRESHOLDS, namesOf } from "../../report/controls";
import { ExceptionListError, Exceptions, readExceptions, type ControlException } from "../../report/exceptions";
import { rowReader, type CredentialRow } from "../../report/rows";
import { everyKindOfRow } from "../support/everyKindOfRow";
import { keyCells, passwordCells, rootCells, toCsv, userCells } from "./factories";

const STARTED = "2026-11-20T02:14:00Z";

/** A line of the file. */
function line(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    account: "111122223333",
    user: "alice",
    control: "console-mfa",
    reason: "hardware token on its way, SEC-12",
    expires: "2026-11-20",
    ...changes,
  };
}

const listOf = (...lines: unknown[]): ControlException[] => readExceptions({ exceptions: lines });

/** A finding without exception. */
const stands = ({ result, exception }: Assessment): boolean => result === "fail" && exception === null;

/** Holds these rows against every control with these exceptions, and gives the list back as it is then. */
function held(exceptions: Exceptions, rows: readonly CredentialRow[]) {
  const tally = new Tally();
  const assessments = rows.flatMap((row) => assess(row, DEFAULT_THRESHOLDS, exceptions));
  for (const assessment of assessments) tally.add(assessment);
  return { assessments, tally: tally.results(), reviewed: exceptions.reviewed() };
}

const alice = () => readCredentialRows(toCsv([rootCells(), userCells("alice", passwordCells(false, 3))]));

describe("the reviewed list of exceptions", () => {
  it("names a control by its id, its number in a benchmark or its id in Security Hub", () => {
    for (const name of ["console-mfa", "cis-1.4:1.10", "cis-5.0:1.9", "CIS-7.0:2.10", "iam.5"]) {
      expect(listOf(line({ control: name }))[0]?.control, name).to.equal("console-mfa");
    }
    expect(controlNamed("cis-7.0:2.11")?.id).to.equal("unused-credentials");
    expect(controlNamed("cis-2.0:1.10")).to.equal(undefined);
    const names = CONTROLS.flatMap(namesOf);
    expect(new Set(names).size, "no name has two meanings").to.equal(names.length);
  });

  it("is refused with every wrong line and what is wrong with it", () => {
    const wrong: [unknown, RegExp][] = [
      [{ lines: [] }, /no list under the key exceptions/],
      [null, /no list under the key exceptions/],
      [{ exceptions: ["alice"] }, /exception 1 is no mapping/],
      [{ exceptions: [line({ reason: " " })] }, /exception 1 needs text for reason/],
      [{ exceptions: [line({ account: 111122223333 })] }, /needs text for account \(quote account ids and dates\)/],
      [{ exceptions: [line({ expires: new Date(STARTED) })] }, /needs text for expires \(quote/],
      [{ exceptions: [line({ account: "1111" })] }, /account "1111", not twelve digits/],
      [{ exceptions: [line({ control: "IAM.7" })] }, /control "IAM.7", which is none of root-access-key/],
      [{ exceptions: [line({ expires: "2026-02-30" })] }, /"2026-02-30", which is no day/],
      [{ exceptions: [line({ approver: "me" })] }, /has approver, which is not one of account, user/],
      [{ exceptions: [line(), line({ control: "IAM.5" })] }, /exception 2 says again/],
      [{ exceptions: [line({ user: "" }), line({ control: "?" })] }, /exception 1 .*; exception 2 /],
    ];
    for (const [document, problem] of wrong) {
      expect(() => readExceptions(document), JSON.stringify(document)).to.throw(problem);
    }
  });
});

describe("an exception", () => {
  it("holds to the end of its last day, and excepts its one finding", () => {
    const { assessments, tally, reviewed } = held(new Exceptions(listOf(line()), STARTED), alice());
    const excepted = assessments.filter(({ exception }) => exception !== null);
    expect(excepted.map(({ control, result }) => [control.id, result])).to.deep.equal([["console-mfa", "fail"]]);
    expect(excepted.some(stands)).to.equal(false);
    expect(tally.find(({ control }) => control === "console-mfa")).to.include({ fail: 1, excepted: 1 });
    // the same lack of MFA, by the control for all users
    expect(assessments.filter(stands).map(({ control }) => control.id)).to.include("user-mfa");
    expect(reviewed).to.have.length(1);
    expect(reviewed[0]).to.include({ state: "applied", because: "holds until 2026-11-20" });
  });

  it("that has expired excepts nothing, and says whether the finding still stands", () => {
    const expired = listOf(line({ expires: "2026-11-19" }), line({ expires: "2026-11-19", user: "gone" }));
    const { assessments, reviewed } = held(new Exceptions(expired, STARTED), alice());
    expect(assessments.filter(({ exception }) => exception !== null)).to.deep.equal([]);
    expect(reviewed.map(({ state }) => state)).to.deep.equal(["expired", "expired"]);
    expect(reviewed[0]?.because).to.contain("the finding stands");
    expect(reviewed[1]?.because).to.contain("excepts nothing");
  });

  it("that nothing matches says why", () => {
    const list = listOf(
      line({ account: "999999999999" }),
      line({ user: "bob" }),
      line({ control: "single-access-key" }),
      line({ user: "<root_account>", control: "console-mfa" }),
    );
    const { reviewed } = held(new Exceptions(list, STARTED), alice());
    expect(reviewed.map(({ state }) => state)).to.deep.equal(Array(4).fill("unmatched"));
    expect(reviewed.map(({ because }) => because)).to.deep.equal([
      "the run has no report of this account",
      "the account's report has no such user for this control",
      "the control does not fail for this user any more",
      "the account's report has no such user for this control",
    ]);
  });

  it("covers what cannot be decided, and not what passes", () => {
    const list = listOf(
      line({ user: "<root_account>", control: "IAM.6" }),
      line({ user: "<root_account>", control: "IAM.9" }),
    );
    const { assessments, reviewed } = held(new Exceptions(list, STARTED), alice());
    const excepted = assessments.filter(({ exception }) => exception !== null);
    expect(excepted.map(({ control, result }) => [control.id, result])).to.deep.equal([
      ["root-hardware-mfa", "notDecidable"],
    ]);
    expect(reviewed.map(({ state }) => state)).to.deep.equal(["applied", "unmatched"]);
  });

  it("changes no result: whatever is listed, counts of results stay the same", () => {
    const rows = everyKindOfRow(3, 10, "20261120T021400Z-3f9a1c", 7).flatMap(({ origin, report }) => {
      const read = rowReader(report.columns);
      return report.rows.map((cells) => read(origin, cells));
    });
    const plain = held(new Exceptions(), rows).tally.map(({ excepted, ...results }) => ({
      ...results,
      excepted: excepted && 0,
    }));
    const subjects = rows.flatMap((row) =>
      CONTROLS.map(({ id }) => ({ account: row.accountId, user: row.user, control: id })),
    );
    const distinct = [...new Map(subjects.map((subject) => [JSON.stringify(subject), subject])).values()];
    fc.assert(
      fc.property(fc.subarray(distinct), fc.constantFrom("2026-11-19", "2026-11-20"), (chosen, expires) => {
        const list = listOf(...chosen.map((subject) => line({ ...subject, expires })));
        const { tally, reviewed, assessments } = held(new Exceptions(list, STARTED), rows);
        expect(tally.map((counts) => ({ ...counts, excepted: 0 }))).to.deep.equal(plain);
        expect(reviewed).to.have.length(list.length);
        if (expires < "2026-11-20") expect(assessments.every(({ exception }) => exception === null)).to.equal(true);
        for (const { result, exception } of assessments) {
          if (exception) expect(result).to.be.oneOf(["fail", "notDecidable"]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("is of one user: a key of another account's user of that name goes on to fail", () => {
    const cells = { account_id: "444455556666", ...keyCells(1, { age: 200, used: 1 }) };
    const rows = readCredentialRows(
      toCsv([userCells("alice", keyCells(1, { age: 200, used: 1 })), userCells("alice", cells)]),
    );
    const { assessments } = held(new Exceptions(listOf(line({ control: "IAM.3" })), STARTED), rows);
    const rotation = assessments.filter(({ control }) => control.id === "access-key-rotation");
    expect(rotation.map(stands)).to.deep.equal([false, true]);
  });

  it("names what is wrong in words that stay short, whatever stands in the list", () => {
    const line = { account: "1\u202E".repeat(5000), user: "u", control: "c", reason: "r", expires: "2027-01-01" };
    for (const wrong of [line, { ...line, ["x\u001b".repeat(5000)]: 1 }]) {
      expect(() => readExceptions({ exceptions: [wrong] }))
        .to.throw(ExceptionListError, /\[U\+/)
        .with.property("message")
        .with.length.below(400);
    }
  });
});
