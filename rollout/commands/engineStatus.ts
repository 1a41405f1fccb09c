import { ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { stateMachineArn } from "../../components/collectorMachinePolicy";
import { isByStateMachine } from "../configuration/settings";
import { messageOf } from "../errors";
import { managementSession, type Orchestration } from "../orchestration";

/** What drives the collector, and its last execution where a state machine does. */
export interface EngineStatus {
  engine: string;
  lastExecution?: { execution: string; status: string; startedAt: string; endedAt?: string };
}

/**
 * The engine that is configured; one question to Step Functions, which may go unanswered.
 *
 * @param deployed Whether there is a management stack to ask about.
 */
export async function engineStatus(
  { config, log }: Pick<Orchestration, "config" | "log">,
  deployed: boolean,
): Promise<EngineStatus> {
  const { settings } = config.management;
  const engine = settings.collectorEngine;
  if (!isByStateMachine(settings) || !deployed) {
    log(`Engine: ${engine}`);
    return { engine };
  }
  const lastExecution = await newest(config).catch((cause: unknown) => {
    log(`Engine: ${engine}; its executions cannot be listed: ${messageOf(cause)}`);
    return undefined;
  });
  if (!lastExecution) return { engine };
  const { execution, status, startedAt } = lastExecution;
  log(`Engine: ${engine}; last execution ${execution.split(":").at(-1)} ${status}, started ${startedAt}`);
  return { engine, lastExecution };
}

async function newest(config: Orchestration["config"]): Promise<EngineStatus["lastExecution"]> {
  const { session, caller } = await managementSession(config);
  const machineName = config.management.settings.functionName;
  const client = new SFNClient({ ...session, maxAttempts: 2 });
  try {
    const machine = stateMachineArn({ ...caller, region: session.region, machineName });
    const { executions = [] } = await client.send(
      new ListExecutionsCommand({ stateMachineArn: machine, maxResults: 1 }),
    );
    const [found] = executions;
    if (!found) return undefined;
    return {
      execution: found.executionArn ?? "",
      status: found.status ?? "",
      startedAt: found.startDate?.toISOString() ?? "",
      ...(found.stopDate && { endedAt: found.stopDate.toISOString() }),
    };
  } finally {
    client.destroy();
  }
}
