import type { AwsClients } from "../clients";
import type { Clock } from "../clock";
import type { Log } from "../log";
import type { CollectorSettings } from "../settings";
import type { WorkStore } from "./workStore";

/** What every step of a run works with. */
export interface StepSurroundings {
  settings: Pick<
    CollectorSettings,
    | "partition"
    | "accountId"
    | "standalone"
    | "memberRoleName"
    | "memberRolePath"
    | "externalId"
    | "include"
    | "exclude"
    | "concurrency"
    | "stsPerSecond"
    | "generating"
    | "thresholds"
    | "batchSize"
    | "batchConcurrency"
  >;
  clients: Pick<AwsClients, "organizations" | "sts" | "iam" | "as" | "calls" | "throttled">;
  work: WorkStore;
  clock: Clock;
  log: Log;
}
