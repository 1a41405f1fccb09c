import { rollOut, summaryLine, type Orchestration, type RolloutReport } from "../orchestration";
import { existingStacks } from "./existing";

/** Reads every deployed resource again, so that the state says what is really there. */
export async function refresh(context: Orchestration): Promise<RolloutReport> {
  const { stacks, documentOf } = await existingStacks(context);
  const tasks = stacks.map(({ name }) => ({
    stack: name,
    operation: "refresh" as const,
    isNew: false,
    dependsOn: [],
    document: () => documentOf(name),
  }));
  context.log(`refresh: ${tasks.length} stacks, ${context.parallel} at a time`);
  const { report } = await rollOut(context, "refresh", tasks);
  context.log(summaryLine(report));
  return { command: "refresh", ...report };
}
