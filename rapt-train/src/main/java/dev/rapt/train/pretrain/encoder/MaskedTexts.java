package dev.rapt.train.pretrain.encoder;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.noise.Denoising;
import dev.rapt.train.noise.TokenMasking;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.pretrain.objective.WordStarts;
import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Texts for masked language modelling: {@code [CLS] tokens [SEP]}, some tokens masked.
 *
 * @param masking how tokens are masked
 * @param clsId the first token
 * @param sepId the last token
 * @param padId padding
 * @param seqLen most tokens of a text, special tokens included
 * @param separatesDocuments whether attention stays inside documents
 */
record MaskedTexts(
    TokenMasking masking, int clsId, int sepId, int padId, int seqLen, boolean separatesDocuments) {
  private static final double USUAL_RATE = 0.15;
  private static final int ADDED = 2;

  /** Texts masked in the shares of BERT. */
  static MaskedTexts of(PretrainSetup setup) {
    return of(setup, TokenMasking.BERT_SHARE);
  }

  /**
   * Returns texts of which the mask token replaces this share of the chosen tokens.
   *
   * @param maskedShare in [0, 1]
   */
  static MaskedTexts of(PretrainSetup setup, double maskedShare) {
    Tokenizer tokenizer = setup.tokenizer();
    BitSet special = new BitSet();
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      special.set(id, tokenizer.isSpecial(id));
    }
    TokenMasking masking =
        new TokenMasking(
            setup.number("mask-rate", USUAL_RATE, 0.01, 0.99),
            SpecialTokens.require(tokenizer, "mask_token"),
            tokenizer.vocabSize(),
            special,
            setup.flag("whole-word") ? WordStarts.continuing(tokenizer) : null,
            maskedShare);
    return new MaskedTexts(
        masking,
        SpecialTokens.require(tokenizer, "cls_token", "bos_token"),
        SpecialTokens.require(tokenizer, "sep_token", "eos_token"),
        SpecialTokens.require(tokenizer, "pad_token"),
        setup.spec().seqLen(),
        setup.spec().separatesDocuments());
  }

  /** Returns the most tokens of a window of text. */
  int room() {
    return seqLen - ADDED;
  }

  /** Makes a batch of windows. */
  TargetBatch<int[]> batch(List<int[]> windows, List<Draws> draws) {
    List<Denoising> masked = new ArrayList<>();
    for (int i = 0; i < windows.size(); i++) {
      masked.add(masking.apply(framed(windows.get(i)), draws.get(i)));
    }
    TextBatch texts =
        TextBatch.of(
            masked.stream()
                .map(text -> new TextBatch.Text(text.inputs(), new int[text.inputs().length]))
                .toList(),
            padId);
    int[] targets = targets(masked, texts.seqLen());
    long count = masked.stream().mapToLong(Denoising::predicted).sum();
    return new TargetBatch<>(
        separatesDocuments ? texts.separatingDocuments(sepId) : texts, targets, count);
  }

  /** Returns the targets (B, T) of texts, padded. */
  static int[] targets(List<Denoising> masked, int seqLen) {
    int[] targets = new int[masked.size() * seqLen];
    Arrays.fill(targets, Denoising.IGNORED);
    for (int b = 0; b < masked.size(); b++) {
      int[] row = masked.get(b).targets();
      System.arraycopy(row, 0, targets, b * seqLen, row.length);
    }
    return targets;
  }

  /** Returns {@code [CLS] window [SEP]}; a window that ends with a document has its separator. */
  private int[] framed(int[] window) {
    boolean ends = window.length > 0 && window[window.length - 1] == sepId;
    int[] text = new int[window.length + (ends ? 1 : ADDED)];
    text[0] = clsId;
    System.arraycopy(window, 0, text, 1, window.length);
    text[text.length - 1] = sepId;
    return text;
  }
}
