import { AccessLogFormat, EndpointType, LambdaRestApi, type RestApi } from "aws-cdk-lib/aws-apigateway";
import {
  type CfnStage,
  HttpApi,
  type HttpMethod,
  HttpStage,
  type IAccessLogSettings,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { RemovalPolicy, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { Target } from "../targets.ts";
import { otherRoutes, routeThrottles, startingWork } from "./route-throttles.ts";

export interface FrontProps {
  readonly handler: IFunction;
  readonly target: Target;
}

export interface Front {
  readonly apiId: string;
  readonly url: string;
  readonly metrics: FrontMetrics;
}

/** What API Gateway counts, under other names for each kind of API. */
export interface FrontMetrics {
  readonly requests: Metric;
  /** Answers of 5xx. */
  readonly serverErrors: Metric;
  readonly latency: Metric;
}

/** What of API Gateway is in front of the API's function: of the kind that the target has. */
export function createFront(scope: Construct, id: string, { handler, target }: FrontProps): Front {
  const front = new Construct(scope, id);
  const { apiId, stage, url, metrics } =
    target.api === "http" ? httpFront(front, handler) : restFront(front, handler);
  return { apiId, metrics, url: target.apiUrl === "host" ? url : `/_aws/execute-api/${apiId}/${stage}` };
}

function frontMetrics(
  api: Pick<HttpApi | RestApi, "metricCount" | "metricServerError" | "metricLatency">,
): FrontMetrics {
  return {
    requests: api.metricCount({ statistic: "SampleCount" }),
    serverErrors: api.metricServerError({ statistic: "Sum" }),
    latency: api.metricLatency({ statistic: "p99" }),
  };
}

const openReason =
  "Anybody may sign up; a flow is opened by its own token, which the function checks and API Gateway can't.";

/** Those of the service, and of what another service of the same shape starts work by. */
const throttlesByRoute = { ...routeThrottles, "POST /{proxy+}": startingWork };

function httpFront(scope: Construct, handler: IFunction) {
  // A permission for each route. One for all (`scopePermissionToRoute: false`) is for `<api>/*/*/*`, which $default, whose ARN ends
  // in `<stage>/$default`, doesn't fit.
  const integration = new HttpLambdaIntegration("Integration", handler);
  const api = new HttpApi(scope, "HttpApi", { createDefaultStage: false, defaultIntegration: integration });
  const routes = Object.keys(throttlesByRoute).flatMap((key) => {
    const [method, path = ""] = key.split(" ");
    return api.addRoutes({ path, methods: [method as HttpMethod], integration });
  });
  Validations.of(api).acknowledge({ id: "AwsSolutions-APIG4", reason: openReason });
  const stage = new HttpStage(scope, "Stage", {
    httpApi: api,
    stageName: "$default",
    autoDeploy: true,
    throttle: otherRoutes,
    accessLogSettings: accessLog(scope),
  });
  (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
    Object.entries(throttlesByRoute).map(([key, { rateLimit, burstLimit }]) => [
      key,
      { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
    ]),
  );
  stage.node.addDependency(...routes);
  return {
    apiId: api.apiId,
    stage: stage.stageName,
    url: api.apiEndpoint,
    metrics: frontMetrics(api),
  };
}

function accessLog(scope: Construct): IAccessLogSettings {
  const logs = new LogGroup(scope, "AccessLogs", {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return {
    destination: new LogGroupLogDestination(logs),
    // No address of a caller, and no path: it has the flow's id.
    format: AccessLogFormat.custom(
      '{"time":"$context.requestTime","request":"$context.requestId","route":"$context.routeKey","status":"$context.status","milliseconds":"$context.responseLatency","error":"$context.integrationErrorMessage"}',
    ),
  };
}

/** What cdk-nag asks of a REST API, and why ours goes without. */
const restReasons = {
  APIG1: "An access log of a REST API needs a role for the whole account; the target is an emulator.",
  APIG2: "The function checks each request by its schemas, and says what is wrong in problem details.",
  APIG3: "The target is an emulator, without WAF.",
  APIG4: openReason,
  APIG6: "Logs of a REST API's stage need a role for the whole account; the function logs what fails.",
  COG4: openReason,
};

/** For a target without HTTP APIs. One throttle for all routes, which the emulator doesn't enforce. No access log: it would need a role for the whole account. */
function restFront(scope: Construct, handler: IFunction) {
  const stage = "live";
  const { rateLimit, burstLimit } = otherRoutes;
  const api = new LambdaRestApi(scope, "RestApi", {
    handler,
    endpointTypes: [EndpointType.REGIONAL],
    deployOptions: { stageName: stage, throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit },
  });
  for (const [rule, reason] of Object.entries(restReasons)) {
    Validations.of(api).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
  return { apiId: api.restApiId, stage, url: api.url, metrics: frontMetrics(api) };
}
