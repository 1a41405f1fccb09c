/** The package brings no types: https://github.com/jslicense/spdx-expression-parse.js */
declare module "spdx-expression-parse" {
  /** Throws on what is no SPDX licence expression. */
  function parse(expression: string): object;
  export = parse;
}
