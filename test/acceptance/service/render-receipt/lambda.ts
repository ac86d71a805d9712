export { handler } from "../../../../functions/render-receipt/lambda.ts";
