import { join } from "node:path";
import { pythonEnvironment } from "../pythonEnvironment";

/**
 * The Python of a virtual environment with DuckDB, in the user's cache folder, made if it is not there yet.
 *
 * @throws if python3 with `venv` is missing or pip cannot install; the message is theirs.
 */
export function duckDbPython(log: (line: string) => void): Promise<string> {
  return pythonEnvironment("bench", "DuckDB", join(__dirname, "requirements.txt"), log);
}
