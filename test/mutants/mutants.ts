import { consumerMutants } from "./consumer-mutants.ts";
import { deadlineMutants } from "./deadline-mutants.ts";
import { ledgerMutants } from "./ledger-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { noticeMutants } from "./notice-mutants.ts";
import { operatorMutants } from "./operator-mutants.ts";
import { sendingMutants } from "./sending-mutants.ts";

export const mutants: readonly Mutant[] = [
  ...consumerMutants,
  ...ledgerMutants,
  ...deadlineMutants,
  ...sendingMutants,
  ...operatorMutants,
  ...noticeMutants,
];
