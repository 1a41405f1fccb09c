import type { Thresholds } from "../controls";
import type { Manifest } from "../manifest";
import type { RowWriter } from "../rowWriter";
import { accessReviewWriter } from "./accessReview";
import { accountsWriter } from "./accounts";
import { reviewPageWriter } from "./reviewPage";
import { unitsWriter } from "./units";
import { usersWriter } from "./users";

/** What the inventory of a run is made with. */
export interface InventoryOptions {
  manifest: Manifest;
  thresholds: Thresholds;
}

/** A file of the inventory. */
export interface InventoryFile {
  name: string;
  /** What it is, in words. */
  about: string;
  writer: (options: InventoryOptions) => RowWriter;
}

/** Every file of the inventory; each is made in one pass over the rows. */
export const INVENTORY: readonly InventoryFile[] = [
  { name: "users.csv", about: "every IAM user and root user", writer: usersWriter },
  { name: "accounts.csv", about: "every listed account with its totals", writer: accountsWriter },
  { name: "organizational-units.csv", about: "totals of every organizational unit", writer: unitsWriter },
  { name: "access-review.csv", about: "the user access review list, to fill in", writer: accessReviewWriter },
];

/** The user access review list to print and sign, account by account: as long as the list, so it is made when it is wanted. */
export const REVIEW_PAGE: InventoryFile = {
  name: "access-review.html",
  about: "the user access review list to print and sign, account by account",
  writer: reviewPageWriter,
};
