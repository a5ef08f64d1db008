package dev.rapt.train.pretrain.seq2seq;

import dev.rapt.train.batch.Windows;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.pretrain.objective.PretrainSetup;

/** Windows for encoder-decoders, whose rows are one text each. */
final class Spans {
  private Spans() {}

  /** Returns windows across documents, or with one document each if the run separates them. */
  static Windows of(PretrainSetup setup, TokenDataset text, int length) {
    return setup.spec().separatesDocuments()
        ? setup.documentWindows(text, length, 2)
        : setup.windows(text, length);
  }
}
