import { type FileStore, type JobHandler, jobFileKey } from "../../shared/index.ts";
import { type ReceiptInput, receiptFor } from "./receipt.ts";
import { renderReceipt } from "./receipt-pdf.ts";

const FILE = "receipt.pdf";

/** Renders the receipt and stores it. Bears running twice: the same job writes the same bytes under the same key. */
export function createHandler({ files }: { readonly files: FileStore }): JobHandler<ReceiptInput> {
  return async (input, context) => {
    context.signal.throwIfAborted();
    const { id: flowId, createdAt } = context.flow;
    const receipt = receiptFor({ ...input, flowId, createdAt });
    const pdf = await renderReceipt(receipt);
    context.signal.throwIfAborted();
    await files.put(jobFileKey(context, FILE), pdf, {
      contentType: "application/pdf",
      fileName: `${receipt.number}.pdf`,
      signal: context.signal,
    });
    return { file: FILE };
  };
}
