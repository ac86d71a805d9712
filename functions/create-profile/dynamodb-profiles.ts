import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { awsJobError } from "../../shared/aws/index.ts";
import type { Profile, Profiles } from "./profiles.ts";

/** The job's name for the table, in its `uses`. */
const dependency = "profiles";

/** Profiles in DynamoDB: hash key `id` (String), the normalised address. */
export function createDynamodbProfiles({
  client,
  tableName,
}: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}): Profiles {
  return {
    async creatorOf(email, { signal }) {
      const command = new GetItemCommand({
        TableName: tableName,
        Key: marshall({ id: email }),
        ConsistentRead: true,
        ProjectionExpression: "createdBy",
      });
      const { Item } = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
        throw awsJobError(error, dependency);
      });
      return Item?.["createdBy"]?.S;
    },
    async add(profile, { signal }) {
      try {
        await client.send(addCommand(tableName, profile), { abortSignal: signal });
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw awsJobError(error, dependency);
      }
    },
  };
}

function addCommand(tableName: string, { email, createdAt, bio, ...rest }: Profile): PutItemCommand {
  const about = bio && ("text" in bio ? { bio: bio.text } : { bioFile: bio.file });
  return new PutItemCommand({
    TableName: tableName,
    Item: marshall({ id: email, ...rest, createdAt: createdAt.toISOString(), ...about }),
    ConditionExpression: "attribute_not_exists(id) OR createdBy = :job",
    ExpressionAttributeValues: marshall({ ":job": rest.createdBy }),
  });
}
