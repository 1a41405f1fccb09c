import { spawn } from "node:child_process";
import { once } from "node:events";
import { devNull } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pythonEnvironment } from "../../bench/pythonEnvironment";

const FOLDER = join(__dirname, "moto");

/** The Python with moto, in the user's cache folder, made if it is not there yet. */
export function motoPython(log: (line: string) => void): Promise<string> {
  return pythonEnvironment("moto", "moto", join(FOLDER, "requirements.txt"), log);
}

/** A moto that serves: an emulator of AWS that is not the one of this project, so that no mistake is made twice. */
export interface MotoServer {
  /** As in `http://127.0.0.1:41234`. */
  endpoint: string;
  stop(): Promise<void>;
}

/** Account of credentials that moto has not given out itself. */
export const MOTO_ACCOUNT = "123456789012";

/** Starts moto, which is empty then. */
export async function startMoto(): Promise<MotoServer> {
  const python = await motoPython(() => undefined);
  const child = spawn(python, [join(FOLDER, "serve.py")], {
    env: { PATH: process.env["PATH"], AWS_CONFIG_FILE: devNull },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => Promise.reject(new Error(`moto ended with code ${code} before it served`))),
  ])) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    // it ends with its standard input
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
