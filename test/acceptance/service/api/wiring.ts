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

/** The product's API with one route more, that starts a test flow by its name, and a document that has it. */
export function createApiFromEnvironment(
  environment: Environment,
  { page }: { readonly page?: PageSource } = {},
): HttpHandler {
  return createApi(environment, {
    catalog,
    page,
    // Of two routes that fit, the first answers.
    routes: (ports) => [describeApi, startTestFlow(ports), ...createRoutes(ports)],
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

/** A test flow is answered as a sign-up is; its input is the flow's own. The suite holds each answer against this document. */
const describeApi: Route = {
  method: "GET",
  pattern: "/openapi.json",
  async handle() {
    const { openApiText } = await import("../../../../functions/api/openapi.ts");
    const { paths, ...document } = JSON.parse(openApiText());
    const { post: signUp } = paths["/sign-ups"];
    const post = {
      ...signUp,
      ...{ operationId: "startTestFlow", summary: "Starts the test flow of this name." },
      parameters: [
        ...signUp.parameters,
        { name: "name", in: "path", required: true, schema: { type: "string" } },
      ],
      requestBody: { required: true, content: { "application/json": { schema: { type: "object" } } } },
      responses: { ...signUp.responses, "404": paths["/flows/{flow}"].get.responses["404"] },
    };
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...document, paths: { ...paths, "/test-flows/{name}": { post } } }),
    };
  },
};
