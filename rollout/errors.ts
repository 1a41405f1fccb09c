import { withoutCredentials } from "../runtime/credentialText";

/** An error that a person can act on: what failed, why, and what to do next. */
export class RolloutError extends Error {
  constructor(
    message: string,
    /** Exit code of the command: 1 if it failed, 2 if it ran and accounts are missing. */
    readonly exitCode: number = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "RolloutError";
  }
}

/** One wrong or missing configuration key. */
export interface ConfigurationProblem {
  key: string;
  /** What is wrong, with what was found and what is expected. */
  problem: string;
}

/** Everything that is wrong with the configuration of a stack, in one error. */
export class ConfigurationError extends RolloutError {
  constructor(
    readonly stackName: string,
    readonly problems: readonly ConfigurationProblem[],
  ) {
    const lines = problems.map(({ key, problem }) => `  - ${key}: ${problem}`);
    super(
      `The configuration of stack ${stackName} is not usable; nothing was deployed:\n${lines.join("\n")}\n` +
        `Set the values in Pulumi.${stackName}.yaml, or with: pulumi config set --stack ${stackName} KEY VALUE`,
    );
    this.name = "ConfigurationError";
  }
}

/** The message of anything that was thrown, without credentials that a service or a tool repeated. */
export function messageOf(error: unknown): string {
  return withoutCredentials(error instanceof Error ? error.message : String(error));
}
