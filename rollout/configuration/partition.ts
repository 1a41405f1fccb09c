import { partitionOf, type Partition } from "../../runtime/regions";
import { RolloutError } from "../errors";
import type { StackFile } from "./stackFiles";

/** The partition that a stack's Region is in. @throws RolloutError where this version does not know it */
export function knownPartition({ name, region }: Pick<StackFile, "name" | "region">): Partition {
  const found = partitionOf(region);
  if (found) return found;
  throw new RolloutError(
    `Pulumi.${name}.yaml: which partition ${region} is in, this version does not know: it knows aws, aws-us-gov and aws-cn`,
  );
}
