package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.pretokenize.SplitScanner;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Models whose vocabulary is a rank file. Such a file has neither split pattern nor special tokens;
 * they are in the code of each model.
 */
enum RankModel {
  /** GPT-2, GPT-3: tiktoken's r50k_base. */
  GPT2(SplitScanner.GPT2, 50256, "r50k", "", ""),
  /** Code models of OpenAI: tiktoken's p50k_base. */
  P50K(SplitScanner.GPT2, 50280, "p50k", "", ""),
  /** GPT-3.5, GPT-4: tiktoken's cl100k_base. */
  CL100K(SplitScanner.CL100K, 100256, "cl100k", "", ""),
  /** GPT-4o: tiktoken's o200k_base. */
  O200K(SplitScanner.O200K, 199998, "o200k", "gpt_oss", ""),
  /** Llama 3 to 3.3. */
  LLAMA3(SplitScanner.GPT4, 128000, "llama3 llama-3", "llama mllama mllama_text_model", ""),
  /** Llama 4. */
  LLAMA4(SplitScanner.O200K, 200000, "llama4 llama-4", "llama4 llama4_text", ""),
  /** Kimi K2, Kimi Linear, Kimi-VL, Moonlight. */
  KIMI(
      kimi(),
      163584,
      "kimi moonlight",
      "kimi_k2 kimi_k25 kimi_linear kimi_vl kimi_audio moonshot",
      "TikTokenTokenizer"),
  /** Qwen 1 and what was made of it. */
  QWEN(SplitScanner.QWEN, 151643, "qwen", "qwen", "QWenTokenizer"),
  /** Hunyuan. */
  HUNYUAN(
      SplitScanner.QWEN,
      127957,
      "hy.tiktoken hunyuan",
      "hunyuan hunyuan_v1_dense hunyuan_v1_moe",
      "HYTokenizer"),
  /** StableLM 2: Arcade 100k. */
  STABLELM(SplitScanner.QWEN, 0, "arcade100k", "stablelm stablelm_epoch", "Arcade100kTokenizer"),
  /** Phi-3 small. */
  PHI3_SMALL(SplitScanner.CL100K, 0, "", "phi3small", "Phi3SmallTokenizer"),
  /** GLM-4. */
  GLM4(SplitScanner.GPT4, 151329, "glm4 glm-4", "chatglm glm glm4", "ChatGLM4Tokenizer"),
  /** CosyVoice, whose first version extends Whisper's tokens. */
  COSYVOICE(SplitScanner.GPT2, 0, "multilingual_zh_ja cosyvoice", "cosyvoice", ""),
  /** Whisper, in English or multilingual. */
  WHISPER(SplitScanner.GPT2, 50257, "multilingual gpt2 whisper", "whisper", "WhisperTokenizer");

  private final String pattern;
  private final int numRanks;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> fileNames;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> modelTypes;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> classes;

  /**
   * @param numRanks number of ranks in the file if it tells the model; otherwise 0
   * @param fileNames parts of file names, separated by spaces
   */
  RankModel(String pattern, int numRanks, String fileNames, String modelTypes, String classes) {
    this.pattern = pattern;
    this.numRanks = numRanks;
    this.fileNames = words(fileNames);
    this.modelTypes = words(modelTypes);
    this.classes = words(classes);
  }

  RankModel(SplitScanner scanner, int numRanks, String names, String types, String classes) {
    this(scanner.patterns().getFirst(), numRanks, names, types, classes);
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(" ", -1));
  }

  /** Runs of Han are pieces of their own; the rest is split as in o200k. */
  private static String kimi() {
    String upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
    String lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
    String contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
    return "[\\p{Han}]+|"
        + ("[^\\r\\n\\p{L}\\p{N}]?" + upper + "*" + lower + "+" + contraction + "|")
        + ("[^\\r\\n\\p{L}\\p{N}]?" + upper + "+" + lower + "*" + contraction + "|")
        + "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  /** Returns the split pattern, in Oniguruma's syntax. */
  String pattern() {
    return pattern;
  }

  boolean hasNumRanks(int count) {
    return numRanks > 0 && numRanks == count;
  }

  boolean hasModelType(String modelType) {
    return modelTypes.contains(modelType);
  }

  boolean hasClass(String tokenizerClass) {
    return classes.contains(tokenizerClass);
  }

  boolean hasFileName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return fileNames.stream().anyMatch(lower::contains);
  }

  /** Returns the name on the command line, like {@code llama3}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
