import js from "@eslint/js";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

/** Which folder may import which: report <- runtime <- components <- rollout <- entry points (docs/architecture.md). */
const layers = {
  report: ["runtime", "components", "rollout", "emulation", "policy", "bench"],
  runtime: ["components", "rollout", "emulation", "policy", "bench"],
  components: ["package", "rollout", "emulation", "policy", "bench"],
  package: ["runtime", "rollout", "emulation", "policy", "bench"],
  rollout: ["package", "emulation", "policy", "bench"],
  emulation: ["rollout", "components", "runtime", "policy", "bench"],
  policy: ["report", "runtime", "components", "package", "rollout", "emulation", "bench"],
};

export default tseslint.config(
  { ignores: ["node_modules", "build", "coverage", ".emulation", ".rollout"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    // What others name is matched here: no expression may take more than the square of its length.
    files: ["report/**/*.ts", "runtime/**/*.ts"],
    plugins: { regexp },
    rules: { "regexp/no-super-linear-backtracking": ["error", { report: "potential" }] },
  },
  ...Object.entries(layers).map(([folder, forbidden]) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [{ group: forbidden.map((f) => `**/${f}/**`), message: `${folder}/ may not import this folder.` }],
        },
      ],
    },
  })),
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", Buffer: "readonly" } },
  },
);
