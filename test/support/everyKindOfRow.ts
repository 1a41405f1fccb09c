import fc from "fast-check";
import type { ReportOrigin } from "../../report/consolidated";
import { KNOWN_COLUMNS, type CredentialReport } from "../../report/credentialReport";
import { ROOT_USER } from "../../report/rows";

const DAY = 86_400_000;

/** Cells of a date column: sentinels, forms that AWS does not document, and ages around every threshold. */
function dateCells(generated: number): fc.Arbitrary<string> {
  const ages = [0, 1, 44, 45, 46, 89, 90, 91, 92, 400].flatMap((days) => [-1000, 0, 1000].map((ms) => days * DAY + ms));
  const dates = [...ages, -3 * DAY].map((age) => new Date(generated - age).toISOString().slice(0, 19));
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...dates.flatMap((date) => [`${date}+00:00`, `${date}Z`])) },
    {
      weight: 4,
      arbitrary: fc.constantFrom("N/A", "no_information", "not_supported", "", "last Tuesday", "2026-02-30T00:00:00Z"),
    },
  );
}

const flagCells = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("true", "false") },
  { weight: 2, arbitrary: fc.constantFrom("TRUE", "False", "not_supported", "N/A", "", "yes") },
);
const placeCells = fc.constantFrom("N/A", "eu-central-1", "s3", "", "a,b");

function cellsOf(generated: number): fc.Arbitrary<string[]> {
  return fc.tuple(
    ...KNOWN_COLUMNS.slice(2).map((column) =>
      /active|enabled/.test(column) ? flagCells : /region|service/.test(column) ? placeCells : dateCells(generated),
    ),
  );
}

/**
 * Accounts whose rows have every kind of cell in every column, the same each time.
 *
 * @param rows Of each account: the first is a root user.
 */
export function everyKindOfRow(
  accounts: number,
  rows: number,
  runId: string,
  seed: number,
): { origin: ReportOrigin; report: CredentialReport }[] {
  return Array.from({ length: accounts }, (_, a) => {
    const accountId = String(100_000_000_000 + a);
    const reportGeneratedTime = new Date(Date.UTC(2026, 10, 20, a % 24, 17, 3)).toISOString().replace(".000", "");
    const cells = fc.sample(cellsOf(Date.parse(reportGeneratedTime)), { numRuns: rows, seed: seed + a });
    return {
      origin: {
        accountId,
        accountName: `Account "${a}", \\ of many`,
        ouPath: `Root/Unit ${a % 3}`,
        reportGeneratedTime,
        runId,
      },
      report: {
        columns: [...KNOWN_COLUMNS],
        rows: cells.map((line, n) =>
          n === 0
            ? [ROOT_USER, `arn:aws:iam::${accountId}:root`, ...line]
            : [`user-${n},=1`, `arn:aws:iam::${accountId}:user/user-${n},=1`, ...line],
        ),
      },
    };
  });
}
