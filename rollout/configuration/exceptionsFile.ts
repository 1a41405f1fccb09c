import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { readExceptions, type ControlException } from "../../report/exceptions";
import { messageOf, RolloutError } from "../errors";

/**
 * Reads the file with the reviewed list of exceptions, YAML or JSON (docs/formats.md).
 *
 * @throws RolloutError naming the file and everything that is wrong in it: a list that is read in part would except less, or
 * more, than was reviewed
 */
export function readExceptionsFile(file: string): ControlException[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new RolloutError(
      `The exceptions in ${file} cannot be read: ${messageOf(cause)}. Correct the path (--exceptions, or exceptionsFile in ` +
        "Pulumi.management.yaml)",
      1,
      { cause },
    );
  }
  try {
    return readExceptions(parse(text));
  } catch (cause) {
    throw new RolloutError(
      `The exceptions in ${file} are not usable: ${messageOf(cause)}. Correct the file; nothing was excepted`,
      1,
      { cause },
    );
  }
}
