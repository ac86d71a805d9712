/** What of the client is used, in a module of its own: a whole one that is loaded late can't be made smaller, and has 140 commands. */
export {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
