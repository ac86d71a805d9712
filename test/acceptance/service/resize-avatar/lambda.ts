export { handler } from "../../../../functions/resize-avatar/lambda.ts";
