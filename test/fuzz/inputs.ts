import fc from "fast-check";

import { consolidatedColumns, consolidatedHeader, consolidatedRows } from "../../report/consolidated";
import { KNOWN_COLUMNS } from "../../report/credentialReport";
import type { AccountRecord } from "../../report/manifest";
import { ROOT_USER } from "../../report/rows";
import { collected, manifestOf, notCollected, outOfScope, RUN_ID, type Run } from "../report/factories";

/** Pieces of text that mean something to whoever reads them next. */
const PIECES = [
  ...[
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\r\n",
    ",",
    ";",
    '"',
    "'",
    "\\",
    "/",
    "..",
    "../",
    "|",
    "`",
    "$(",
    "%00",
    "\0",
  ],
  ...[
    "<",
    ">",
    "&",
    "<!--",
    "-->",
    "]]>",
    "<script>",
    "</script>",
    "<svg onload=",
    "javascript:",
    "</style>",
    "<![CDATA[",
  ],
  ...["\u001b[2J", "\u001b]0;x\u0007", "\u009b31m", "\b", "\u007f", "\u0085", "\u2028", "\u2029", "\uFEFF", "\u00ad"],
  ...[
    "\u202E",
    "\u202D",
    "\u2066",
    "\u2069",
    "\u200B",
    "\u200D",
    "\u200F",
    "שלום",
    "عربى",
    "e\u0301",
    "😀",
    "🇩🇪",
    "ﷺ",
    "İ",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "N/A",
    "no_information",
    "not_supported",
    "true",
    "null",
    "undefined",
    "NaN",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    ":",
    "#",
    "=cmd|' /C calc'!A0",
    "${x}",
    "{{x}}",
    "*",
    "_",
    "[x](javascript:y)",
    "%s",
    " ",
    "  ",
  ],
  ...[
    "1e9",
    "1000000000",
    "-1",
    "0x10",
    "9999-12-31T23:59:59Z",
    "-000001-01-01T00:00:00Z",
    "2026-02-30T00:00:00+00:00",
  ],
  ...["account_id", "user", "arn", "arn:aws:iam::111122223333:user/x", ROOT_USER, "<root_account>,", "Root/Workloads"],
];

/** Text that somebody chose to break what handles it; whole characters only. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...PIECES),
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.toWellFormed()),
  fc.tuple(fc.constantFrom(...PIECES), fc.integer({ min: 2, max: 120 })).map(([piece, times]) => piece.repeat(times)),
);

/** A text with some pieces put in, taken out and doubled. */
export function mutated(base: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.nat(12) },
      { weight: 1, arbitrary: fc.nat(600) },
    ),
    piece: fc.oneof({ weight: 4, arbitrary: hostileText }, { weight: 1, arbitrary: fc.constant("") }),
    times: fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 100, max: 3000 }) },
    ),
  });
  return fc.tuple(base, fc.array(edit, { maxLength: 5 })).map(([text, edits]) => {
    let result = text;
    for (const { at, cut, piece, times } of edits) {
      const from = Math.floor(at * result.length);
      result = result.slice(0, from) + piece.repeat(times).slice(0, 20_000) + result.slice(from + cut);
    }
    return result.toWellFormed();
  });
}

/** Bytes of a text in one of several encodings, whole or cut. */
export function encoded(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const encoding = fc.oneof(
    { weight: 12, arbitrary: fc.constant("utf8" as const) },
    { weight: 1, arbitrary: fc.constantFrom("utf16le" as const, "latin1" as const) },
  );
  const keep = fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  );
  return fc.tuple(text, encoding, keep).map(([text, encoding, keep]) => {
    const bytes = Buffer.from(text, encoding);
    return bytes.subarray(0, Math.ceil(bytes.length * keep));
  });
}

/** JSON of any shape, with the names of a document in it at unlikely places. */
export function jsonLike(names: readonly string[]): fc.Arbitrary<unknown> {
  const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: hostileText });
  const leaf = fc.oneof(
    hostileText,
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1e9, 1e308, 2 ** 53, "", "111122223333", RUN_ID, "a".repeat(64)),
    fc.double(),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie("value")), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  return value;
}

/** Places of values in a document, and what is put there. */
export interface Change {
  at: number;
  value: unknown;
}

/** A document with some of its values replaced by others. */
export function changed(document: object, changes: readonly Change[]): unknown {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  for (const { at, value } of changes) {
    const places: [holder: Record<string, unknown>, name: string][] = [];
    const visit = (holder: Record<string, unknown>): void => {
      for (const [name, inner] of Object.entries(holder)) {
        places.push([holder, name]);
        if (typeof inner === "object" && inner !== null) visit(inner as Record<string, unknown>);
      }
    };
    visit(copy);
    const [holder, name] = places[at % Math.max(1, places.length)] ?? [copy, "runId"];
    Object.defineProperty(holder, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

const dates = fc.constantFrom(
  "2024-03-05T10:00:00+00:00",
  "2019-01-01T00:00:00Z",
  "2999-12-31T23:59:59Z",
  "0001-01-01T00:00:00Z",
);
const cell = fc.oneof(
  { weight: 3, arbitrary: dates },
  { weight: 3, arbitrary: fc.constantFrom("true", "false", "N/A", "no_information") },
  { weight: 2, arbitrary: hostileText },
);

/** A run whose accounts, units, users and cells are hostile: as the collector would have written it. */
export const hostileRun: fc.Arbitrary<Run> = fc
  .record({
    accounts: fc.array(
      fc.record({
        name: hostileText,
        ouPath: fc.array(hostileText, { maxLength: 3 }).map((names) => ["Root", ...names].join("/")),
        users: fc.array(
          fc.tuple(
            hostileText.map((name) => name || "x"),
            fc.array(cell, { minLength: 20, maxLength: 20 }),
          ),
          { maxLength: 4 },
        ),
        rootCells: fc.array(cell, { minLength: 20, maxLength: 20 }),
        generated: fc.constantFrom("2026-11-20T02:00:00Z", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    more: fc.array(hostileText, { maxLength: 2 }),
    missing: fc.array(fc.record({ name: hostileText, code: hostileText, message: hostileText, remedy: hostileText }), {
      maxLength: 30,
    }),
    out: fc.array(fc.record({ name: hostileText, reason: hostileText }), { maxLength: 2 }),
  })
  .map(({ accounts, more, missing, out }) => {
    const unknown = [...new Set(more)].filter(
      (name) => !KNOWN_COLUMNS.includes(name) && !/^(account_id|run_id)$/.test(name),
    );
    const columns = consolidatedColumns([[...KNOWN_COLUMNS, ...unknown]]);
    let csv = consolidatedHeader(columns);
    const records: AccountRecord[] = accounts.map(({ name, ouPath, users, rootCells, generated }, n) => {
      const accountId = String(100_000_000_000 + n);
      const origin = { accountId, accountName: name, ouPath, reportGeneratedTime: generated, runId: RUN_ID };
      const rows = [
        [ROOT_USER, `arn:aws:iam::${accountId}:root`, ...rootCells],
        ...users.map(([user, cells]) => [user, `arn:aws:iam::${accountId}:user/${user}`, ...cells]),
      ].map((row) => [...row, ...unknown.map(() => name)]);
      csv += consolidatedRows(columns, origin, { columns, rows });
      return collected(accountId, name, { ouPath, reportGeneratedTime: generated, rows: rows.length });
    });
    for (const [n, { name, ...more }] of missing.entries())
      records.push(notCollected(String(200_000_000_000 + n), name, more));
    for (const [n, { name, ...more }] of out.entries())
      records.push(outOfScope(String(300_000_000_000 + n), name, more));
    return { manifest: manifestOf(records), csv };
  });
