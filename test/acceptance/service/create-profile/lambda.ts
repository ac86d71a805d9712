export { handler } from "../../../../functions/create-profile/lambda.ts";
