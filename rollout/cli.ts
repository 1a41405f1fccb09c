import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import {
  commandRunner,
  EXIT,
  type CliSurroundings,
  type CommandContext,
  type CommandResult,
  type CommandRunner,
  type CommonOptions,
} from "./commandRunner";
import type { AccountsOptions } from "./commands/accounts";
import type { BundleOptions } from "./commands/bundle";
import type { LocalCollectOptions } from "./commands/collectLocal";
import type { DiffContext, DiffOptions } from "./commands/diff";
import type { ExportOptions } from "./commands/export";
import type { PolicyOptions } from "./commands/policy";
import type { ReportAnswer, ReportContext, ReportOptions } from "./commands/report";
import type { UpOptions } from "./commands/up";
import type { VerifyContext, VerifyOptions } from "./commands/verify";
import {
  accountIdProblem,
  externalIdProblem,
  keyArnProblem,
  regionProblem,
  roleNameProblem,
  rolePathProblem,
} from "./configuration/configSchema";
import { confirmDestroy } from "./confirm";
import { RolloutError } from "./errors";
import type { EvidenceOptions } from "./evidence/openEvidence";
import type { OrganizationConfig } from "./configuration/organizationConfig";
import { OWN_PACK } from "./policyPacks";
import { POLICY_SUBJECTS } from "./policySubjects";
import { DEFAULT_FORMATS, REPORT_FORMATS, type ReportFormat } from "./evidence/reportFormats";
import { selectorsProblem } from "./configuration/selectors";
import { readTolerance, type Tolerance } from "./members/tolerance";

export type { CliSurroundings, RunningEmulation } from "./commandRunner";

/**
 * Runs the command line.
 *
 * @param argv arguments without the interpreter and the script
 * @returns the exit code: 0 all went well, 1 it failed, 2 accounts are missing, 3 findings stand, 4 evidence is not intact,
 * 130 interrupted
 */
export async function runCli(argv: readonly string[], surroundings: CliSurroundings): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  let exitCode = EXIT.success;
  const runner = commandRunner(surroundings, interrupt.signal);
  const program = buildProgram(runner, async (running) => {
    exitCode = await running;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** Each command loads its own module when it runs, so that none waits for what another needs. */
function buildProgram(runner: CommandRunner, end: (running: Promise<number>) => Promise<void>): Command {
  const program = new Command("orchestrate")
    .description("Rolls the collector of IAM credential reports out to an AWS organization, runs it, and reports.")
    .exitOverride()
    .showHelpAfterError("(add --help for the options)");
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("--json", "print one JSON object on standard output, and nothing else there")
      .option("--events <file>", "write what happens as JSON Lines, the result last; - for standard output")
      .option("--verbose", "a row for every stack at the end, and traces of errors that nobody expected")
      .option(
        "--parallel <n>",
        "stacks at the same time; by default 4, or a stack a processor if those are more",
        positive,
      )
      .option("--emulated", "work on an organization emulated on this machine; no AWS account is needed")
      .addOption(
        new Option("--accounts <n>", "with --emulated: accounts of the organization, 5 or more").argParser(positive),
      );

  const readsEvidence = (reader: Command, verb = "read"): Command =>
    reader
      .option("--from <dir>", `${verb} a folder with the bucket's layout in place of the bucket`)
      .option("--read-role <arn>", "role to read the bucket with, or none for your own credentials")
      .addOption(
        new Option("--replica", `${verb} the replica in the second Region in place of the bucket`).conflicts("from"),
      );
  const onEvidence = (
    options: CommonOptions & EvidenceOptions,
    work: (context: EvidenceContext) => Promise<CommandResult>,
  ): Promise<void> =>
    // A folder needs no configuration.
    end(options.from === undefined ? runner.onStacks(options, work) : runner.alone(options, work));

  command("doctor", "look at everything that a deployment needs, and say what is wrong and what to do").action(
    (options: CommonOptions) =>
      end(
        runner.withEngine(options, async (context) =>
          verdict(await (await import("./commands/doctor.js")).doctor(context)),
        ),
      ),
  );
  heldToRules(command("up", "deploy every stack in order; a second time it changes nothing"))
    .option("--no-doctor", "do not look first at what doctor looks at")
    .option(
      "--tolerate <n>",
      "member stacks that may fail, as a number or a percentage: after one more no other is begun; by default each is tried",
      tolerance,
    )
    .option(
      "--replace-evidence-store",
      "go on where a change of names, Regions or accounts asks for another key or bucket; the old ones stay as they are, in no stack",
    )
    .option(
      "--accept-object-lock",
      "make a lock of the evidence in compliance mode, which nobody can undo, without being asked",
    )
    .action((options: CommonOptions & UpOptions) =>
      end(
        runner.onStacks(options, async (context) =>
          verdict(await (await import("./commands/up.js")).up(context, options)),
        ),
      ),
    );
  heldToRules(command("preview", "show what up would do"))
    .option(
      "--role-name <name>",
      "assume roles of this name in place of those of the stacks' files, as one that only reads",
      checked(roleNameProblem),
    )
    .action((options: CommonOptions & { roleName?: string }) =>
      end(
        runner.onStacks(options, async (context) => {
          const { preview } = await import("./commands/up.js");
          const { withRoleName } = await import("./members/otherRoles.js");
          const { roleName } = options;
          const config = roleName === undefined ? context.config : withRoleName(context.config, roleName);
          return verdict(await preview({ ...context, config }));
        }),
      ),
    );
  command("refresh", "read every deployed resource again into the state").action((options: CommonOptions) =>
    end(
      runner.onStacks(options, async (context) =>
        verdict(await (await import("./commands/refresh.js")).refresh(context)),
      ),
    ),
  );
  command("status", "which stacks are deployed, missing or left over, and what is not as it was deployed")
    .option(
      "--drift",
      "compare every stack with what is there, those of members too; by default the three central ones",
    )
    .option("--no-drift", "compare no stack with what is there")
    .action((options: CommonOptions & { drift?: boolean }) =>
      end(
        runner.onStacks(options, async (context) => {
          const drift = options.drift === undefined ? "central" : options.drift ? "all" : "none";
          return verdict(await (await import("./commands/status.js")).status(context, { drift }));
        }),
      ),
    );
  command("accounts", "every account: in scope or not and why, its role there or not, last collected")
    .option("--ou <path>", "only the accounts of this unit and below, as in Root/Workloads")
    .option("--problems", "only accounts in scope whose role is missing or that the newest run does not have")
    .option("--no-roles", "do not look into the accounts for the role")
    .option("--read-role <arn>", "role to read the bucket with, or none for your own credentials")
    .action((options: CommonOptions & AccountsOptions) =>
      end(
        runner.onStacks(options, async (context) => {
          const { accounts } = await import("./commands/accounts.js");
          return { answer: await accounts(context, options), exitCode: EXIT.success };
        }),
      ),
    );
  command("bundle", "build the code of the function from this clone, and print the hashes that it can be recognized by")
    .option(
      "--settings <file>",
      "the settings.json of a deployed function: adds the hash that Lambda says of the whole archive (CodeSha256)",
    )
    .action((options: CommonOptions & BundleOptions) =>
      end(
        runner.alone(options, async ({ projectDir, log }) => {
          const { bundle } = await import("./commands/bundle.js");
          return { answer: bundle(projectDir, options, log), exitCode: EXIT.success };
        }),
      ),
    );
  command("sbom", "print what the code of the function is made of, as a CycloneDX document in JSON").action(
    (options: CommonOptions) =>
      end(
        runner.alone(options, async ({ projectDir }) => {
          const { sbom } = await import("./commands/bundle.js");
          const text = sbom(projectDir);
          // the document is what is asked for, with and without --json
          if (!options.json) process.stdout.write(`${text}\n`);
          return { answer: JSON.parse(text) as unknown, exitCode: EXIT.success };
        }),
      ),
  );
  command(
    "policy",
    "print the policy that the owner of a key, a bucket or a member account has to put in place, as JSON",
  )
    .addOption(
      new Option("--for <subject>", "whose policy: your own key's or bucket's, or the member role's")
        .choices(POLICY_SUBJECTS)
        .makeOptionMandatory(),
    )
    .option(
      "--key-arn <arn>",
      "with --for bucket: the key; by default that of the configuration, or of the deployed security stack",
      checked(keyArnProblem),
    )
    .action((options: CommonOptions & PolicyOptions) =>
      end(
        runner.onStacks(options, async ({ config }) => {
          const { policy } = await import("./commands/policy.js");
          const answer = await policy(config, options);
          // the document is what is asked for, with and without --json
          if (!options.json) process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
          return { answer, exitCode: EXIT.success };
        }),
      ),
    );
  command("destroy", "remove every stack in reverse order; bucket and key are kept")
    .addOption(new Option("--delete-evidence", "remove bucket and key too, with all evidence").conflicts("members"))
    .option("--members", "remove only the stacks of member accounts, as before memberRoles is set to stackset")
    .option("--yes", "do not ask")
    .action((options: CommonOptions & { deleteEvidence?: boolean; members?: boolean; yes?: boolean }) =>
      end(
        runner.onStacks(options, async (context) => {
          const deleteEvidence = options.deleteEvidence ?? false;
          if (!options.emulated && !options.yes) await confirmDestroy(deleteEvidence, options.members);
          return verdict(
            await (
              await import("./commands/destroy.js")
            ).destroy(context, { deleteEvidence, membersOnly: options.members ?? false }),
          );
        }),
      ),
    );
  defineCollect(command("collect", "run the deployed collector now and say what it covered"), runner, end);
  readsEvidence(
    command("report", "write the HTML page of a run, its CSV, its inventory and its findings")
      .option("--run <id>", "the run; the newest by default")
      .option("--out <dir>", "folder for the reports", "reports"),
  )
    .option(
      "--format <formats>",
      `what to write, of ${REPORT_FORMATS.join(", ")}; ${DEFAULT_FORMATS.join(", ")} by default`,
      formats,
    )
    .option("--exceptions <file>", "reviewed exceptions; by default those of exceptionsFile in Pulumi.management.yaml")
    .option(
      "--asff-account <id>",
      "with the format asff: the account that imports all findings; by default each its own",
      checked(accountIdProblem),
    )
    .option(
      "--with-passes",
      "with the formats asff and ocsf: also what passes, so that an import closes what was fixed",
    )
    .option("--fail-on <controls>", "exit 3 if a finding of these controls stands without exception", commaSeparated)
    .action((options: CommonOptions & ReportOptions) => {
      const work = async (context: ReportContext): Promise<CommandResult> => {
        const { report } = await import("./commands/report.js");
        const answer = await report(context, options);
        return { answer, exitCode: verdictOf(answer) };
      };
      return onEvidence(options, work);
    });
  readsEvidence(
    command("diff", "what changed from one run to another: coverage, users, keys, MFA, findings")
      .option("--run <id>", "the newer run; the newest by default")
      .option("--since <id>", "the older run; the one before the newer by default"),
  ).action((options: CommonOptions & DiffOptions) => {
    const work = async (context: DiffContext): Promise<CommandResult> => {
      const { diff } = await import("./commands/diff.js");
      return { answer: await diff(context, options), exitCode: EXIT.success };
    };
    return onEvidence(options, work);
  });
  readsEvidence(
    command("verify", "recompute the hashes of a run, follow the chain of manifests, and check signatures")
      .option("--run <id>", "the run whose objects are verified; the newest by default")
      .option("--all", "verify the objects of every run")
      .addOption(
        new Option(
          "--expect <sha256...>",
          "manifests that have to be there, by the SHA-256 that a mail, an event or collect told",
        ).argParser(sha256List),
      ),
    "verify",
  )
    .option(
      "--public-key <file>",
      "PEM file of the key that manifests are signed with, or none to leave them unchecked",
    )
    .action((options: CommonOptions & VerifyOptions) => {
      const work = async (context: VerifyContext): Promise<CommandResult> => {
        const { verify } = await import("./commands/verify.js");
        const answer = await verify(context, options);
        return { answer, exitCode: answer.ok ? EXIT.success : EXIT.differences };
      };
      return onEvidence(options, work);
    });
  command("export", "write what another tool needs to carry the role into member accounts; nothing is deployed")
    .requiredOption("--cfct <dir>", "folder for the manifest and the template of Customizations for AWS Control Tower")
    .option(
      "--region <name>",
      "home Region of AWS Control Tower; by default that of the management stack",
      checked(regionProblem),
    )
    .option("--force", "replace files that this command did not write, or that were changed since")
    .action((options: CommonOptions & ExportOptions) =>
      end(
        runner.onStacks(options, async (context) => {
          const { exportFiles } = await import("./commands/export.js");
          return { answer: await exportFiles(context, options), exitCode: EXIT.success };
        }),
      ),
    );
  command("demo", "the whole path once, emulated: deploy, collect, report")
    .option("--out <dir>", "folder for the report", "reports")
    .action((options: CommonOptions & { out: string }) => {
      const began = performance.now();
      return end(
        runner.onStacks({ ...options, emulated: true, fresh: true }, async (context) => {
          const { demo } = await import("./commands/demo.js");
          const answer = await demo(context, { out: options.out, began });
          return { answer, exitCode: answer.accounts.notCollected === 0 ? EXIT.success : EXIT.incomplete };
        }),
      );
    });
  return program;
}

/** Adds the options that name policy packs. */
function heldToRules(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--policy [dir]",
        "hold every stack to the rules of a policy pack; without a folder to those of this project; can be repeated",
      )
        .preset(OWN_PACK)
        .argParser(oneMore),
    )
    .addOption(
      new Option(
        "--policy-config <file>",
        "JSON file with the settings of a pack's rules; as often as --policy, in the same order",
      ).argParser(oneMore),
    );
}

/** What a command on evidence works with: the configuration is that of the bucket. */
type EvidenceContext = CommandContext & { config?: OrganizationConfig };

type CollectOptions = CommonOptions & Partial<LocalCollectOptions> & { local?: boolean; redrive?: string | true };

function defineCollect(
  command: Command,
  runner: CommandRunner,
  end: (running: Promise<number>) => Promise<void>,
): void {
  const LOCAL_ONLY = [
    "out",
    "standalone",
    "roleName",
    "rolePath",
    "include",
    "exclude",
    "externalId",
    "concurrency",
  ] as const;
  command
    .option(
      "--redrive [execution]",
      "with collectorEngine stepfunctions: go on with a run that failed, collecting only what is missing; the newest by default",
    )
    .option("--local", "collect from this machine into a folder, with your own credentials and nothing deployed")
    .option("--out <dir>", "with --local: the folder; it gets the layout of the bucket")
    .option("--role-name <name>", "with --local: role to assume in each account", checked(roleNameProblem))
    .option("--standalone", "with --local: your account only, which is in no organization; no role is assumed")
    .option(
      "--role-path <path>",
      "with --local: path of that role, as in /security/; / by default",
      checked(rolePathProblem),
    )
    .option("--include <selector...>", "with --local: accounts to collect, by id, unit or tag", selectors)
    .option("--exclude <selector...>", "with --local: accounts to leave out, in the same words", selectors)
    .option("--external-id <id>", "with --local: external id that the roles ask for", checked(externalIdProblem))
    .option("--concurrency <n>", "with --local: calls under way at the same time, 50 by default", positive)
    .action((options: CollectOptions) => {
      if (options.local) {
        return end(
          runner.alone(options, async (context) => {
            if (options.redrive !== undefined) {
              throw new RolloutError("--redrive is for the deployed collector: leave --local away");
            }
            const { collectLocal } = await import("./commands/collectLocal.js");
            const { complete, answer } = await collectLocal(context, localOptions(options));
            return { answer, exitCode: complete ? EXIT.success : EXIT.incomplete };
          }),
        );
      }
      return end(
        runner.onStacks(options, async (context) => {
          const stray = LOCAL_ONLY.filter((name) => options[name] !== undefined);
          if (stray.length > 0) {
            throw new RolloutError(
              `${stray.map(flag).join(", ")} goes with --local: what is deployed follows Pulumi.management.yaml`,
            );
          }
          const { collect } = await import("./commands/collect.js");
          const answer = await collect(context, { redrive: options.redrive });
          return { answer, exitCode: answer.complete ? EXIT.success : EXIT.incomplete };
        }),
      );
    });
}

function localOptions({ out, roleName, ...options }: CollectOptions): LocalCollectOptions {
  if (out === undefined) throw new RolloutError("Where should the reports go? Add --out DIR");
  if (options.standalone) {
    const stray = (["roleName", "include", "exclude", "externalId"] as const).filter(
      (name) => ({ ...options, roleName })[name] !== undefined,
    );
    if (stray.length === 0) return { ...options, out };
    throw new RolloutError(
      `${stray.map(flag).join(", ")} goes without --standalone: it is for the other accounts of an organization`,
    );
  }
  if (roleName === undefined) {
    throw new RolloutError(
      "Which role should be assumed in each account? Add --role-name NAME: one that trusts you and allows " +
        "iam:GenerateCredentialReport and iam:GetCredentialReport. An account that is in no organization needs none: --standalone",
    );
  }
  return { ...options, out, roleName };
}

function verdict(answer: { ok: boolean }): CommandResult {
  return { answer, exitCode: answer.ok ? EXIT.success : EXIT.failure };
}

/** A run that is told apart from its findings only where somebody asks for that. */
function verdictOf({ failOn, complete }: ReportAnswer): number {
  if (failOn === null) return EXIT.success;
  if (failOn.standing > 0) return EXIT.findings;
  return complete ? EXIT.success : EXIT.incomplete;
}

function commaSeparated(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

function formats(text: string): ReportFormat[] {
  const names = commaSeparated(text);
  const known = REPORT_FORMATS.filter((format) => names.includes(format));
  const unknown = names.filter((name) => !(known as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`"${unknown.join(", ")}" is no format; there are ${REPORT_FORMATS.join(", ")}.`);
  }
  return known;
}

/** `roleName` as it is written on the command line. */
function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number of 1 or more.");
  return value;
}

function tolerance(text: string): Tolerance {
  const read = readTolerance(text);
  if (!read) throw new InvalidArgumentError("It must be a number of stacks, or a percentage of them, as in 5 or 10%.");
  return read;
}

function oneMore(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

function checked(problemOf: (text: string) => string | undefined): (text: string) => string {
  return (text) => {
    const problem = problemOf(text);
    if (problem) throw new InvalidArgumentError(`${problem}.`);
    return text;
  };
}

function sha256List(text: string, before: string[] | undefined): string[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("It must be 64 hexadecimal digits.");
  return [...(before ?? []), text];
}

function selectors(text: string, before: string[] | undefined): string[] {
  const check = checked((selector) => selectorsProblem([selector]));
  return [...(before ?? []), check(text)];
}
