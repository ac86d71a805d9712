import { readEnvironment } from "../../functions/environment.ts";
import { s3Client } from "../../shared/aws/index.ts";
import { dependenciesOf, durationProfiles, InvalidInputError } from "../../shared/index.ts";
import { stopOnSignal } from "../stop-on-signal.ts";
import { startHttpServer } from "./http-server.ts";
import { localVariables, socketPath, useLocalVariables } from "./local-environment.ts";
import { withLocalRoutes } from "./local-routes.ts";
import { startManagementServer } from "./management-server.ts";
import { help, type Options, readOptions } from "./options.ts";
import { buildPageOnDemand } from "./page-on-demand.ts";
import { provision } from "./provision.ts";
import { writeRunFile } from "./run-file.ts";
import { startServers } from "./servers.ts";
import { loadService } from "./service.ts";
import { createSocketServer } from "./socket-server.ts";
import { StartError } from "./start-error.ts";
import { lockState } from "./state-lock.ts";
import { createUploadsRoute } from "./uploads-route.ts";
import { welcome } from "./welcome.ts";
import { workerFunctions } from "./worker-functions.ts";
import { startWorkers } from "./workers.ts";

/** `npm start`: a service in one process, without AWS. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === "help") process.stdout.write(help);
  else await run(options);
}

async function run(options: Options): Promise<void> {
  const { port, stateDirectory, serviceDirectory, isolate } = options;
  const service = await loadService(serviceDirectory);
  const lock = lockState(stateDirectory);
  const http = await startHttpServer(port);
  const sockets = createSocketServer();
  http.upgrades(socketPath, sockets.upgrade);
  const management = await startManagementServer(sockets);
  const servers = await startServers(stateDirectory);
  const functions = workerFunctions(service.catalog, durationProfiles.short);
  const variables = localVariables({
    ...{ servers, functions, ...options },
    socketEndpoint: management.endpoint,
  });
  useLocalVariables(process.env, variables);
  const environment = readEnvironment();
  await provision(functions, environment.queueUrls());

  const api = await service.createApi(environment, { page: buildPageOnDemand });
  const s3 = await s3Client();
  const workers = await startWorkers(functions, environment.queueUrls(), { service, isolate });
  const { mail } = servers;
  const filesBucket = environment.required("FILES_BUCKET");
  const uploads = createUploadsRoute({
    ...{ s3, bucket: environment.required("UPLOADS_BUCKET"), corsOrigins: options.corsOrigins },
    ...{ ...(await s3.config.credentials()), now: Date.now },
  });
  const s3Endpoint = options.elsewhere.s3 === undefined ? servers.sqsS3Endpoint : undefined;
  http.serve(withLocalRoutes({ api, mail, depths: workers.depths, s3, filesBucket, s3Endpoint }), uploads);
  sockets.serve(await service.createSocket(environment, sockets));
  const runFile = writeRunFile(stateDirectory, { variables, dependencies: dependenciesOf(service.catalog) });
  process.stdout.write(welcome(http.port, stateDirectory, servers));

  stopOnSignal(async () => {
    process.stdout.write(
      "Stopping when running jobs have ended; what is unfinished goes on with the next start\n",
    );
    const stopped = Promise.all([http.stop(), sockets.stop(), workers.stop()]);
    runFile.remove();
    servers.endLongPolls();
    await stopped;
    await Promise.all([management.stop(), servers.stop()]);
    lock.release();
    process.stdout.write("Stopped\n");
  });
}

main().catch((error: unknown) => {
  const text =
    error instanceof StartError || error instanceof InvalidInputError
      ? `errand: ${error.message}`
      : error instanceof Error
        ? error.stack
        : error;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
