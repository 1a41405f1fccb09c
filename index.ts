import * as pulumi from "@pulumi/pulumi";
import { runProgram } from "./rollout/programs";

/** What `pulumi up` runs: the program of the selected stack. Its result is the stack's outputs. */
export = () => runProgram(pulumi.getStack());
