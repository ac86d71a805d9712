export { handler } from "../../../../functions/send-welcome-email/lambda.ts";
