import { type Environment, readEnvironment } from "../../functions/environment.ts";
import { s3Client } from "../../shared/aws/index.ts";
import { dependenciesOf, durationProfiles, endpointLine, InvalidInputError } from "../../shared/index.ts";
import { stopOnSignal } from "../stop-on-signal.ts";
import { type HttpServer, startHttpServer } from "./http-server.ts";
import { localVariables, socketPath, useLocalVariables } from "./local-environment.ts";
import { withLocalRoutes } from "./local-routes.ts";
import { startManagementServer } from "./management-server.ts";
import { help, type Options, readOptions } from "./options.ts";
import { buildPageOnDemand } from "./page-on-demand.ts";
import { provision } from "./provision.ts";
import { writeRunFile } from "./run-file.ts";
import { type Servers, startServers } from "./servers.ts";
import { loadService, type Service } from "./service.ts";
import { createSocketServer } from "./socket-server.ts";
import { StartError } from "./start-error.ts";
import { lockState } from "./state-lock.ts";
import { createUploadsRoute } from "./uploads-route.ts";
import { welcome } from "./welcome.ts";
import { workerFunctions } from "./worker-functions.ts";
import { startWorkers, type Workers } from "./workers.ts";

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

  const workers = await startWorkers(functions, environment.queueUrls(), { service, isolate });
  http.serve(...(await createRoutes(service, environment, { ...options, servers, workers })));
  sockets.serve(await service.createSocket(environment, sockets));
  const runFile = writeRunFile(stateDirectory, {
    variables,
    dependencies: dependenciesOf(service.catalog),
    endpoints: options.webhooks.map(endpointLine),
  });
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

/** What the HTTP server serves: the API with what is shown of this machine, and the front of uploads. */
async function createRoutes(
  service: Service,
  environment: Environment,
  {
    corsOrigins,
    elsewhere,
    servers,
    workers,
  }: Options & { readonly servers: Servers; readonly workers: Workers },
): Promise<Parameters<HttpServer["serve"]>> {
  const s3 = await s3Client();
  const { mail, sqsS3Endpoint } = servers;
  const api = await service.createApi(environment, { page: buildPageOnDemand });
  const routes = withLocalRoutes({
    ...{ api, mail, depths: workers.depths, s3 },
    filesBucket: environment.required("FILES_BUCKET"),
    s3Endpoint: elsewhere.s3 === undefined ? sqsS3Endpoint : undefined,
  });
  const uploads = createUploadsRoute({
    ...{ s3, bucket: environment.required("UPLOADS_BUCKET"), corsOrigins },
    ...{ ...(await s3.config.credentials()), now: Date.now },
  });
  return [routes, uploads];
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
