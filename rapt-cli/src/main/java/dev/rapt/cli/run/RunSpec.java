package dev.rapt.cli.run;

import dev.rapt.train.data.DocumentSplit;

/**
 * How a run reads its texts: the division into documents, and the order of the windows.
 *
 * @param heldOutShare share of the texts that is held out if there are no held-out texts
 * @param documents end of a document: {@code file}, {@code blank-lines}, or a separator
 * @param separatesDocuments whether attention is masked between documents
 * @param batchSize sequences of a batch
 * @param seqLen tokens of a sequence
 * @param shuffles whether each window occurs once an epoch; otherwise windows begin at random
 * @param seed seed of the order
 */
public record RunSpec(
    double heldOutShare,
    String documents,
    boolean separatesDocuments,
    int batchSize,
    int seqLen,
    boolean shuffles,
    long seed) {

  /** The end of documents, for the shard builder. */
  DocumentSplit documentSplit() {
    return switch (documents) {
      case "file" -> DocumentSplit.perFile();
      case "blank-lines" -> DocumentSplit.blankLines();
      default -> DocumentSplit.at(documents);
    };
  }
}
