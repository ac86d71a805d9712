import { WebSocketApi, WebSocketStage } from "aws-cdk-lib/aws-apigatewayv2";
import { WebSocketLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { ArnFormat, Stack, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { Target } from "../targets.ts";
import { explainWildcard } from "./explain-wildcard.ts";

/** Messages and connections a second, and how many at once beyond that: a client sends one, and then one each half minute. */
const throttle = { rateLimit: 200, burstLimit: 400 };

/** What cdk-nag asks of a WebSocket API, and why ours goes without. */
const reasons = {
  APIG1: "An access log of a WebSocket API needs a role for the whole account; the function logs what fails.",
  APIG4: "Each message brings the token of its flow, which the function checks and API Gateway can't.",
};

/**
 * A WebSocket API: what clients connect to, and by which they are told. It has no `$connect` route, since nothing is known of a
 * client before its first message, and costs nothing while nobody is connected.
 */
export class SocketFront extends Construct {
  /** For clients: `wss://…`, or a path of the emulator's endpoint. */
  readonly url: string;
  /** For functions: the management API, by https or as a path likewise. */
  readonly endpoint: string;
  readonly #connections: string;

  constructor(scope: Construct, id: string, { apiUrl }: Pick<Target, "apiUrl">) {
    super(scope, id);
    this.#api = new WebSocketApi(this, "Api", {
      // No message is told apart by API Gateway: what can't be read is answered by the function too.
      routeSelectionExpression: "$request.body.action",
    });
    const stage = new WebSocketStage(this, "Stage", {
      ...{ webSocketApi: this.#api, stageName: "live", autoDeploy: true, throttle },
    });
    for (const [rule, reason] of Object.entries(reasons)) {
      Validations.of(this).acknowledge({ id: `AwsSolutions-${rule}`, reason });
    }
    const path = `/_aws/execute-api/${this.#api.apiId}/${stage.stageName}`;
    this.url = apiUrl === "host" ? stage.url : path;
    this.endpoint = apiUrl === "host" ? stage.callbackUrl : path;
    this.#connections = Stack.of(this).formatArn({
      service: "execute-api",
      resource: this.#api.apiId,
      resourceName: `${stage.stageName}/*/@connections/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  readonly #api: WebSocketApi;

  /** Hands each message, and the end of each connection, to the function. */
  serve(handler: IFunction): void {
    for (const route of ["$default", "$disconnect"]) {
      this.#api.addRoute(route, {
        integration: new WebSocketLambdaIntegration(`${route.slice(1)}Integration`, handler),
      });
    }
  }

  /** To the connections of this API, and no other's. */
  allowPushing(grantee: IFunction): void {
    grantee.addToRolePolicy(
      new PolicyStatement({ actions: ["execute-api:ManageConnections"], resources: [this.#connections] }),
    );
    explainWildcard(grantee, this.#connections, "A connection's id is given when it is made.");
  }
}
