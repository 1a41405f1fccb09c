import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import type { Deadline } from "./deadline";
import type { Gate } from "./gate";
import type { GeneratingCap } from "./generatingCap";
import type { RateLimit } from "./rateLimit";
import type { RetryBudget } from "./retry";
import type { CollectorSettings } from "./settings";

/** What all accounts of a run share. */
export interface Surroundings {
  settings: Pick<CollectorSettings, "partition" | "accountId" | "memberRoleName" | "memberRolePath" | "externalId">;
  clients: Pick<AwsClients, "sts" | "iam" | "as">;
  clock: Clock;
  deadline: Deadline;
  /** Calls under way. */
  calls: Gate;
  generating: GeneratingCap;
  sessions: RateLimit;
  retries: RetryBudget;
}
