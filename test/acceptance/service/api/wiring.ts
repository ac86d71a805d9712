import { type ApiPorts, createRoutes } from "../../../../functions/api/api.ts";
import type { HttpHandler } from "../../../../functions/api/http.ts";
import type { PageSource } from "../../../../functions/api/page.ts";
import { ProblemError } from "../../../../functions/api/problem.ts";
import type { Route } from "../../../../functions/api/router.ts";
import { startFlow } from "../../../../functions/api/start-flow.ts";
import { createApiFromEnvironment as createApi } from "../../../../functions/api/wiring.ts";
import type { Environment } from "../../../../functions/environment.ts";
import { catalog } from "../catalog.ts";
import { testFlows } from "../test-flows.ts";

/** The product's API with one route more, that starts a test flow by its name. */
export function createApiFromEnvironment(
  environment: Environment,
  { page }: { readonly page?: PageSource } = {},
): HttpHandler {
  return createApi(environment, {
    catalog,
    page,
    routes: (ports) => [...createRoutes(ports), startTestFlow(ports)],
  });
}

function startTestFlow(ports: ApiPorts): Route {
  return {
    method: "POST",
    pattern: "/test-flows/{name}",
    handle(request, { name }) {
      const flow = testFlows.find((each) => each.name === name);
      if (!flow) throw new ProblemError("not-found", "There is no such test flow.");
      return startFlow(ports.producer, flow, request, ports);
    },
  };
}
