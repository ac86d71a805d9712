import { catalog as product } from "../../../functions/catalog.ts";
import { defineCatalog } from "../../../shared/index.ts";
import { dieEachTime } from "./die-each-time/job.ts";
import { exhaustAttempts } from "./exhaust-attempts/job.ts";
import { failForGood } from "./fail-for-good/job.ts";
import { failOnce } from "./fail-once/job.ts";
import { killWorker } from "./kill-worker/job.ts";
import { needService } from "./need-service/job.ts";
import { takeTurnsOfTen } from "./take-turns-of-ten/job.ts";
import { takeTurnsOfTwo } from "./take-turns-of-two/job.ts";
import { tellRelease } from "./tell-release/job.ts";
import { testFlows } from "./test-flows.ts";

/** The product's flows and jobs, and beside them what fails, dies and crowds on demand: what the acceptance suite runs against. */
export const catalog = defineCatalog({
  flows: [...product.flows.values(), ...testFlows],
  jobs: [
    ...product.jobs.values(),
    ...[failOnce, failForGood, exhaustAttempts, killWorker, dieEachTime, needService],
    ...[takeTurnsOfTen, takeTurnsOfTwo, tellRelease],
  ],
});
