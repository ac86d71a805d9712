import { describe, expect, test } from "@jest/globals";
import { createRoutes } from "../../functions/api/api.ts";
import { routeThrottles } from "../../infra/stacks/route-throttles.ts";
import { targets } from "../../infra/targets.ts";
import { type CfnTemplate, createTemplates, resourcesOf } from "../support/infra.ts";

const standard = createTemplates();

describe("behind the API", () => {
  const stage = Object.values(resourcesOf(standard.api, "AWS::ApiGatewayV2::Stage"))[0]?.Properties;
  const settings: Readonly<Record<string, object>> = stage?.["RouteSettings"];

  test("each route has a throttle of its own, in route-throttles.ts, and what starts work is held shorter", () => {
    const ports = {} as Parameters<typeof createRoutes>[0];
    const routes = createRoutes(ports).map(({ method, pattern }) => `${method} ${pattern}`);
    expect(Object.keys(routeThrottles).sort()).toEqual(routes.sort());
    expect(Object.keys(settings).sort()).toEqual([...routes, "POST /{proxy+}"].sort());
    const short = { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 };
    for (const [key, throttle] of Object.entries(settings))
      if (key.startsWith("POST ")) expect(throttle).toEqual(short);
    expect(settings["GET /flows/{flow}"]).toEqual({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    expect(stage).toMatchObject({ StageName: "$default", DefaultRouteSettings: short });
  });

  test("API Gateway may call the function by this API's routes, $default too, and nobody else may", () => {
    const [api] = Object.keys(resourcesOf(standard.api, "AWS::ApiGatewayV2::Api"));
    const permissions = Object.values(resourcesOf(standard.api, "AWS::Lambda::Permission"));
    expect(new Set(permissions.map(({ Properties }) => Properties["Principal"]))).toEqual(
      new Set(["apigateway.amazonaws.com"]),
    );
    const sources = permissions.map(({ Properties }) => Properties["SourceArn"]["Fn::Join"][1].slice(-2));
    expect(sources).toContainEqual([{ Ref: api }, "/*/*"]);
    expect(sources).toContainEqual([{ Ref: api }, "/*/*/sign-ups"]);
    expect(sources.map(([id]) => id)).toEqual(sources.map(() => ({ Ref: api })));
    expect(sources).toHaveLength(Object.keys(settings).length + 1);
  });

  test("each throttle is for a route that there is, without which the stage is refused, and which comes first", () => {
    const routes = Object.entries(resourcesOf(standard.api, "AWS::ApiGatewayV2::Route"));
    const keys = routes.map(([, { Properties }]) => Properties["RouteKey"]);
    expect(keys.sort()).toEqual(["$default", ...Object.keys(settings)].sort());
    const [stage] = Object.values(resourcesOf(standard.api, "AWS::ApiGatewayV2::Stage"));
    const throttled = routes.filter(([, { Properties }]) => Properties["RouteKey"] !== "$default");
    expect(stage?.DependsOn).toEqual(expect.arrayContaining(throttled.map(([id]) => id)));
  });
});

test("messages and connections of the WebSocket are held to a rate", () => {
  const [stage] = Object.values(resourcesOf(standard.workers, "AWS::ApiGatewayV2::Stage"));
  expect(stage?.Properties).toMatchObject({
    StageName: "live",
    DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
  });
});

test("where the WebSocket is: by its own name on AWS, by a path on an emulator that has one, and nowhere on one without", () => {
  const of = (target: (typeof targets)[keyof typeof targets]) => {
    const { workers, api } = createTemplates({ target });
    const variable = (template: CfnTemplate, id: RegExp, name: string) => {
      const functions = Object.entries(resourcesOf(template, "AWS::Lambda::Function"));
      const [, found] = functions.find(([key]) => id.test(key)) ?? [];
      return JSON.stringify(found?.Properties["Environment"].Variables[name]);
    };
    return [variable(workers, /^NotifyFunction/, "SOCKET_ENDPOINT"), variable(api, /^Api/, "SOCKET_URL")];
  };
  const [endpoint, url] = of(targets.aws);
  expect(endpoint).toMatch(
    /^\{"Fn::Join":\["",\["https:\/\/",\{"Ref":"SocketFrontApi\w+"\},"\.execute-api\.",.+"\/live"\]\]\}$/,
  );
  expect(url).toMatch(/^\{"Fn::Join":\["",\["wss:\/\/",\{"Fn::ImportValue":.+"\/live"\]\]\}$/);
  for (const path of of(targets.ministack)) {
    expect(path).toMatch(/^\{"Fn::Join":\["",\["\/_aws\/execute-api\/",\{.+\},"\/live"\]\]\}$/);
  }
  expect(of(targets.localstack)).toEqual([undefined, undefined]);
});
