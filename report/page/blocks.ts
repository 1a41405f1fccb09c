import { deflateSync } from "node:zlib";
import { cellOf, type AccessKey, type CredentialRow } from "../rows";
import { CellCodes } from "./cellCodes";
import { visible } from "./text";

/**
 * The rows of a run as the page carries them: numbers in columns and names, in file order, deflated block by block as they come,
 * so that what is held is what is written.
 */

/** Rows of a block. */
export const BLOCK_ROWS = 8192;

/** Columns of a credential report that the page shows or needs as proof, in the order of a block; `user` apart. */
export const PACKED_COLUMNS = [
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "mfa_active",
  "access_key_1_active",
  "access_key_1_last_rotated",
  "access_key_1_last_used_date",
  "access_key_1_last_used_region",
  "access_key_1_last_used_service",
  "access_key_2_active",
  "access_key_2_last_rotated",
  "access_key_2_last_used_date",
  "access_key_2_last_used_region",
  "access_key_2_last_used_service",
] as const;

/** Columns before those of {@link PACKED_COLUMNS}: place of the row's origin, answers to questions, states of controls. */
export const LEADING_PACKED = 3;

/** Whose report a row is from: account id, name, unit, and when the report was generated, in seconds since 1970. */
export type Origin = [accountId: string, accountName: string, ouPath: string, generatedAt: number];

/** Packs rows. */
export class RowBlocks {
  /** In order of first appearance; the text is {@link visible}. */
  readonly origins: Origin[] = [];
  readonly codes = new CellCodes();
  private readonly packed: Buffer[] = [];
  private readonly columns = Array.from(
    { length: LEADING_PACKED + PACKED_COLUMNS.length },
    () => new Int32Array(BLOCK_ROWS),
  );
  private names: string[] = [];
  private readonly originOf = new Map<string, number>();
  private last: { row: CredentialRow; origin: number } | null = null;

  /** Rows so far. */
  count = 0;

  /** @param bits Answers of `filterBits`. @param states As `statesOf` gives them. */
  add(row: CredentialRow, bits: number, states: number): void {
    const at = this.names.length;
    const numbers = [this.origin(row), bits, states, ...this.cells(row)];
    for (let n = 0; n < numbers.length; n += 1) this.columns[n]![at] = numbers[n]!;
    this.names.push(visible(row.user));
    this.count += 1;
    if (this.names.length === BLOCK_ROWS) this.flush();
  }

  /** Blocks in order, in base64 of the zlib format (RFC 1950). */
  *blocks(): Generator<string> {
    if (this.names.length > 0) this.flush();
    for (const block of this.packed) yield block.toString("base64");
  }

  private cells(row: CredentialRow): number[] {
    const { codes } = this;
    return [
      codes.date(row.created, cellOf(row, "user_creation_time")),
      codes.flag(row.passwordEnabled, cellOf(row, "password_enabled")),
      codes.date(row.passwordLastUsed, cellOf(row, "password_last_used")),
      codes.date(row.passwordLastChanged, cellOf(row, "password_last_changed")),
      codes.flag(row.mfaActive, cellOf(row, "mfa_active")),
      ...this.key(row, row.keys[0], KEY_COLUMNS[0]),
      ...this.key(row, row.keys[1], KEY_COLUMNS[1]),
    ];
  }

  private key(row: CredentialRow, key: AccessKey, columns: (typeof KEY_COLUMNS)[number]): number[] {
    const { codes } = this;
    return [
      codes.flag(key.active, cellOf(row, columns.active)),
      codes.date(key.lastRotated, cellOf(row, columns.rotated)),
      codes.date(key.lastUsed, cellOf(row, columns.used)),
      codes.place(key.region, cellOf(row, columns.region)),
      codes.place(key.service, cellOf(row, columns.service)),
    ];
  }

  private origin(row: CredentialRow): number {
    // Rows of one account follow each other.
    if (this.last && isSameOrigin(this.last.row, row)) return this.last.origin;
    const { accountId, accountName, ouPath, generatedAt } = row;
    const key = JSON.stringify([accountId, accountName, ouPath, generatedAt]);
    let origin = this.originOf.get(key);
    if (origin === undefined) {
      origin = this.origins.push([accountId, visible(accountName), visible(ouPath), generatedAt / 1000]) - 1;
      this.originOf.set(key, origin);
    }
    this.last = { row, origin };
    return origin;
  }

  private flush(): void {
    const rows = this.names.length;
    const columns = this.columns.map((column) => new Uint8Array(column.buffer, 0, rows * 4));
    const names = Buffer.from(this.names.join("\n"), "utf8");
    this.packed.push(deflateSync(Buffer.concat([...columns, names]), { level: 6 }));
    this.names = [];
  }
}

function isSameOrigin(one: CredentialRow, other: CredentialRow): boolean {
  return (
    one.accountId === other.accountId &&
    one.accountName === other.accountName &&
    one.ouPath === other.ouPath &&
    one.generatedAt === other.generatedAt
  );
}

const keyColumns = (number: 1 | 2) => ({
  active: `access_key_${number}_active`,
  rotated: `access_key_${number}_last_rotated`,
  used: `access_key_${number}_last_used_date`,
  region: `access_key_${number}_last_used_region`,
  service: `access_key_${number}_last_used_service`,
});
const KEY_COLUMNS = [keyColumns(1), keyColumns(2)] as const;
