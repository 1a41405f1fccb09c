import type { Settings } from "./configSchema";
import type { ConfigurationProblem } from "../errors";

/** What only a pipeline of CodePipeline reads. */
const OF_CODEPIPELINE = ["connectionArn", "passphraseSecretArn", "accessTokenSecretArn", "approvalEmails"] as const;

/** Settings of the stack pipeline that are right each by itself and wrong together. */
export function deliveryProblems(settings: Settings): ConfigurationProblem[] {
  return settings.deliverBy === "github" ? gitHubProblems(settings) : codePipelineProblems(settings);
}

function codePipelineProblems({ connectionArn, repository }: Settings): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  if (connectionArn === "") {
    problems.push({
      key: "connectionArn",
      problem: "is missing: the pipeline fetches the repository by it (in the console: Developer Tools, Connections)",
    });
  }
  if (repository.includes("@")) {
    problems.push({ key: "repository", problem: `is "${repository}": a connection knows no ids, so leave them away` });
  }
  return problems;
}

function gitHubProblems(settings: Settings): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = OF_CODEPIPELINE.filter((key) => settings[key].length > 0).map((key) => ({
    key,
    problem: "is for deliverBy codepipeline; a workflow has its secrets and reviewers in the repository's environments",
  }));
  if (settings.previewRoleName === "") {
    problems.push({
      key: "previewRoleName",
      problem:
        "is missing: a preview of a pull request runs code that nobody has reviewed, so it needs a role that only reads",
    });
  }
  if (settings.repository.split("/").length !== 2) {
    problems.push({ key: "repository", problem: `is "${settings.repository}": GitHub has an owner and a name` });
  }
  return problems;
}
