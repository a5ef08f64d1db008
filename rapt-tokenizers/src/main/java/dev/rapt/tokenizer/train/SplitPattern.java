package dev.rapt.tokenizer.train;

import dev.rapt.tokenizer.pretokenize.SplitScanner;

/** The split patterns of well-known models, which divide text into words before BPE. */
public enum SplitPattern {
  /** GPT-2, RoBERTa, Whisper, ... */
  GPT2(SplitScanner.GPT2),
  /** GPT-4 (cl100k), Llama 3: numbers are split into at most three digits. */
  GPT4(SplitScanner.GPT4),
  /** Qwen 2 and 3: numbers are split into single digits. */
  QWEN(SplitScanner.QWEN),
  /** GPT-4o and gpt-oss (o200k): words are split before capitals. */
  O200K(SplitScanner.O200K),
  /** DeepSeek V2 and V3: numbers first, then Chinese and kana, then the rest. */
  DEEPSEEK(SplitScanner.DEEPSEEK);

  private final SplitScanner scanner;

  SplitPattern(SplitScanner scanner) {
    this.scanner = scanner;
  }

  SplitScanner scanner() {
    return scanner;
  }
}
