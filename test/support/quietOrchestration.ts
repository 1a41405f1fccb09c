import path from "node:path";
import { orchestration, type Orchestration } from "../../rollout/orchestration";
import type { FakeEngine } from "./fakeEngine";

/** What commands work with in `folder/project`: lines for people go to `logged`, progress nowhere. */
export function quietOrchestration(folder: string, engine: FakeEngine, logged: string[]): Orchestration {
  return orchestration({
    projectDir: path.join(folder, "project"),
    workRoot: path.join(folder, "work"),
    engine,
    parallel: 4,
    signal: new AbortController().signal,
    log: (line) => void logged.push(line),
    progress: { write: () => true },
  });
}
