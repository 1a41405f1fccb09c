import { expect } from "chai";
import { ok, runChecks, wrong, type Check } from "../../../rollout/doctor/check";
import { cliVerdict, nodeVerdict, pluginVerdict } from "../../../rollout/doctor/machine";
import { secretsVerdict, writingVerdict } from "../../../rollout/doctor/backend";
import { cliError } from "../../../rollout/doctor/engineFacts";

const check = (id: string, look: Check<null>["look"]): Check<null> => ({ id, what: id, look });

describe("runChecks", () => {
  it("goes on after a check that throws, and says why nothing is known", async () => {
    const results = await runChecks(
      [
        check("a", () => {
          throw new Error("lost");
        }),
        check("b", () => Promise.resolve(wrong("is broken", "mend it"))),
        check("c", () => ok("fine")),
      ],
      null,
    );
    expect(results).to.deep.equal([
      { id: "a", what: "a", state: "unknown", why: "lost", remedy: null },
      { id: "b", what: "b", state: "wrong", why: "is broken", remedy: "mend it" },
      { id: "c", what: "c", state: "ok", why: "fine", remedy: null },
    ]);
  });

  it("gives up a check that never ends, and no other", async () => {
    const never = check("never", () => new Promise(() => undefined));
    const results = await runChecks([never, check("b", () => ok("fine"))], null, { timeoutMs: 1 });
    expect(results.map(({ state }) => state)).to.deep.equal(["unknown", "ok"]);
    expect(results[0]?.why).to.contain("no answer within");
  });

  it("ends at once when interrupted", async () => {
    const interrupt = new AbortController();
    const running = runChecks([check("never", () => new Promise(() => undefined))], null, { signal: interrupt.signal });
    interrupt.abort();
    expect((await running)[0]).to.include({ state: "unknown", why: "interrupted" });
  });

  it("tells results in the order of the checks, however they end", async () => {
    let endFirst = (): void => undefined;
    const first = new Promise<void>((resolve) => (endFirst = resolve));
    const told: string[] = [];
    await runChecks(
      [
        check("a", () => first.then(() => ok("1"))),
        check("b", () => {
          endFirst();
          return ok("2");
        }),
      ],
      null,
      { onResult: ({ id }) => told.push(id) },
    );
    expect(told).to.deep.equal(["a", "b"]);
  });
});

describe("the machine", () => {
  const KEY = "awskms://alias/x?region=eu-central-1";
  const all = (provider: string | undefined): [string, string | undefined][] =>
    ["security", "logarchive", "management"].map((stack) => [stack, provider]);
  const states = (...verdicts: { state: string }[]): string[] => verdicts.map(({ state }) => state);

  it("needs Node 22, and a CLI of the SDK's major version", () => {
    expect(states(nodeVerdict("20.19.0"), nodeVerdict("22.0.0"))).to.deep.equal(["wrong", "ok"]);
    expect(
      states(
        cliVerdict("3.259.0", "3.259.0"),
        cliVerdict("3.260.1-alpha.1+abc", "3.259.0"),
        cliVerdict("3.99.0", "3.259.0"),
        cliVerdict("4.0.0", "3.259.0"),
        cliVerdict("", "3.259.0"),
      ),
    ).to.deep.equal(["ok", "ok", "unknown", "wrong", "unknown"]);
  });

  it("takes a missing plug-in for one that is fetched at first use, unless that is forbidden", () => {
    const aws = { name: "aws", kind: "resource" as const, version: "7.48.0" };
    expect(pluginVerdict([aws], "7.48.0", true).state).to.equal("ok");
    expect(pluginVerdict([{ ...aws, version: "7.1.0" }], "7.48.0", false).why).to.contain("there is 7.1.0");
    expect(pluginVerdict([], "7.48.0", true)).to.include({
      state: "wrong",
      remedy: "pulumi plugin install resource aws 7.48.0",
    });
  });

  it("needs something to encrypt secrets with", () => {
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: "secret" };
    expect(
      states(
        secretsVerdict("s3://state", all(undefined), passphrase),
        secretsVerdict("s3://state", all(undefined), { PULUMI_CONFIG_PASSPHRASE_FILE: "/f" }),
        secretsVerdict("s3://state", all(KEY), {}),
        secretsVerdict("https://api.pulumi.com", all(undefined), {}),
        secretsVerdict("file:///state", all(undefined), { PULUMI_CONFIG_PASSPHRASE: "" }),
        secretsVerdict("file:///state", all("passphrase"), {}),
        secretsVerdict("https://api.pulumi.com", all("passphrase"), {}),
      ),
    ).to.deep.equal(["ok", "ok", "ok", "ok", "unknown", "wrong", "wrong"]);
    expect(secretsVerdict("s3://state", all(undefined), passphrase).why).not.to.contain("secret,");
  });

  it("asks for something to encrypt secrets with of each stack's own provider", () => {
    const mixed = secretsVerdict("s3://state", [...all(KEY).slice(0, 2), ["management", undefined]], {});
    expect(mixed.state).to.equal("wrong");
    expect(mixed.why).to.match(/^security, logarchive: awskms:\/\/alias\/x, .*; management: there is no passphrase/);
  });

  it("tells a backend that refuses writing from a passphrase that is missing", () => {
    expect(writingVerdict("passphrase must be set with PULUMI_CONFIG_PASSPHRASE").remedy).to.contain("PASSPHRASE_FILE");
    expect(writingVerdict("AccessDenied").remedy).to.contain("s3:PutObject");
  });

  it("takes the cause from what the CLI prints", () => {
    expect(cliError(new Error("code: 255\n stdout: \n stderr: error: could not open: no\n err?: x"))).to.equal(
      "could not open: no",
    );
    expect(cliError(new Error(""))).to.equal("no message");
  });
});
