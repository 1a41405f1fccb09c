import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** https://www.pulumi.com/docs/iac/download-install/ ; what the npm package and the Automation API run too. */
const INSTALLER = "https://get.pulumi.com/install.sh";

/** A machine without network says so within this time. */
const ANSWER_MILLISECONDS = 5_000;
/** Once the installer's script has come, there is a network: the engine itself is some 100 MB. */
const DOWNLOAD_MILLISECONDS = 300_000;

/**
 * Puts the official build of an engine version at `<root>/bin`. It goes to a folder of its own first and is then moved,
 * so that an attempt that breaks off leaves nothing behind. Throws without network, and where there is no `sh`.
 */
export async function installOfficial(version: string, root: string): Promise<void> {
  const answer = await fetch(INSTALLER, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
  if (!answer.ok) throw new Error(`${INSTALLER} answered ${answer.status}`);
  const script = await answer.text();
  await mkdir(dirname(root), { recursive: true });
  const work = await mkdtemp(join(dirname(root), ".installing-"));
  try {
    await writeFile(join(work, "install.sh"), script);
    const args = [
      join(work, "install.sh"),
      "--no-edit-path",
      "--install-root",
      join(work, "root"),
      "--version",
      version,
    ];
    await runBounded("/bin/sh", args);
    await rm(root, { recursive: true, force: true });
    await rename(join(work, "root"), root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs a program in a process group of its own, so that its bound ends what it started too. */
async function runBounded(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  const bound = setTimeout(() => {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  }, DOWNLOAD_MILLISECONDS);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`the installer ended with ${code ?? "a signal"}`);
  } finally {
    clearTimeout(bound);
  }
}
