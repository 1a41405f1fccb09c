import {
  StackError,
  type ResourceEvent,
  type StackEngine,
  type StackRequest,
  type StackResult,
  type StackSummary,
} from "../../rollout/engine/stackEngine";
import type { StackState } from "../../rollout/engine/stackState";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/** A Pulumi engine in memory: notes what it was asked, with the configuration that the stack had then. */
export class FakeEngine implements StackEngine {
  readonly asked: (StackRequest & { config: Record<string, unknown> })[] = [];
  readonly stacks = new Map<string, StackSummary>();
  readonly states = new Map<string, StackState>();
  readonly forgotten: string[] = [];
  cancelled = false;

  constructor(
    private readonly outputs: Record<string, Record<string, unknown>> = {},
    private readonly failing: Record<string, string> = {},
  ) {}

  run(request: StackRequest, onEvent: (event: ResourceEvent) => void): Promise<StackResult> {
    const file = path.join(request.workDir, `Pulumi.${request.stack}.yaml`);
    const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    this.asked.push({ ...request, config });
    const cause = this.failing[request.stack];
    if (cause) return Promise.reject(new StackError(request.stack, request.operation, [{ message: cause }]));
    onEvent({ stack: request.stack, phase: "end", op: "create", type: "aws:iam/role:Role", name: "role" });
    if (request.operation === "up") this.stacks.set(request.stack, { name: request.stack, resourceCount: 1 });
    if (request.operation === "destroy") this.stacks.delete(request.stack);
    return Promise.resolve({ changes: { create: 1 }, outputs: this.outputs[request.stack] ?? {} });
  }

  list(): Promise<StackSummary[]> {
    return Promise.resolve([...this.stacks.values()]);
  }

  exportState(_workDir: string, stack: string): Promise<StackState> {
    return Promise.resolve(this.states.get(stack) ?? { version: 3, deployment: {} });
  }

  importState(_workDir: string, stack: string, file: string): Promise<void> {
    this.states.set(stack, JSON.parse(readFileSync(file, "utf8")) as StackState);
    return Promise.resolve();
  }

  forget(_workDir: string, stack: string): Promise<void> {
    this.forgotten.push(stack);
    this.stacks.delete(stack);
    return Promise.resolve();
  }

  cancel(): void {
    this.cancelled = true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Names of the stacks in the order in which they were asked. */
  get order(): string[] {
    return this.asked.map(({ stack }) => stack);
  }
}
