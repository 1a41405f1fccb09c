/**
 * The process that the engine starts as `pulumi-resource-aws` and `pulumi-resource-aws-native`: it prints the port that it serves on this machine and
 * ends with the engine, which holds its standard input open.
 */
import { flushCompileCache } from "node:module";
import * as grpc from "@grpc/grpc-js";
import { StandIn } from "./server";

const server = new grpc.Server({
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
});
// the launcher says the version of the package that this stands in for
new StandIn(process.env["PROVIDER_VERSION"] ?? "").addTo(server);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    process.stderr.write(`the stand-in for the AWS provider cannot listen on 127.0.0.1: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
  // The engine ends its plug-ins by a signal, before Node would write the cache of compiled code.
  setImmediate(flushCompileCache);
});

process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));
process.stdin.resume();
