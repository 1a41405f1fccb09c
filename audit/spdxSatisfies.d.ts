/** The package brings no types: https://github.com/jslicense/spdx-satisfies.js */
declare module "spdx-satisfies" {
  /** Whether a licence expression can be met by licences of the list. Throws on what is no SPDX expression. */
  function satisfies(expression: string, allowed: string[]): boolean;
  export = satisfies;
}
