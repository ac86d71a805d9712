import { createApiFixture, json } from "./api-fixture.ts";

/** What tests read of the OpenAPI document. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> & { readonly SignUp: object } };
}

export interface Operation {
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: object;
}

type Content = Readonly<Record<string, { readonly schema: object }>>;

export interface ResponseObject {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: object }>>;
  readonly content?: Content;
}

/** The document as the API answers it. */
export async function readOpenApi(): Promise<OpenApi> {
  return json(await createApiFixture().call({ path: "/openapi.json" })) as OpenApi;
}
