import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import { ok, unknown, Unmet, wrong, type Check, type Verdict } from "./check";
import { cliError } from "./engineFacts";
import type { DoctorFacts } from "./facts";

/** Where the engine keeps state, and how it hides secrets there. */
export const BACKEND_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "backend",
    what: "Pulumi backend",
    look: async ({ engine }) => {
      try {
        const [url, stacks] = await Promise.all([engine.backendUrl(), engine.stacks()]);
        return ok(`${url}, with ${stacks.length} ${stacks.length === 1 ? "stack" : "stacks"} of this project`);
      } catch (error) {
        if (error instanceof Unmet) throw error;
        return wrong(
          `it does not answer: ${cliError(error)}`,
          "Sign in with pulumi login (file://…, s3://…, azblob://…, gs://…, or Pulumi Cloud), or set PULUMI_BACKEND_URL",
        );
      }
    },
  },
  {
    id: "backend-writable",
    what: "Writing to the backend",
    look: async ({ engine, stacks }) => {
      await stacks();
      try {
        await engine.tryWriting();
        return ok("an empty stack could be made and removed");
      } catch (error) {
        return writingVerdict(cliError(error));
      }
    },
  },
  {
    id: "secrets-provider",
    what: "Secrets provider",
    look: async ({ backendUrl, env, file }) => {
      const files = await Promise.all(CENTRAL_STACKS.map((stack) => file(stack)));
      return secretsVerdict(
        await backendUrl(),
        files.map(({ name, document }) => [name, document.secretsprovider]),
        env,
      );
    },
  },
];

/** Why an empty stack could not be made. */
export function writingVerdict(error: string): Verdict {
  if (/passphrase|secrets (manager|provider)|kms/i.test(error)) {
    return wrong(
      `an empty stack could not be made, because its secrets could not be: ${error}`,
      "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, or see that your credentials may use the key of the secrets provider",
    );
  }
  return wrong(
    `an empty stack could not be made: ${error}`,
    "Give your credentials the right to write to the backend (for s3://… s3:PutObject and s3:DeleteObject), or choose another with pulumi login",
  );
}

/**
 * Whether new stacks have something to encrypt their secrets with. Those of members take what the management stack has.
 *
 * @param configured `secretsprovider` by stack
 */
export function secretsVerdict(
  backendUrl: string,
  configured: readonly (readonly [stack: string, provider: string | undefined])[],
  env: NodeJS.ProcessEnv,
): Verdict {
  const stacksBy = new Map<string | undefined, string[]>();
  for (const [stack, provider] of configured) stacksBy.set(provider, [...(stacksBy.get(provider) ?? []), stack]);
  const verdicts = [...stacksBy].map(([provider, stacks]) => ({
    ...oneProvider(backendUrl, provider, env),
    stacks: stacks.join(", "),
  }));
  const worst = (["wrong", "unknown", "ok"] as const).find((each) => verdicts.some(({ state }) => state === each));
  const why = verdicts.map((each) => (verdicts.length > 1 ? `${each.stacks}: ${each.why}` : each.why)).join("; ");
  return worst === "wrong" ? wrong(why, CHOOSE) : worst === "unknown" ? unknown(why, CHOOSE) : ok(why);
}

function oneProvider(
  backendUrl: string,
  configured: string | undefined,
  env: NodeJS.ProcessEnv,
): Pick<Verdict, "state" | "why"> {
  if (configured !== undefined && !/^(passphrase|default)$/.test(configured)) {
    return ok(`${configured.split("?")[0] ?? ""}, by the stacks' files`);
  }
  if (configured !== "passphrase" && !/^(file|s3|azblob|gs):/.test(backendUrl)) {
    return ok(`the service at ${backendUrl} encrypts secrets`);
  }
  if (env["PULUMI_CONFIG_PASSPHRASE_FILE"]) return ok("a passphrase, from PULUMI_CONFIG_PASSPHRASE_FILE");
  const passphrase = env["PULUMI_CONFIG_PASSPHRASE"];
  if (passphrase === "") return unknown("the passphrase is empty: secrets in the state are open to whoever reads it");
  if (passphrase !== undefined) return ok("a passphrase, from PULUMI_CONFIG_PASSPHRASE");
  return { state: "wrong", why: "there is no passphrase, and this backend has no encryption of its own" };
}

const CHOOSE =
  "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, or secretsprovider in the stacks' files (awskms://…)";
